import { describe, expect, it } from 'vitest';
import { instanceDirectory } from '../../../src/wiring/instance-directory.ts';
import type { SignalPlaces } from '../../../src/wiring/signal-places.ts';
import { type Script, scriptedAws } from '../aws/scripted-aws.ts';

type Tags = Readonly<Record<string, string>>;

const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

interface Fleet {
  /** Tags by group. */
  readonly groups?: Readonly<Record<string, Tags>>;
  /** Group and lifecycle state by instance. */
  readonly members?: Readonly<Record<string, readonly [groupName: string, lifecycleState: string]>>;
  /** Tags of instances that are in no group (any more). */
  readonly others?: Readonly<Record<string, Tags>>;
}

function fleet({ groups = {}, members = {}, others = {} }: Fleet) {
  const script: Script = {
    DescribeAutoScalingInstances: ({ InstanceIds }) => ({
      AutoScalingInstances: (InstanceIds as string[]).flatMap((InstanceId) => {
        const [AutoScalingGroupName, LifecycleState] = members[InstanceId] ?? [];
        return AutoScalingGroupName ? [{ InstanceId, AutoScalingGroupName, LifecycleState }] : [];
      }),
    }),
    DescribeAutoScalingGroups: ({ AutoScalingGroupNames }) => ({
      AutoScalingGroups: (AutoScalingGroupNames as string[]).flatMap((name) => {
        const tags = groups[name];
        return tags ? [{ AutoScalingGroupName: name, Tags: tagList(tags) }] : [];
      }),
    }),
    DescribeInstances: ({ Filters }) => ({
      Reservations: (Filters as { Values: string[] }[]).flatMap(({ Values }) =>
        Values.flatMap((InstanceId) => {
          const tags = others[InstanceId];
          return tags ? [{ Instances: [{ InstanceId, Tags: tagList(tags) }] }] : [];
        }),
      ),
    }),
  };
  return scriptedAws(script);
}

/** Finds instances at home, or where only the cluster of this name lives. */
function directoryOf(aws: ReturnType<typeof fleet>, believed?: string) {
  const elsewhere = believed !== undefined;
  const places: Pick<SignalPlaces, 'ask'> = {
    ask: async (_origin, question) => ({
      found: await question(aws, '111111111111/eu-central-1'),
      elsewhere,
      believes: (cluster) => !elsewhere || cluster === believed,
    }),
  };
  return instanceDirectory(places);
}

const ours: Tags = { 'tender:cluster': 'demo' };

describe('instanceDirectory', () => {
  it('finds an instance by its group, whatever its own tags say', async () => {
    const aws = fleet({ groups: { workers: ours }, members: { 'i-1': ['workers', 'InService'] } });
    expect(await directoryOf(aws).find(['i-1'], {})).toEqual(
      new Map([['i-1', { instanceId: 'i-1', cluster: 'demo', groupName: 'workers', lifecycleState: 'InService' }]]),
    );
    expect(aws.sent.map(([operation]) => operation)).not.toContain('DescribeInstances');
  });

  it('finds one that has left its group by the tag that Auto Scaling gave it', async () => {
    const others = { 'i-1': { 'aws:autoscaling:groupName': 'workers' } };
    const found = await directoryOf(fleet({ groups: { workers: ours }, others })).find(['i-1'], {});
    expect(found.get('i-1')).toMatchObject({ cluster: 'demo', groupName: 'workers', lifecycleState: undefined });
  });

  it('finds one whose group is gone as well by its own tags', async () => {
    const others = { 'i-1': { 'aws:autoscaling:groupName': 'workers', ...ours } };
    expect((await directoryOf(fleet({ others })).find(['i-1'], {})).get('i-1')).toMatchObject({ cluster: 'demo' });
  });

  it.each<readonly [string, Fleet]>([
    ['an instance that EC2 does not know', {}],
    ['an instance of no group, as Karpenter launches them, in spite of our tag', { others: { 'i-1': ours } }],
    ['an instance of a foreign group', { groups: { theirs: {} }, members: { 'i-1': ['theirs', 'InService'] } }],
    [
      'one that has left a foreign group, in spite of our tag',
      { groups: { theirs: {} }, others: { 'i-1': { 'aws:autoscaling:groupName': 'theirs', ...ours } } },
    ],
    [
      'one whose group is gone and that has no tag of ours',
      { others: { 'i-1': { 'aws:autoscaling:groupName': 'x' } } },
    ],
  ])('does not know %s', async (_what, world) => {
    expect(await directoryOf(fleet(world)).find(['i-1'], {})).toEqual(new Map());
  });

  it('believes another account only about the clusters that live there', async () => {
    const members = { 'i-1': ['workers', 'InService'], 'i-2': ['others', 'InService'] } as const;
    const aws = fleet({ groups: { workers: ours, others: { 'tender:cluster': 'prod' } }, members });
    const found = await directoryOf(aws, 'demo').find(['i-1', 'i-2'], {});
    expect([...found.keys()]).toEqual(['i-1']);
  });

  it('knows nothing where no registered cluster lives', async () => {
    const nowhere: Pick<SignalPlaces, 'ask'> = { ask: async () => undefined };
    expect(await instanceDirectory(nowhere).find(['i-1'], {})).toEqual(new Map());
  });

  it('asks in batches about many', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `i-${index}`);
    const members = Object.fromEntries(ids.map((id) => [id, ['workers', 'InService'] as const]));
    const aws = fleet({ groups: { workers: ours }, members });
    expect((await directoryOf(aws).find(ids, {})).size).toBe(120);
    expect(aws.sent.map(([operation]) => operation)).toEqual([
      'DescribeAutoScalingInstances',
      'DescribeAutoScalingInstances',
      'DescribeAutoScalingInstances',
      'DescribeAutoScalingGroups',
    ]);
  });
});
