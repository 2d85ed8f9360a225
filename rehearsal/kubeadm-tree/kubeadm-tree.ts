import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { type CommandContent, renderScript } from '../../simulator/ssm/documents.ts';
import type { ShellResult } from '../../simulator/ssm/shell.ts';
import type { EtcdRelease } from '../etcd/etcd-programs.ts';
import { runKillable } from './killable-shell.ts';
import { type Outside, openOutside } from './outside.ts';
import { PlayedKubelet } from './played-kubelet.ts';
import { shims } from './shims.ts';

/** A member of etcd as its static manifest describes it. */
export interface TreeMember {
  readonly name: string;
  /** Where it really listens. */
  readonly url: string;
  readonly peerUrl: string;
  /** What it tells clients. */
  readonly advertised: string;
}

const documents = resolve(import.meta.dirname, '../../deploy/ssm-documents');
const EVERYBODY = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** A control-plane node as kubeadm leaves it, on a directory tree: manifests, PKI, etcd's data, and a kubelet that plays with them. */
export class KubeadmTree {
  readonly member: TreeMember;
  readonly root: string;
  readonly kubelet: PlayedKubelet;
  /** What scripts on this node get from outside; nothing until a test says what. */
  outside: Outside = nothingOutside;
  readonly #release: EtcdRelease;
  readonly #folder: string;
  #door: Awaited<ReturnType<typeof openOutside>> | undefined;

  constructor(release: EtcdRelease, folder: string, member: TreeMember) {
    this.#release = release;
    this.#folder = folder;
    this.member = member;
    this.root = join(folder, 'root');
    this.kubelet = new PlayedKubelet(this.root, folder, { etcd: release.etcd });
  }

  /** Writes the tree. Etcd starts with the kubelet; `existing` when its member was added to one that runs. */
  async make(
    pki: Readonly<Record<string, string>>,
    initialCluster: string,
    state: 'new' | 'existing' = 'new',
  ): Promise<void> {
    for (const [name, pem] of Object.entries(pki)) await this.write(`/etc/kubernetes/pki/etcd/${name}`, pem);
    for (const name of EVERYBODY)
      await this.write(`/etc/kubernetes/manifests/${name}.yaml`, podManifest(name, 'registry.k8s.io/x:1', [name]));
    const image = `registry.k8s.io/etcd:${this.#release.version}-0`;
    await this.write(
      '/etc/kubernetes/manifests/etcd.yaml',
      podManifest('etcd', image, this.#command(initialCluster, state)),
    );
    await mkdir(join(this.root, 'var/lib/etcd'), { recursive: true, mode: 0o700 });
    await mkdir(join(this.root, 'dev/shm'), { recursive: true });
    for (const [name, body] of Object.entries(shims)) {
      const path = join(this.#folder, 'bin', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `#!/bin/sh\n${body}\n`);
      await chmod(path, 0o755);
    }
    this.#door = await openOutside(() => this.outside);
  }

  /** Runs one of our SSM documents with these parameters. `killAt`: all of its processes die before its nth command. */
  async document(
    file: string,
    parameters: Readonly<Record<string, string>>,
    options: { readonly killAt?: number } = {},
  ): Promise<ShellResult> {
    const content = load(await readFile(join(documents, `${file}.yaml`), 'utf8')) as CommandContent;
    const given = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
    return this.run(renderScript(content, given).script, options);
  }

  /** Runs a script in a real shell on the tree. */
  run(script: string, { killAt }: { readonly killAt?: number } = {}): Promise<ShellResult> {
    const env = {
      PATH: `${join(this.#folder, 'bin')}:/usr/bin:/bin:/usr/sbin:/sbin`,
      LC_ALL: 'C.UTF-8',
      TMPDIR: this.#folder,
      TENDER_ROOT: this.root,
      TENDER_CONTAINERS: this.kubelet.containers,
      TENDER_SANDBOXES: this.kubelet.sandboxes,
      TENDER_ETCD: dirname(this.#release.etcd),
      TENDER_OUTSIDE: this.#door?.url ?? '',
    };
    return runKillable(script, env, killAt);
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }

  list(path: string): Promise<string[]> {
    return readdir(join(this.root, path));
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text, { mode: 0o600 });
  }

  /** The disk is lost: no file of etcd is left. */
  async loseData(): Promise<void> {
    await rm(join(this.root, 'var/lib/etcd/member'), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.kubelet.stop();
    this.#door?.close();
  }

  #command(initialCluster: string, state: string): string[] {
    const { name, url, peerUrl, advertised } = this.member;
    const pki = '/etc/kubernetes/pki/etcd';
    return [
      'etcd',
      `--advertise-client-urls=${advertised}`,
      `--cert-file=${pki}/server.crt`,
      '--client-cert-auth=true',
      '--data-dir=/var/lib/etcd',
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=${initialCluster}`,
      ...(state === 'new' ? [] : [`--initial-cluster-state=${state}`]),
      `--key-file=${pki}/server.key`,
      `--listen-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--name=${name}`,
      `--peer-cert-file=${pki}/server.crt`,
      '--peer-client-cert-auth=true',
      `--peer-key-file=${pki}/server.key`,
      `--peer-trusted-ca-file=${pki}/ca.crt`,
      `--trusted-ca-file=${pki}/ca.crt`,
      '--heartbeat-interval=50',
      '--election-timeout=500',
    ];
  }
}

const nothingOutside: Outside = {
  parameter: (name) => Promise.reject(new Error(`there is no parameter ${name}`)),
  download: (address) => Promise.reject(new Error(`there is nothing at ${address}`)),
};

function podManifest(name: string, image: string, command: readonly string[]): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: kube-system
spec:
  containers:
  - command:
${command.map((word) => `    - ${word}`).join('\n')}
    image: ${image}
    imagePullPolicy: IfNotPresent
    name: ${name}
  hostNetwork: true
`;
}
