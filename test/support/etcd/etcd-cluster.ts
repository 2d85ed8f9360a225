import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EtcdMembers, type EtcdOptions, placeForEtcd } from '../../../rehearsal/etcd/etcd-members.ts';
import type { EtcdRelease } from '../../../rehearsal/etcd/etcd-programs.ts';
import { EtcdEndpoint } from '../../../src/etcd-client/etcd-endpoint.ts';
import type { GrpcTarget } from '../../../src/etcd-client/grpc-channel.ts';
import { EtcdWriter } from './etcd-writer.ts';

const run = promisify(execFile);

/** A real etcd of one to three members for the time of a test, with Tender's client and etcd's own tools at hand. */
export class EtcdCluster extends EtcdMembers {
  readonly #opened = new Set<EtcdEndpoint>();

  /** Starts the members and waits for a leader. @throws Error with the end of a log; everything is cleaned up first */
  static async start(release: EtcdRelease, options: EtcdOptions = {}): Promise<EtcdCluster> {
    return EtcdMembers.begun(new EtcdCluster(await placeForEtcd(release, options)));
  }

  /** How a client reaches a member. */
  target(name = 'm1', over: Partial<GrpcTarget> = {}): GrpcTarget {
    return { url: this.member(name).url, certificateAuthority: this.ca.certificate, ...this.client, ...over };
  }

  /** Opens a member; closed with the cluster. */
  open(name = 'm1', over: Partial<GrpcTarget> = {}): EtcdEndpoint {
    const endpoint = new EtcdEndpoint(this.target(name, over));
    this.#opened.add(endpoint);
    return endpoint;
  }

  writer(name = 'm1'): EtcdWriter {
    return new EtcdWriter(this.target(name));
  }

  /** Waits until every member has applied what was written: one that was asked to write is the first to have it. */
  async untilAllHaveIt(): Promise<void> {
    await Promise.all(this.names.map((name) => this.open(name).countKeys('/', { confirmed: true })));
  }

  /** Runs etcdctl against a member and gives what it prints. */
  async etcdctl(name: string, ...args: string[]): Promise<string> {
    const file = (suffix: string) => join(this.directory, suffix);
    const tls = ['--cacert', file('ca.crt'), '--cert', file('client.crt'), '--key', file('client.key')];
    const all = ['--endpoints', this.member(name).url, ...tls, ...args];
    const { stdout } = await run(this.release.etcdctl, all, { env: { ...process.env, ETCDCTL_API: '3' } });
    return stdout;
  }

  /** Restores a snapshot with hash check, as people do, and gives what the tool prints. Rejects when the tool refuses it. */
  async restore(file: string, dataDirectory: string): Promise<string> {
    const args = ['snapshot', 'restore', file, '--data-dir', dataDirectory];
    const { stdout, stderr } = await run(this.release.restorer, args, { env: { ...process.env, ETCDCTL_API: '3' } });
    return stdout + stderr;
  }

  /** What the tool makes of a snapshot: a hash over its keys, its revision, how many keys. */
  async snapshotStatus(file: string): Promise<unknown> {
    const args = ['snapshot', 'status', file, '-w', 'json'];
    const { stdout } = await run(this.release.restorer, args, { env: { ...process.env, ETCDCTL_API: '3' } });
    return JSON.parse(stdout);
  }

  override async stop(): Promise<void> {
    for (const endpoint of this.#opened) endpoint.close();
    await super.stop();
  }
}
