import { AutoScalingClient, PutWarmPoolCommand, StartInstanceRefreshCommand } from '@aws-sdk/client-auto-scaling';
import { beforeEach, describe, expect, it } from 'vitest';
import { autoScalingService } from '../../../simulator/autoscaling/service.ts';
import { ec2Service } from '../../../simulator/ec2/service.ts';
import { Buckets } from '../../../simulator/s3/buckets.ts';
import { s3Service } from '../../../simulator/s3/service.ts';
import type { AwsAccess } from '../../../src/aws/aws-access.ts';
import { drainInstances } from '../../../src/aws/drain-instances.ts';
import { ec2Instances } from '../../../src/aws/ec2-instances.ts';
import { retiringGroups } from '../../../src/aws/retiring-groups.ts';
import { s3ClaimStore } from '../../../src/aws/s3-claim-store.ts';
import { s3DrainClaims } from '../../../src/aws/s3-drain-claims.ts';
import { account, awsWorld, region } from '../../support/aws-world.ts';
import { buildFleet, createGroup, hook, inState, TERMINATING, untilState } from '../../support/fleet-builder.ts';

/** The local cloud with a group of workers in service, and Tender's access to it. */
async function aCloud(settings: Parameters<typeof createGroup>[1] = {}) {
  const cloud = awsWorld();
  const built = buildFleet({ world: cloud.world });
  const buckets = new Buckets(cloud.world, account);
  cloud.dispatcher.register(autoScalingService(built.fleet.groups));
  cloud.dispatcher.register(ec2Service(built.fleet.instances, built.fleet.templates));
  cloud.dispatcher.register(s3Service({ buckets, keys: cloud.keys, authorizer: cloud.authorizer }));
  buckets.putBucket('state', {});
  const group = createGroup(built, {
    DesiredCapacity: 2,
    Tags: [{ Key: 'tender:cluster', Value: 'demo', PropagateAtLaunch: true }],
    LifecycleHookSpecificationList: [hook('tender-terminate', TERMINATING)],
    ...settings,
  });
  const [member] = await untilState(built, group, 'InService', 2);
  const clients = new Map<unknown, unknown>();
  const aws: AwsAccess = {
    region,
    credentials: async () => ({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'x' }),
    client: (Client) => {
      const known = clients.get(Client) ?? new Client({ ...cloud.client, forcePathStyle: true } as never);
      clients.set(Client, known);
      return known as InstanceType<typeof Client>;
    },
    assuming: () => aws,
  };
  return { cloud, built, group, aws, instanceId: member?.instanceId ?? '', world: cloud.world };
}

let here: Awaited<ReturnType<typeof aCloud>>;

describe('groups whose instances retire', () => {
  beforeEach(async () => {
    here = await aCloud();
  });

  it('tell tags, hooks, room to grow and who is in service; one that does not exist is undefined', async () => {
    const groups = retiringGroups(here.aws);
    expect(await groups.describe('workers', true)).toMatchObject({
      name: 'workers',
      tags: { 'tender:cluster': 'demo' },
      hooks: [{ name: 'tender-terminate', transition: 'terminating', globalTimeoutSeconds: 30_000 }],
      desiredCapacity: 2,
      maxSize: 10,
      retainsOnAbandon: false,
      instanceRefreshes: 0,
    });
    expect(await groups.capacity('workers')).toEqual({ desiredCapacity: 2, inService: 2 });
    expect([await groups.describe('gone', true), await groups.capacity('gone')]).toEqual([undefined, undefined]);
  });

  it('say whether they retain what is abandoned', async () => {
    here = await aCloud({ InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } } });
    expect(await retiringGroups(here.aws).describe('workers', true)).toMatchObject({ retainsOnAbandon: true });
  });

  it.each([
    ['Stopped', false],
    ['Running', true],
    // The simulator has no such pool: told here is only what Auto Scaling says of one.
    ['Hibernated', true],
  ] as const)('say of a warm pool with PoolState %s whether kubelets run on there: %s', async (state, keeps) => {
    const client = here.aws.client(AutoScalingClient);
    expect(await retiringGroups(here.aws).describe('workers', true)).toMatchObject({ poolKeepsKubelets: false });
    await client.send(new PutWarmPoolCommand({ AutoScalingGroupName: 'workers', MinSize: 0 }));
    Object.assign(here.built.fleet.groups.group('workers').warmPool ?? {}, { poolState: state });
    expect(await retiringGroups(here.aws).describe('workers', true)).toMatchObject({ poolKeepsKubelets: keeps });
  });

  it('say whether they launch nobody: the process is suspended', async () => {
    const groups = retiringGroups(here.aws);
    expect(await groups.describe('workers', true)).toMatchObject({ launchesNobody: false });
    here.built.fleet.groups.suspend('workers', ['Launch']);
    expect(await groups.describe('workers', true)).toMatchObject({ launchesNobody: true });
  });

  it('count an instance refresh while it is under way', async () => {
    const client = here.aws.client(AutoScalingClient);
    await client.send(new StartInstanceRefreshCommand({ AutoScalingGroupName: 'workers' }));
    expect(await retiringGroups(here.aws).describe('workers', true)).toMatchObject({ instanceRefreshes: 1 });
  });

  it('say nothing of instance refreshes where Auto Scaling throttles: whoever plans tries again', async () => {
    here.world.faults.plant(({ operation }) => operation === 'DescribeInstanceRefreshes', { kind: 'throttle' }, 99);
    await expect(retiringGroups(here.aws).describe('workers', true)).rejects.toMatchObject({ name: 'AwsThrottled' });
  });

  it('say that nobody knows of an instance refresh where Tender may not ask', async () => {
    const fault = { kind: 'error', code: 'AccessDenied', message: 'not authorized', status: 403 } as const;
    here.world.faults.plant(({ operation }) => operation === 'DescribeInstanceRefreshes', fault, 99);
    expect(await retiringGroups(here.aws).describe('workers', true)).toMatchObject({
      name: 'workers',
      instanceRefreshes: 'unknown',
    });
  });

  it('are not asked for instance refreshes where nothing is decided by them: a thousand hooks may come at once', async () => {
    expect(await retiringGroups(here.aws).describe('workers', false)).toMatchObject({ instanceRefreshes: 'unknown' });
    const asked = here.cloud.dispatcher.meter.lines().map(({ operation }) => operation);
    expect(asked).toContain('autoscaling:DescribeLifecycleHooks');
    expect(asked).not.toContain('autoscaling:DescribeInstanceRefreshes');
  });

  it('terminate an instance through its hooks, and keep or lower the capacity', async () => {
    const groups = retiringGroups(here.aws);
    expect(await groups.terminate(here.instanceId, false)).toBe('terminating');
    await untilState(here.built, here.group, 'Terminating:Wait');
    expect(here.group.desired).toBe(2);
    const [other] = inState(here.group, 'InService');
    expect(await groups.terminate(other?.instanceId ?? '', true)).toBe('terminating');
    expect(here.group.desired).toBe(1);
  });

  it('say that an instance leaves when it is in none of them', async () => {
    expect(await retiringGroups(here.aws).terminate('i-0fedcba9876543210', false)).toBe('leaving');
  });

  it('fail when they may not shrink: the instance stays, and was not leaving', async () => {
    here = await aCloud({ MinSize: 2 });
    await expect(retiringGroups(here.aws).terminate(here.instanceId, true)).rejects.toThrow(
      'desiredSize equals minSize',
    );
    expect(inState(here.group, 'InService')).toHaveLength(2);
  });

  it('grow by what they are told', async () => {
    await retiringGroups(here.aws).setDesiredCapacity('workers', 3);
    expect(here.group.desired).toBe(3);
  });
});

describe('instances', () => {
  beforeEach(async () => {
    here = await aCloud();
  });

  it('tell state, place, address, group and tags, until EC2 has forgotten them', async () => {
    expect(await drainInstances(here.aws).find(here.instanceId)).toMatchObject({
      instanceId: here.instanceId,
      state: 'running',
      zone: expect.stringContaining('us-east-1'),
      ipAddress: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
      groupName: 'workers',
    });
    const unknown = 'i-0fedcba9876543210';
    const tagged = await ec2Instances(here.aws).describe([here.instanceId, unknown]);
    expect([...tagged].map(([id, { tags }]) => [id, tags])).toEqual([
      [here.instanceId, expect.objectContaining({ 'aws:autoscaling:groupName': 'workers', 'tender:cluster': 'demo' })],
    ]);
    expect(await drainInstances(here.aws).find(unknown)).toBeUndefined();
  });

  it('that are terminated keep group and tags, and have no address', async () => {
    here.built.fleet.instances.terminate(here.built.fleet.instances.visible(here.instanceId));
    await here.world.advance(120_000);
    expect(await drainInstances(here.aws).find(here.instanceId)).toMatchObject({
      state: 'terminated',
      ipAddress: '',
      groupName: 'workers',
    });
  });
});

describe('claims, as a drain reads them', () => {
  it('tell owner, deadline and whether the instance goes', async () => {
    here = await aCloud();
    const claim = { cluster: 'demo', instanceId: 'i-1', owner: 'arn', workflow: 'w', claimedAt: 't', deadline: 'then' };
    const [claims, store] = [s3DrainClaims(here.aws, 'state'), s3ClaimStore(here.aws, 'state')];
    expect(await claims.read('demo', 'i-1')).toBeUndefined();
    await store.write(claim, undefined);
    expect(await claims.read('demo', 'i-1')).toEqual({ owner: 'arn', deadline: 'then', leaving: false });
    const held = await store.read('demo', 'i-1');
    await store.write({ ...claim, leaving: true }, held?.etag);
    expect(await claims.read('demo', 'i-1')).toEqual({ owner: 'arn', deadline: 'then', leaving: true });
    await store.write({ ...claim, offered: true }, (await store.read('demo', 'i-1'))?.etag);
    expect(await claims.read('demo', 'i-1')).toBeUndefined();
  });
});
