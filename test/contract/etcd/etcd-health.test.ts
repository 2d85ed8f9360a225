import { afterEach, describe, expect, it, vi } from 'vitest';
import { etcdHealth } from '../../../src/etcd/etcd-health.ts';
import { offerRestore } from '../../../src/etcd/offer-restore.ts';
import type { SnapshotStore } from '../../../src/etcd/ports.ts';
import type { ControlPlaneMachine } from '../../../src/etcd/restore-ports.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { contractedEtcd, type EtcdRelease } from '../../support/etcd/etcd-releases.ts';
import { aRecord } from '../../support/etcd/snapshot-record.ts';

const long = process.env.TENDER_LONG !== undefined;

for (const { title, release } of [contractedEtcd(process.env.TENDER_LONG)]) {
  describe.skipIf(!release)(title, { timeout: 180_000 }, () => {
    let etcd: EtcdCluster | undefined;
    afterEach(() => etcd?.stop());

    it.runIf(long)(
      'tells a health pass how each member is, and when the quorum is lost for good (ten seconds)',
      async () => {
        const hosts = ['10.0.0.11', '10.0.0.12', '10.0.0.13'];
        etcd = await EtcdCluster.start(release as EtcdRelease, { size: 3, hosts });
        const cluster = etcd;
        const states = new Map<string, ControlPlaneMachine['state']>();
        const machines = async () =>
          cluster.names.map((name, index): ControlPlaneMachine => {
            const instanceId = `i-${index + 1}`;
            const own = hosts.slice(index, index + 1);
            const state = states.get(name) ?? 'running';
            return { instanceId, arn: '', groupName: 'control-plane', launchedAt: '', state, hosts: own };
          });
        const look = () =>
          etcdHealth(
            cluster.names.map((name) => cluster.open(name)),
            () => cluster.open('m1', { url: 'https://127.0.0.1:1' }),
            { machines, inUse: async () => new Set() },
            (seen) => offerRestore('demo', seen, store),
          );
        const { leader } = await cluster.roles();
        const record = aRecord({ revision: { before: 1, after: 1 } });
        const kept = (['snapshot', 'record'] as const).map((kind) => ({ id: record.id, kind, storedAt: new Date() }));
        const store: Pick<SnapshotStore, 'list' | 'record'> = {
          list: async () => kept as never,
          record: async () => record,
        };

        const well = await look();
        expect(well).toMatchObject({ quorum: 'kept', alarms: [] });
        expect(well.members.filter((one) => one.leader).map(({ name }) => name)).toEqual([leader]);
        expect(well.members).toEqual(
          expect.arrayContaining(
            ['i-1', 'i-2', 'i-3'].map((instanceId) =>
              expect.objectContaining({ instanceId, healthy: true, problem: '' }),
            ),
          ),
        );
        expect(well.members.every(({ databaseBytes, raftLag }) => (databaseBytes ?? 0) > 0 && raftLag !== null)).toBe(
          true,
        );

        await cluster.kill('m3');
        await vi.waitFor(async () => {
          const one = await look();
          expect(one.quorum).toBe('kept');
          expect(one.members.filter(({ healthy }) => !healthy)).toMatchObject([
            { name: 'm3', databaseBytes: null, raftLag: null, problem: expect.stringMatching(/./) },
          ]);
        }, 15_000);

        await cluster.kill('m2');
        await vi.waitFor(async () => expect((await look()).quorum).toBe('unknown'), 15_000);
        for (const name of ['m2', 'm3']) states.set(name, 'stopped');
        await vi.waitFor(async () => expect((await look()).quorum).toBe('lost'), 15_000);
        expect((await look()).restore).toMatchObject({
          snapshotId: record.id,
          snapshotRevision: 1,
          proven: false,
          survivorRevision: expect.any(Number),
        });
        store.list = async () => [];
        expect((await look()).restore).toBeNull();
        store.list = () => Promise.reject(new Error('no permission'));
        expect((await look()).restore).toBe('Error: no permission');
      },
    );
  });
}
