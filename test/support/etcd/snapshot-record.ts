import type { SnapshotRecord } from '../../../src/etcd/ports.ts';

/** A record of a snapshot at revision 500 of cluster `c1`, when nothing was written. */
export function aRecord(over: Partial<SnapshotRecord> = {}): SnapshotRecord {
  return {
    cluster: 'demo',
    id: '20261129T100000Z-r500',
    takenAt: '2026-11-29T10:00:00.000Z',
    etcd: { clusterId: 'c1', memberId: 'b', url: 'https://b:2379', version: '3.5.17', alarms: [] },
    revision: { before: 500, after: 500 },
    database: { bytes: 1e6, sha256: 'ab' },
    stored: { bytes: 3e5, crc32: '01020304', compression: 'zstd' },
    seconds: 2,
    ...over,
  };
}
