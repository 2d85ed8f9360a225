import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { ClusterName } from '../src/clusters/cluster.ts';
import { chooseSnapshot } from '../src/etcd/choose-snapshot.ts';
import { leavingWhy } from '../src/etcd/drill-on-task.ts';
import { proveSnapshot } from '../src/etcd/drill-snapshot.ts';
import { newestPki } from '../src/etcd/open-pki.ts';
import { task } from '../src/runtime/task.ts';
import { drillFailuresOf, drillGroundOf, proofStoreOf } from '../src/wiring/drill-of.ts';
import { describedEtcd, snapshotStoreOf } from '../src/wiring/etcd-of.ts';
import { pkiOf } from '../src/wiring/pki-of.ts';

/** An etcd reads 100 MiB a second and more before it answers, and the largest disk holds 93 GiB of it. */
const STARTS_WITHIN_MS = 30 * 60_000;
/** As long as `etcd-drill` waits for a task. */
const LONGEST_MS = 5 * 3_600_000;

/** Restores a snapshot of any size and proves it, as the function of this name does with those that fit into one. */
const drill = task({
  // An image may be older than what orders it, or younger: inputs only grow (S47).
  input: z.object({ cluster: ClusterName, snapshot: z.string(), run: z._default(z.string(), 'unnamed') }),
  output: z.object({ id: z.string() }),
  services: () => ({
    store: snapshotStoreOf(process.env),
    proofs: proofStoreOf(process.env),
    failures: drillFailuresOf(process.env),
    ground: drillGroundOf(process.env, join(tmpdir(), 'drill'), STARTS_WITHIN_MS),
    pkis: pkiOf(process.env),
  }),
  run: ({ cluster, snapshot, run }, { store, proofs, failures, ground, pkis }, { now }) =>
    leavingWhy({ cluster, run }, failures, async () => {
      const { canaryKeys } = (await describedEtcd(cluster, process.env)).etcd.drills;
      const record = await chooseSnapshot(cluster, snapshot, store);
      const pki = await newestPki(cluster, pkis.store, pkis.key);
      return proveSnapshot({ record, canaryKeys, pki }, store, proofs, ground, now);
    }),
});

// Nobody reads the proof of a task that its execution waits for no more, and its disk holds the cluster's secrets.
setTimeout(() => process.exit(1), LONGEST_MS).unref();
// The first process of a container dies of no signal that it does not listen to.
process.once('SIGTERM', () => process.exit(143));
const [, , event = '{}'] = process.argv;
process.exit(
  await drill(JSON.parse(event)).then(
    () => 0,
    () => 1,
  ),
);
