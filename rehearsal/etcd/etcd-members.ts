import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../src/processes/free-ports.ts';
import { CertificateAuthority, type CertificateSubject } from '../processes/certificate-authority.ts';
import { ChildProcesses } from '../processes/child-processes.ts';
import { EtcdDoor } from './etcd-door.ts';
import type { EtcdRelease } from './etcd-programs.ts';

/** A member and where it really listens. */
export interface Member {
  readonly name: string;
  readonly url: string;
  readonly peerUrl: string;
}

export interface EtcdOptions {
  /** How many members. Default: one. */
  readonly size?: number;
  /** What members tell clients instead of their real addresses, in turn: the hosts of instances that they stand for. */
  readonly hosts?: readonly string[];
  /** Whether each member has an address of its own, 127.0.0.11 and on, and all the same ports, as on machines of their own. */
  readonly apart?: boolean;
  /** From what size on a database takes no more writes. */
  readonly quotaBytes?: number;
}

/** What members are made with. */
export interface EtcdPlace {
  readonly release: EtcdRelease;
  readonly options: EtcdOptions;
  readonly ca: CertificateAuthority;
  readonly directory: string;
}

/** A slow machine under load; an idle one needs two. */
const READY_WITHIN_MS = 40_000;

/** A directory of this machine for members, and an authority of theirs. */
export async function placeForEtcd(release: EtcdRelease, options: EtcdOptions = {}): Promise<EtcdPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'tender-etcd-'));
  return { release, options, ca: await CertificateAuthority.create('etcd-ca'), directory };
}

/** A real etcd of some members, processes of this machine, with certificates for servers, peers and clients. */
export class EtcdMembers {
  readonly ca: CertificateAuthority;
  readonly directory: string;
  readonly release: EtcdRelease;
  readonly #processes: ChildProcesses;
  readonly #members: Member[] = [];
  readonly #options: EtcdOptions;
  #client = { certificate: '', key: '' };
  #ports: readonly number[] = [];
  readonly #hosts = new Map<string, string>();

  constructor({ release, options, ca, directory }: EtcdPlace) {
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
  static async begun<T extends EtcdMembers>(cluster: T): Promise<T> {
    try {
      await cluster.#begin();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    await this.#writeCertificates();
    const { size = 1 } = this.#options;
    const ports = await freePorts(size * 2);
    this.#ports = ports;
    for (let index = 0; index < size; index += 1) this.#newMember(ports[index * 2], ports[index * 2 + 1]);
    for (const { name } of this.#members) this.startMember(name, 'new');
    await this.untilReady();
  }

  get names(): readonly string[] {
    return this.#members.map(({ name }) => name);
  }

  get urls(): readonly string[] {
    return this.#members.map(({ url }) => url);
  }

  /** Who may ask a member, PEM. */
  protected get client(): { readonly certificate: string; readonly key: string } {
    return this.#client;
  }

  /** @throws Error when there is none of this name */
  member(name = 'm1'): Member {
    const found = this.#members.find((member) => member.name === name);
    if (!found) throw new Error(`no member ${name}`);
    return found;
  }

  /** Etcd's own JSON gateway at this member. */
  door(name = 'm1'): EtcdDoor {
    return new EtcdDoor({ url: this.member(name).url, certificateAuthority: this.ca.certificate, ...this.#client });
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
    const statuses = await Promise.all(this.names.map((name) => this.door(name).status()));
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

  /** Adds a member as a learner, starts it, and has it promoted, as `kubeadm join --control-plane` does. */
  async join(name: string): Promise<void> {
    const answers = await Promise.allSettled(this.names.map((one) => this.door(one).status()));
    const running = this.names.filter((_, index) => answers[index]?.status === 'fulfilled');
    const door = this.door(running[0]);
    const memberId = await untilAccepted(() => door.addLearner(this.member(name).peerUrl));
    const start = () => this.startMember(name, 'existing', [...running, name]);
    start();
    await untilAccepted(() => {
      // As the kubelet does: whoever was asked for the list may not have heard of the newcomer yet.
      if (!this.runs(name)) start();
      return door.promote(memberId);
    });
    await untilAccepted(async () => {
      if ((await this.door(name).status()).isLearner) throw new Error(`${name} has not heard yet that it votes`);
    });
    await this.untilReady([name]);
  }

  /** Of a member's process; undefined while it does not run. */
  pidOf(name = 'm1'): number | undefined {
    return this.#processes.pidOf(name);
  }

  /** Whether a member's process was started and has not ended. */
  runs(name: string): boolean {
    return this.#processes.runs(name);
  }

  /** Ends a member as a machine that fails would. */
  kill(name: string): Promise<void> {
    return this.#processes.kill(name);
  }

  /** Waits until these members (default: all) know a leader, and of each other where clients find them. */
  async untilReady(names = this.names): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    for (const name of names) {
      while (!(await this.#isReady(name, names))) {
        // Others may have ended for good: one that is off the list does.
        await this.#processes.assertAllRun([name]);
        if (Date.now() > until) throw new Error(`${name} is not ready. ${await this.#processes.logOf(name)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async stop(): Promise<void> {
    await this.#processes.stopAll();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** A member tells its name and its client URLs a moment after it has begun to answer; one that is killed before that has none on the list. */
  async #isReady(name: string, others: readonly string[]): Promise<boolean> {
    const door = this.door(name);
    try {
      const { leaderId, isLearner } = await door.status();
      if (leaderId === '0' || isLearner) return leaderId !== '0';
      const published = await door.published();
      return others.every((other) => published.includes(other));
    } catch {
      return false;
    }
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

/** Asks until etcd agrees, for 40 s: a cluster that has just changed is not well yet by its own rules, and a learner has to catch up. */
export async function untilAccepted<T>(ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
