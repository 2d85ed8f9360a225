import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../source-files.ts';

/** The programs of one etcd release on this machine. */
export interface EtcdRelease {
  /** `3.5.17`. */
  readonly version: string;
  readonly etcd: string;
  readonly etcdctl: string;
  /** What checks and restores a snapshot: etcdutl, and etcdctl where there is none yet. */
  readonly restorer: string;
}

/** An etcd that a test wants, or why this machine has none. */
export type WantedEtcd =
  | { readonly title: string; readonly release: EtcdRelease }
  | { readonly title: string; readonly release?: undefined };

/**
 * The oldest and the newest kind of etcd that Tender works with: 3.4, and one from 3.5.10 on, which can restore with bumped
 * revisions. They are looked for in PATH, in KUBEBUILDER_ASSETS, and where `npm run assets` puts them.
 */
export function etcdReleases(): readonly [WantedEtcd, WantedEtcd] {
  const assets = globSync('.assets/k8s/*', { cwd: root }).map((path) => join(root, path));
  const found = [directoryInPath(), process.env.KUBEBUILDER_ASSETS ?? '', ...assets].flatMap((path) => releaseIn(path));
  return [
    wanted('etcd 3.4 (apt-get install etcd-server etcd-client)', found.find(isOld)),
    wanted('etcd from 3.5.10 on (npm run assets)', found.find(isRecent)),
  ];
}

/**
 * What a contract is held against: the oldest kind in `npm test`, which Debian has, and the newest in `npm run test:long`; where only one of them is
 * here, that one in both.
 * @param long `process.env.TENDER_LONG`, written in the test's file: by that `test:long` knows that it has more to do there
 */
export function contractedEtcd(long: string | undefined): WantedEtcd {
  const [old, recent] = etcdReleases();
  const [first, second] = long ? [recent, old] : [old, recent];
  return first.release ? first : second;
}

/** One of them, the recent rather than the old. */
export function anyEtcd(): WantedEtcd {
  const [old, recent] = etcdReleases();
  return recent.release ? recent : old;
}

function wanted(what: string, release: EtcdRelease | undefined): WantedEtcd {
  return release ? { title: `etcd ${release.version}`, release } : { title: `needs ${what}` };
}

function isOld({ version }: EtcdRelease): boolean {
  return version.startsWith('3.4.');
}

function isRecent({ version }: EtcdRelease): boolean {
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
