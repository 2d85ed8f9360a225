import { setImmediate } from 'node:timers/promises';
import { GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { Buckets } from '../../../simulator/s3/buckets.ts';
import { s3Service } from '../../../simulator/s3/service.ts';
import type { AwsAccess } from '../../../src/aws/aws-access.ts';
import { s3DisruptionLedger } from '../../../src/aws/s3-disruption-ledger.ts';
import type { Group, Lease, Ledger, Member } from '../../../src/disruptions/ports.ts';
import { releaseLease } from '../../../src/disruptions/release-lease.ts';
import { takeLease } from '../../../src/disruptions/take-lease.ts';
import { account, awsWorld } from '../../support/aws-world.ts';
import { aGroup, aLease, aMember, surroundings } from './builders.ts';

const Bucket = 'state';
const cluster = 'demo';

/** The local cloud's S3 with a versioned bucket, as the real adapter and as a reader of its history. */
function stateBucket() {
  const cloud = awsWorld();
  const buckets = new Buckets(cloud.world, account);
  cloud.dispatcher.register(s3Service({ buckets, keys: cloud.keys, authorizer: cloud.authorizer }));
  buckets.putBucket(Bucket, { versioning: 'Enabled' });
  const s3 = new S3Client(cloud.client);
  const access: AwsAccess = {
    region: cloud.client.region,
    credentials: async () => cloud.client.credentials,
    client: (Client) => new Client(cloud.client as never),
    assuming: () => access,
  };
  const history = async (): Promise<readonly Ledger[]> => {
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'disruptions/' }));
    const read = async (VersionId: string | undefined): Promise<Ledger> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `disruptions/${cluster}.json`, VersionId }));
      return JSON.parse((await Body?.transformToString()) ?? '');
    };
    return Promise.all(Versions.map(({ VersionId }) => read(VersionId)));
  };
  return { ledgers: s3DisruptionLedger(access, Bucket), history };
}

/** Luck that is the same in each run. */
function seededLuck(seed: number) {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return { random, pause: (milliseconds: number) => turns(Math.ceil(milliseconds / 50)) };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

/** Groups whose members leave and are replaced, as Auto Scaling does it. */
class LivingGroups {
  readonly #members = new Map<string, Member[]>();

  constructor(groups: readonly Group[]) {
    for (const { name, members } of groups) this.#members.set(name, [...members]);
  }

  get now(): readonly Group[] {
    return [...this.#members].map(([name, members]) => aGroup(10, { name, members: [...members] }));
  }

  change(groupName: string, instanceId: string, next: Member | undefined): void {
    const others = (this.#members.get(groupName) ?? []).filter((one) => one.instanceId !== instanceId);
    this.#members.set(groupName, next ? [...others, next] : others);
  }
}

describe('fifty executions that want to disrupt at once', () => {
  it.each([1, 2])(
    'never exceed a budget at any moment, and all get through (seed %i)',
    { timeout: 120_000 },
    async (seed) => {
      const { ledgers, history } = stateBucket();
      const luck = seededLuck(seed);
      const names = ['a', 'b', 'c', 'd', 'e'];
      const world = new LivingGroups(names.map((name) => aGroup(10, { name })));
      const budgets = { perGroup: 2, perCluster: '14%' };
      const services = surroundings([], { ledgers, luck, groups: { ofCluster: async () => world.now } });
      /** From the grant until the replacement serves, as a bystander counts. */
      const out = new Map<string, string>();
      const most = { group: 0, cluster: 0 };

      const granted = async (lease: Lease) => {
        for (let looks = 0; looks < 5000; looks += 1) {
          if ((await takeLease({ ...lease, cluster, looks }, services, budgets)).granted) return;
          await turns(10 + Math.floor(luck.random() * 60));
        }
        throw new Error(`${lease.instanceId} never got through`);
      };
      const disrupt = async (lease: Lease) => {
        const { instanceId, groupName, execution: owner } = lease;
        await granted(lease);
        out.set(instanceId, groupName);
        most.group = Math.max(most.group, [...out.values()].filter((one) => one === groupName).length);
        most.cluster = Math.max(most.cluster, out.size);
        await turns(Math.floor(luck.random() * 10));
        world.change(groupName, instanceId, aMember(instanceId, 'Terminating:Wait'));
        await turns(Math.floor(luck.random() * 10));
        await releaseLease({ cluster, instanceId, owner }, services);
        world.change(groupName, instanceId, undefined);
        await turns(Math.floor(luck.random() * 10));
        out.delete(instanceId);
        world.change(groupName, instanceId, aMember(`${instanceId}-next`));
      };
      await Promise.all(
        world.now.flatMap(({ name, members }) =>
          members.map((one) => disrupt(aLease(one.instanceId, { groupName: name }))),
        ),
      );

      expect(most.group).toBeLessThanOrEqual(2);
      expect(most.cluster).toBeLessThanOrEqual(7);
      // They do go side by side.
      expect(most.cluster).toBeGreaterThan(2);
      const versions = await history();
      expect(versions.length).toBeGreaterThanOrEqual(100);
      for (const { leases } of versions) {
        expect(leases.length).toBeLessThanOrEqual(7);
        for (const name of names)
          expect(leases.filter(({ groupName }) => groupName === name).length).toBeLessThanOrEqual(2);
      }
      expect((await ledgers.read(cluster))?.ledger).toEqual({ leases: [] });
    },
  );
});
