import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The programs of one etcd release on this machine. */
export interface EtcdRelease {
  /** `3.5.17`. */
  readonly version: string;
  readonly etcd: string;
  readonly etcdctl: string;
  /** What checks and restores a snapshot: etcdutl, and etcdctl where there is none yet. */
  readonly restorer: string;
}

const root = resolve(import.meta.dirname, '..', '..');

/** Every release of etcd on this machine: in PATH, in KUBEBUILDER_ASSETS, where `npm run assets` puts them, and where `npm start` does. */
export function foundReleases(): EtcdRelease[] {
  const assets = globSync(['.assets/k8s/*', '.assets/etcd/*'], { cwd: root }).map((path) => join(root, path));
  return [directoryInPath(), process.env.KUBEBUILDER_ASSETS ?? '', ...assets].flatMap((path) => releaseIn(path));
}

/** Whether a restore by this release can move revisions on and mark the old ones as compacted (S28). */
export function isRecent({ version }: Pick<EtcdRelease, 'version'>): boolean {
  const [, minor = 0, patch = 0] = version.split('.').map(Number);
  return minor > 5 || (minor === 5 && patch >= 10);
}

function directoryInPath(): string {
  const which = spawnSync('sh', ['-c', 'command -v etcd'], { encoding: 'utf8' });
  return which.status === 0 ? dirname(which.stdout.trim()) : '';
}

function releaseIn(directory: string): EtcdRelease[] {
  const [etcd, etcdctl, etcdutl] = ['etcd', 'etcdctl', 'etcdutl'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  if (directory === '' || !existsSync(etcd) || !existsSync(etcdctl)) return [];
  const { stdout } = spawnSync(etcd, ['--version'], { encoding: 'utf8' });
  const version = /etcd Version: (\S+)/.exec(stdout)?.[1];
  return version === undefined ? [] : [{ version, etcd, etcdctl, restorer: existsSync(etcdutl) ? etcdutl : etcdctl }];
}
