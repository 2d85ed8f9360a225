import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EtcdEndpoint } from '../../../src/etcd-client/etcd-endpoint.ts';
import type { GrpcTarget } from '../../../src/etcd-client/grpc-channel.ts';
import { freePorts } from '../../../src/processes/free-ports.ts';
import { CertificateAuthority, type CertificateSubject } from '../kubernetes/certificate-authority.ts';
import { ChildProcesses } from '../kubernetes/child-processes.ts';
import type { EtcdRelease } from './etcd-releases.ts';
import { EtcdWriter } from './etcd-writer.ts';

interface Member {
  readonly name: string;
  readonly url: string;
  readonly peerUrl: string;
}

interface ClusterOptions {
  /** How many members. Default: one. */
  readonly size?: number;
  /** What members tell clients instead of their real addresses, in turn: the hosts of instances that they stand for. */
  readonly hosts?: readonly string[];
  /** Whether each member has an address of its own, 127.0.0.11 and on, and all the same ports, as on machines of their own. */
  readonly apart?: boolean;
  /** From what size on a database takes no more writes. */
  readonly quotaBytes?: number;
}

const run = promisify(execFile);
/** A slow machine under load; an idle one needs two. */
const READY_WITHIN_MS = 40_000;

/** A real etcd of one to three members for the time of a test, with certificates for servers, peers and clients. */
export class EtcdCluster {
  readonly ca: CertificateAuthority;
  readonly directory: string;
  readonly release: EtcdRelease;
  readonly #processes: ChildProcesses;
  readonly #members: Member[] = [];
  readonly #opened = new Set<EtcdEndpoint>();
  readonly #options: ClusterOptions;
  #client = { certificate: '', key: '' };
  #ports: readonly number[] = [];
  readonly #hosts = new Map<string, string>();

  private constructor(release: EtcdRelease, ca: CertificateAuthority, directory: string, options: ClusterOptions) {
    this.#options = options;
    this.release = release;
    this.ca = ca;
    this.directory = directory;
    this.#processes = new ChildProcesses(directory);
  }

  /**
   * Starts the members and waits for a leader.
   * @throws Error with the end of a log; everything is cleaned up first
   */
  static async start(release: EtcdRelease, options: ClusterOptions = {}): Promise<EtcdCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'etcd-'));
    const cluster = new EtcdCluster(release, await CertificateAuthority.create('etcd-ca'), directory, options);
    try {
      await cluster.#writeCertificates();
      const { size = 1 } = options;
      const ports = await freePorts(size * 2);
      cluster.#ports = ports;
      for (let index = 0; index < size; index += 1) cluster.#newMember(ports[index * 2], ports[index * 2 + 1]);
      for (const { name } of cluster.#members) cluster.startMember(name, 'new');
      await cluster.untilReady();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get names(): readonly string[] {
    return this.#members.map(({ name }) => name);
  }

  get urls(): readonly string[] {
    return this.#members.map(({ url }) => url);
  }

  member(name = 'm1'): Member {
    const found = this.#members.find((member) => member.name === name);
    if (!found) throw new Error(`no member ${name}`);
    return found;
  }

  /** How a client reaches a member. */
  target(name = 'm1', over: Partial<GrpcTarget> = {}): GrpcTarget {
    return { url: this.member(name).url, certificateAuthority: this.ca.certificate, ...this.#client, ...over };
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

  /** What Tender's secret about this etcd holds. */
  get secret(): string {
    return JSON.stringify({ ca: this.ca.certificate, ...this.#client });
  }

  issue(subject: CertificateSubject) {
    return this.ca.issue(subject);
  }

  /** The names of the leader and of the others. */
  async roles(): Promise<{ readonly leader: string; readonly followers: readonly string[] }> {
    const statuses = await Promise.all(this.names.map((name) => this.#ask(name)));
    const leader = this.names.find((_, index) => statuses[index]?.memberId === statuses[index]?.leaderId) ?? '';
    return { leader, followers: this.names.filter((name) => name !== leader) };
  }

  /** A member that is not started yet. */
  async prepareMember(): Promise<Member> {
    const [client, peer] = await freePorts(2);
    return this.#newMember(client, peer);
  }

  /** What a member that is to be started tells clients instead of its real address: the host of the instance that it stands for. */
  standsFor(name: string, host: string): void {
    this.#hosts.set(name, host);
  }

  /** Starts a member's process; `existing` when it was added to a cluster that runs, which has these members. */
  startMember(name: string, state: 'new' | 'existing' = 'new', among: readonly string[] = this.names): void {
    const { url, peerUrl } = this.member(name);
    const advertised = this.#hosts.get(name) ?? this.#options.hosts?.[this.names.indexOf(name)];
    const file = (suffix: string) => join(this.directory, suffix);
    const cluster = among.map((one) => `${one}=${this.member(one).peerUrl}`).join(',');
    this.#processes.start(
      name,
      this.release.etcd,
      flags({
        name,
        'data-dir': join(this.directory, name),
        'listen-client-urls': url,
        'advertise-client-urls': advertised === undefined ? url : `https://${advertised}:2379`,
        'listen-peer-urls': peerUrl,
        'initial-advertise-peer-urls': peerUrl,
        'initial-cluster': cluster,
        'initial-cluster-state': state,
        'cert-file': file('server.crt'),
        'key-file': file('server.key'),
        'trusted-ca-file': file('ca.crt'),
        'client-cert-auth': 'true',
        'peer-cert-file': file('server.crt'),
        'peer-key-file': file('server.key'),
        'peer-trusted-ca-file': file('ca.crt'),
        'peer-client-cert-auth': 'true',
        ...(this.#options.quotaBytes && { 'quota-backend-bytes': `${this.#options.quotaBytes}` }),
        // It may lose everything: no fsync makes it quick. Releases before 3.5 have no such flag.
        ...(this.release.version.startsWith('3.4.') ? { logger: 'zap' } : { 'unsafe-no-fsync': 'true' }),
      }),
    );
  }

  /** Whether a member's process was started and has not ended. */
  runs(name: string): boolean {
    return this.#processes.runs(name);
  }

  /** Ends a member as a machine that fails would. */
  kill(name: string): Promise<void> {
    return this.#processes.kill(name);
  }

  /** Waits until these members (default: all) know a leader. */
  async untilReady(names = this.names): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    for (const name of names) {
      while (!(await this.#hasLeader(name))) {
        // Others may have ended for good: one that is off the list does.
        await this.#processes.assertAllRun([name]);
        if (Date.now() > until) throw new Error(`${name} is not ready. ${await this.#processes.logOf(name)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
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

  async stop(): Promise<void> {
    for (const endpoint of this.#opened) endpoint.close();
    await this.#processes.stopAll();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #hasLeader(name: string): Promise<boolean> {
    const status = await this.#ask(name).catch(() => undefined);
    return status !== undefined && status.leaderId !== '0';
  }

  async #ask(name: string) {
    const endpoint = new EtcdEndpoint(this.target(name));
    return endpoint.status().finally(() => endpoint.close());
  }

  #newMember(clientPort: number | undefined, peerPort: number | undefined): Member {
    const count = this.#members.length;
    const name = `m${count + 1}`;
    const address = this.#options.apart ? `127.0.0.${11 + count}` : '127.0.0.1';
    const [client, peer] = this.#options.apart ? this.#ports : [clientPort, peerPort];
    const member = { name, url: `https://${address}:${client}`, peerUrl: `https://${address}:${peer}` };
    this.#members.push(member);
    return member;
  }

  async #writeCertificates(): Promise<void> {
    const server = await this.ca.issue({
      commonName: 'etcd',
      ipAddresses: ['127.0.0.1', ...Array.from({ length: 9 }, (_, index) => `127.0.0.${11 + index}`)],
      dnsNames: ['localhost', 'etcd.test'],
      isPeer: true,
    });
    this.#client = await this.ca.issue({ commonName: 'tender' });
    const contents = {
      'ca.crt': this.ca.certificate,
      'server.crt': server.certificate,
      'server.key': server.key,
      'client.crt': this.#client.certificate,
      'client.key': this.#client.key,
    };
    for (const [name, text] of Object.entries(contents))
      await writeFile(join(this.directory, name), text, { mode: 0o600 });
  }
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
