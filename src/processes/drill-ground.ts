import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiServerOptions, DrillGround, RestoredEtcd, RestoredKubernetes } from '../etcd/drill-ports.ts';
import {
  DrillDiskFull,
  DrillToolsMissing,
  RestoredEtcdBroken,
  RestoredKubernetesBroken,
  RestoreRefused,
} from '../etcd/errors.ts';
import { freePorts } from './free-ports.ts';
import { findProgram, Program } from './program.ts';

/** Whatever is connected to a server of the ground's. */
interface Connected {
  close(): void;
}

/** An API server that listens on the loopback interface. */
export interface LocalApiServer {
  readonly url: string;
  /** PEM of the certificate that it has signed itself. */
  readonly certificate: string;
  readonly token: string;
}

interface GroundOptions {
  /** Where everything lies; made when it is needed, and removed. One drill at a time. */
  readonly directory: string;
  /** Where programs are looked for: `etcd`, `etcdutl` (or `etcdctl` of 3.4), and `kube-apiserver`. */
  readonly path: string;
  /** How long a server may take to start. Default: three minutes. */
  readonly startsWithinMs?: number | undefined;
  /** Connects to an etcd on this machine. */
  readonly connectEtcd: (url: string) => RestoredEtcd & Connected;
  /** Connects to an API server on this machine. */
  readonly connectKubernetes: (
    server: LocalApiServer,
  ) => Connected & { readonly ready: () => Promise<boolean>; readonly kubernetes: RestoredKubernetes };
}

/** A database of 4 GiB is read in half a minute; a machine under load takes longer. */
const STARTS_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 50;
/** As much as the largest disk of a drill, so that any database takes the drill's writes. */
const QUOTA_BYTES = 200 * 1024 ** 3;

/**
 * A directory of this machine, and real programs on it: where a function restores a snapshot with the tools that one would use in earnest.
 * Everything listens on the loopback interface only, and is lost with it; nothing is flushed to the disk, which makes it quick.
 */
export class LocalDrillGround implements DrillGround {
  readonly #options: GroundOptions;
  readonly #running: { readonly program: Program; readonly connection: Connected }[] = [];
  #etcdUrl = '';

  constructor(options: GroundOptions) {
    this.#options = options;
  }

  async freeBytes(): Promise<number> {
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.#options.directory);
    return bavail * bsize;
  }

  async save(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const file = await open(this.#file('snapshot.db'), 'w', 0o600);
    try {
      for await (const chunk of chunks) await file.write(chunk);
    } catch (error) {
      throw isFull(error) ? new DrillDiskFull('The disk was full while the snapshot was written to it.') : error;
    } finally {
      await file.close();
    }
  }

  async restore(): Promise<void> {
    const utl = await this.#find('etcdutl');
    const tool = utl ?? (await this.#find('etcdctl'));
    if (tool === undefined) throw new DrillToolsMissing(['etcdutl']);
    const [peerPort] = await freePorts(1);
    const peer = `http://127.0.0.1:${peerPort}`;
    const args = flags({
      'data-dir': this.#file('data'),
      name: 'drill',
      'initial-cluster': `drill=${peer}`,
      'initial-advertise-peer-urls': peer,
      'initial-cluster-token': 'tender-drill',
    });
    const environment = utl === undefined ? { ETCDCTL_API: '3' } : undefined;
    const program = new Program(tool, ['snapshot', 'restore', this.#file('snapshot.db'), ...args], environment);
    const code = await program.ended();
    if (code === 0) return;
    if (/no space left on device/.test(program.lastWords))
      throw new DrillDiskFull('The disk was full while the snapshot was restored.');
    throw new RestoreRefused(`${tool} does not restore the snapshot (exit status ${code}): ${program.lastWords}`);
  }

  async startEtcd(): Promise<RestoredEtcd> {
    const etcd = await this.#find('etcd');
    if (etcd === undefined) throw new DrillToolsMissing(['etcd']);
    const [client, peer] = await freePorts(2);
    this.#etcdUrl = `http://127.0.0.1:${client}`;
    const program = new Program(etcd, [
      ...flags({
        name: 'drill',
        'data-dir': this.#file('data'),
        'listen-client-urls': this.#etcdUrl,
        'advertise-client-urls': this.#etcdUrl,
        'listen-peer-urls': `http://127.0.0.1:${peer}`,
        'quota-backend-bytes': `${QUOTA_BYTES}`,
      }),
      ...(await this.#flagsOfNewerReleases()),
    ]);
    const connection = this.#options.connectEtcd(this.#etcdUrl);
    this.#running.push({ program, connection });
    const isReady = () => connection.status().then(({ leaderId }) => leaderId !== '0');
    if (await this.#until(isReady, program)) return connection;
    throw new RestoredEtcdBroken(`Etcd does not start on the restored data: ${program.lastWords}`);
  }

  async startKubernetes({ encryption }: ApiServerOptions = {}): Promise<RestoredKubernetes | undefined> {
    const apiServer = await this.#find('kube-apiserver');
    if (apiServer === undefined) return undefined;
    const [port] = await freePorts(1);
    const token = randomBytes(24).toString('hex');
    const program = new Program(apiServer, [
      ...(await this.#apiServerFlags(Number(port), token)),
      ...(await this.#encryptionFlags(encryption)),
    ]);
    const certificate = await this.#certificate(program);
    const connection = this.#options.connectKubernetes({ url: `https://127.0.0.1:${port}`, certificate, token });
    this.#running.push({ program, connection });
    if (await this.#until(connection.ready, program)) return connection.kubernetes;
    throw new RestoredKubernetesBroken('of the layer', [`it does not get ready: ${program.lastWords}`]);
  }

  async clear(): Promise<void> {
    for (const { program, connection } of this.#running.splice(0).reverse()) {
      connection.close();
      await program.stop();
    }
    await rm(this.#options.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  // What sees the cluster's own webhooks, tokens and endpoints is off: nobody is there to answer, and nobody but the drill asks.
  async #apiServerFlags(port: number, token: string): Promise<readonly string[]> {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const files = {
      'sa.pub': publicKey,
      'sa.key': privateKey,
      'tokens.csv': `${token},tender-drill,1,system:masters\n`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(this.#file(name), text, { mode: 0o600 });
    return flags({
      'etcd-servers': this.#etcdUrl,
      'bind-address': '127.0.0.1',
      'advertise-address': '127.0.0.1',
      'secure-port': `${port}`,
      'cert-dir': this.#file('certificates'),
      'token-auth-file': this.#file('tokens.csv'),
      'authorization-mode': 'AlwaysAllow',
      'anonymous-auth': 'false',
      'endpoint-reconciler-type': 'none',
      'disable-admission-plugins':
        'MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ValidatingAdmissionPolicy,ServiceAccount',
      'service-account-issuer': 'https://tender-drill.invalid',
      'service-account-key-file': this.#file('sa.pub'),
      'service-account-signing-key-file': this.#file('sa.key'),
      'watch-cache': 'false',
      'allow-privileged': 'true',
    });
  }

  async #encryptionFlags(configuration: string | undefined): Promise<readonly string[]> {
    if (configuration === undefined) return [];
    await writeFile(this.#file('encryption.yaml'), configuration, { mode: 0o600 });
    return flags({ 'encryption-provider-config': this.#file('encryption.yaml') });
  }

  /** It makes one for itself before it listens. */
  async #certificate(program: Program): Promise<string> {
    const path = join(this.#file('certificates'), 'apiserver.crt');
    const read = () => readFile(path, 'utf8').catch(() => '');
    await this.#until(async () => (await read()).includes('END CERTIFICATE'), program);
    return read();
  }

  async #flagsOfNewerReleases(): Promise<readonly string[]> {
    return (await this.#find('etcdutl')) === undefined ? [] : flags({ 'unsafe-no-fsync': 'true' });
  }

  /** Whether it came true, while the program runs and within the time; what fails is not yet true. */
  async #until(condition: () => Promise<boolean>, program: Program): Promise<boolean> {
    const limit = this.#options.startsWithinMs ?? STARTS_WITHIN_MS;
    for (let waited = 0; waited < limit; waited += LOOK_EVERY_MS) {
      if (program.hasEnded) return false;
      if (await condition().catch(() => false)) return true;
      await sleep(LOOK_EVERY_MS);
    }
    return false;
  }

  #find(name: string): Promise<string | undefined> {
    return findProgram(name, this.#options.path);
  }

  #file(name: string): string {
    return join(this.#options.directory, name);
  }
}

function flags(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
