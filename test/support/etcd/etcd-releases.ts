import { type EtcdRelease, foundReleases, isRecent } from '../../../rehearsal/etcd/etcd-programs.ts';

export type { EtcdRelease };

/** An etcd that a test wants, or why this machine has none. */
export type WantedEtcd =
  | { readonly title: string; readonly release: EtcdRelease }
  | { readonly title: string; readonly release?: undefined };

/**
 * The oldest and the newest kind of etcd that Tender works with: 3.4, and one from 3.5.10 on, which can restore with bumped
 * revisions.
 */
export function etcdReleases(): readonly [WantedEtcd, WantedEtcd] {
  const found = foundReleases();
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
