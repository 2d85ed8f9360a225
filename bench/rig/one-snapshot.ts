// A process of its own, as the function has one: takes one snapshot with what the function is made of, and prints what it took as JSON.
// Environment: AWS's own, ETCD_URL, ETCD_TLS (JSON: certificateAuthority, certificate, key), SNAPSHOT_BUCKET, SNAPSHOT_KEY_ARN, CLUSTER.

import { takeSnapshot } from '../../src/etcd/take-snapshot.ts';
import { EtcdEndpoint } from '../../src/etcd-client/etcd-endpoint.ts';
import { collectRarely } from '../../src/runtime/collect-rarely.ts';
import { setting } from '../../src/runtime/settings.ts';
import { thenClosed } from '../../src/wiring/etcd-members.ts';
import { snapshotStoreOf } from '../../src/wiring/etcd-of.ts';

interface Tls {
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: string;
}

collectRarely();
const tls = JSON.parse(setting(process.env, 'ETCD_TLS')) as Tls;
const member = new EtcdEndpoint({ url: setting(process.env, 'ETCD_URL'), ...tls });
const order = {
  cluster: setting(process.env, 'CLUSTER'),
  newHistory: false,
  deadline: new Date(Date.now() + 900_000),
};
// Etcd runs alone here.
const noApiServer = { version: async () => undefined };
const now = () => new Date();
const startedAt = performance.now();
const { record } = await thenClosed([member], () =>
  takeSnapshot(order, [member], snapshotStoreOf(process.env), noApiServer, now),
);
const seconds = (performance.now() - startedAt) / 1000;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(
  JSON.stringify({
    seconds,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMiB: maxRSS / 1024,
    databaseBytes: record.database.bytes,
    storedBytes: record.stored.bytes,
  }),
);
