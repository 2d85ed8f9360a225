import type { Restore } from '../../../src/etcd/restore-ports.ts';

/** The record of a restore that an execution has begun. */
export function begunRestore(owner: string): Restore {
  return {
    cluster: 'demo',
    id: 'r-20260302t090000z',
    state: 'under-way',
    owner,
    begunAt: '2026-03-02T09:00:00.000Z',
    approval: { by: 'Ada', at: '2026-03-02T09:00:00.000Z' },
    snapshot: {
      id: '20260302T085500Z-r1',
      takenAt: '2026-03-02T08:55:00.000Z',
      etcdClusterId: 'c1',
      revision: 1,
      sha256: 'ab',
      databaseBytes: 1,
    },
    bumpRevision: 0,
    first: 'i-0abc',
    nodes: [{ instanceId: 'i-0abc', name: 'a', peerUrl: 'https://10.0.0.1:2380' }],
    stopped: [],
    suspended: {},
    etcdClusterIds: ['c1'],
  };
}
