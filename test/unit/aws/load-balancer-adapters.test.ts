import { describe, expect, it } from 'vitest';
import { classicLoadBalancers } from '../../../src/aws/classic-load-balancers.ts';
import { clusterMembers, groupAttachments } from '../../../src/aws/group-attachments.ts';
import { s3ClaimStore } from '../../../src/aws/s3-claim-store.ts';
import { s3Departures } from '../../../src/aws/s3-departures.ts';
import { s3LoadBalancerMaps } from '../../../src/aws/s3-load-balancer-maps.ts';
import { taggedLoadBalancers } from '../../../src/aws/tagged-load-balancers.ts';
import { targetGroups } from '../../../src/aws/target-groups.ts';
import type { NotedTarget } from '../../../src/loadbalancers/ports.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

const elb = 'arn:aws:elasticloadbalancing:eu-central-1:111111111111';

describe('load balancers that are tagged for a cluster', () => {
  const answers: Readonly<Record<string, readonly (readonly string[])[]>> = {
    'tender:cluster': [[`${elb}:targetgroup/web/1`, `${elb}:loadbalancer/own`], [`${elb}:loadbalancer/net/nlb/2`]],
    'elbv2.k8s.aws/cluster': [[`${elb}:targetgroup/k8s-web/3`, `${elb}:loadbalancer/app/k8s/4`]],
    'kubernetes.io/cluster/demo': [[`${elb}:targetgroup/web/1`, `${elb}:loadbalancer/a0123`]],
  };

  const tagsOf = (arn: string) =>
    arn.endsWith('/a0123') ? [{ Key: 'kubernetes.io/service-name', Value: 'default/web' }] : [];

  it('are found by each of the three tags, by whatever the cluster calls itself, on every page, with their tags', async () => {
    const aws = scriptedAws({
      GetResources: ({ TagFilters, PaginationToken }) => {
        const pages = answers[(TagFilters as { Key: string }[])[0]?.Key ?? ''] ?? [];
        const page = Number(PaginationToken ?? 0);
        return {
          ResourceTagMappingList: pages[page]?.map((ResourceARN) => ({ ResourceARN, Tags: tagsOf(ResourceARN) })),
          PaginationToken: page + 1 < pages.length ? String(page + 1) : '',
        };
      },
    });
    expect(await taggedLoadBalancers(aws, ['demo.example.com', 'demo']).find('demo')).toEqual({
      targetGroupArns: [`${elb}:targetgroup/web/1`, `${elb}:targetgroup/k8s-web/3`],
      classicLoadBalancers: [
        { name: 'own', tags: {} },
        { name: 'a0123', tags: { 'kubernetes.io/service-name': 'default/web' } },
      ],
    });
    expect(aws.sent.map(([, input]) => (input as { TagFilters: unknown }).TagFilters)).toEqual(
      expect.arrayContaining([
        [{ Key: 'tender:cluster', Values: ['demo'] }],
        [{ Key: 'elbv2.k8s.aws/cluster', Values: ['demo.example.com', 'demo'] }],
        [{ Key: 'kubernetes.io/cluster/demo.example.com' }],
        [{ Key: 'kubernetes.io/cluster/demo' }],
      ]),
    );
  });
});

describe('what is attached to a group', () => {
  it('is told once, whichever way it was attached', async () => {
    const aws = scriptedAws({
      DescribeAutoScalingGroups: () => ({
        AutoScalingGroups: [
          {
            TargetGroupARNs: [`${elb}:targetgroup/web/1`],
            LoadBalancerNames: ['old'],
            TrafficSources: [
              { Identifier: `${elb}:targetgroup/web/1`, Type: 'elbv2' },
              { Identifier: `${elb}:targetgroup/new/2` },
              { Identifier: 'old', Type: 'elb' },
              { Identifier: 'arn:aws:vpc-lattice:eu-central-1:111111111111:targetgroup/tg-1', Type: 'vpc-lattice' },
            ],
          },
        ],
      }),
    });
    expect(await groupAttachments(aws).attachedTo('workers')).toEqual({
      targetGroupArns: [`${elb}:targetgroup/web/1`, `${elb}:targetgroup/new/2`],
      classicLoadBalancers: ['old'],
    });
  });

  it('is told of all groups of a cluster at once, without their instances', async () => {
    const aws = scriptedAws({
      DescribeAutoScalingGroups: () => ({
        AutoScalingGroups: [
          { AutoScalingGroupName: 'workers', LoadBalancerNames: ['old'] },
          { AutoScalingGroupName: 'bare' },
        ],
      }),
    });
    expect(await groupAttachments(aws).attachedIn('demo')).toEqual({
      workers: { targetGroupArns: [], classicLoadBalancers: ['old'] },
      bare: { targetGroupArns: [], classicLoadBalancers: [] },
    });
    expect(aws.sent[0]?.[1]).toEqual({
      Filters: [{ Name: 'tag:tender:cluster', Values: ['demo'] }],
      IncludeInstances: false,
    });
  });

  it('is nothing where there is no such group', async () => {
    const aws = scriptedAws({ DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [] }) });
    expect(await groupAttachments(aws).attachedTo('gone')).toEqual({ targetGroupArns: [], classicLoadBalancers: [] });
  });
});

describe('everybody behind a load balancer', () => {
  it('is listed with their health, draining ones too', async () => {
    const aws = scriptedAws({
      DescribeTargetHealth: () => ({
        TargetHealthDescriptions: [
          { Target: { Id: 'i-1', Port: 80 }, TargetHealth: { State: 'healthy' } },
          {
            Target: { Id: 'i-2', Port: 80 },
            TargetHealth: { State: 'draining', Reason: 'Target.DeregistrationInProgress' },
          },
        ],
      }),
      DescribeInstanceHealth: () => ({
        InstanceStates: [
          { InstanceId: 'i-1', State: 'InService', Description: 'N/A' },
          { InstanceId: 'i-2', State: 'InService', Description: 'Instance deregistration currently in progress.' },
        ],
      }),
    });
    expect(await targetGroups(aws).targets('g')).toMatchObject([
      { id: 'i-1', port: 80, state: 'healthy' },
      { id: 'i-2', state: 'draining' },
    ]);
    expect(await classicLoadBalancers(aws).instances('old')).toMatchObject([
      { instanceId: 'i-1', inService: true, leaving: false },
      { instanceId: 'i-2', leaving: true },
    ]);
  });

  it.each([
    ['gone', 'TargetGroupNotFoundException'],
    ['of another region or account', 'ValidationError'],
  ])('is nobody when the load balancer is %s', async (_what, code) => {
    const aws = scriptedAws({
      DescribeTargetHealth: () => awsError(code),
      DescribeInstanceHealth: () => awsError('AccessPointNotFoundException'),
      DescribeLoadBalancerAttributes: () => awsError('AccessPointNotFoundException'),
    });
    expect(await targetGroups(aws).targets('g')).toBeUndefined();
    expect(await classicLoadBalancers(aws).instances('old')).toBeUndefined();
    expect(await classicLoadBalancers(aws).drainingSeconds('old')).toBe(0);
  });

  it.each([
    [{ Enabled: true, Timeout: 45 }, 45],
    [{ Enabled: false, Timeout: 300 }, 0],
  ])('keeps connections for its draining time: %o', async (ConnectionDraining, seconds) => {
    const aws = scriptedAws({
      DescribeLoadBalancerAttributes: () => ({ LoadBalancerAttributes: { ConnectionDraining } }),
    });
    expect(await classicLoadBalancers(aws).drainingSeconds('old')).toBe(seconds);
  });

  it.each([
    [() => ({}), 'registered'],
    [() => awsError('TargetGroupNotFoundException'), 'gone'],
    [() => awsError('InvalidTargetException'), 'gone'],
  ] as const)('can be put back into a target group, if it is still possible', async (RegisterTargets, outcome) => {
    expect(await targetGroups(scriptedAws({ RegisterTargets })).putBack('g', 'i-1', 80)).toBe(outcome);
  });

  it.each([
    [() => ({}), 'registered'],
    [() => awsError('AccessPointNotFoundException'), 'gone'],
    [() => awsError('InvalidEndPointException'), 'gone'],
  ] as const)('can be put back behind a classic one, if it is still possible', async (answer, outcome) => {
    const aws = scriptedAws({ RegisterInstancesWithLoadBalancer: answer });
    expect(await classicLoadBalancers(aws).putBack('old', 'i-1')).toBe(outcome);
  });
});

describe('many at once', () => {
  const targets = Array.from({ length: 101 }, (_, index) => ({ id: `i-${index}`, port: 80 }));

  it('are registered in batches; one that is refused keeps no other from it', async () => {
    const aws = scriptedAws({
      RegisterTargets: ({ Targets }) =>
        (Targets as { Id: string }[]).some(({ Id }) => Id === 'i-3') ? awsError('InvalidTargetException') : {},
    });
    const done = await targetGroups(aws).registerAll('g', targets);
    expect(done).toHaveLength(100);
    expect(done.map(({ id }) => id)).not.toContain('i-3');
    expect(aws.sent).toHaveLength(102);
  });

  it('are deregistered in batches', async () => {
    const aws = scriptedAws({ DeregisterTargets: () => ({}) });
    await targetGroups(aws).deregisterAll('g', targets);
    expect(aws.sent).toHaveLength(2);
  });

  it('are registered behind a classic load balancer likewise, and leave it one by one', async () => {
    const aws = scriptedAws({
      RegisterInstancesWithLoadBalancer: ({ Instances }) =>
        (Instances as { InstanceId: string }[]).some(({ InstanceId }) => InstanceId === 'i-3')
          ? awsError('InvalidEndPointException')
          : {},
      DeregisterInstancesFromLoadBalancer: () => awsError('InvalidEndPointException'),
    });
    const classic = classicLoadBalancers(aws);
    expect(await classic.registerAll('old', ['i-1', 'i-2', 'i-3'])).toEqual(['i-1', 'i-2']);
    await classic.deregisterAll('old', ['i-1', 'i-2']);
    expect(aws.sent).toHaveLength(6);
  });
});

describe('the members of a cluster', () => {
  it('have the role of their group, and are listed in every state', async () => {
    const aws = scriptedAws({
      DescribeAutoScalingGroups: () => ({
        AutoScalingGroups: [
          {
            AutoScalingGroupName: 'workers',
            Tags: [{ Key: 'tender:role', Value: 'worker' }],
            Instances: [{ InstanceId: 'i-1', LifecycleState: 'Terminating:Wait' }],
          },
          { AutoScalingGroupName: 'bare', Instances: [{ InstanceId: 'i-2', LifecycleState: 'InService' }] },
        ],
      }),
    });
    expect(await clusterMembers(aws).membersOf('demo')).toEqual([
      { instanceId: 'i-1', groupName: 'workers', role: 'worker', lifecycleState: 'Terminating:Wait' },
      { instanceId: 'i-2', groupName: 'bare', role: '', lifecycleState: 'InService' },
    ]);
    expect(aws.sent[0]?.[1]).toEqual({ Filters: [{ Name: 'tag:tender:cluster', Values: ['demo'] }] });
  });
});

/** One object with entity tags; `interfere` is called before each write. */
function oneObject(first: object | undefined, interfere = (_write: number): object | undefined => undefined) {
  let stored = first && { text: JSON.stringify(first), version: 1 };
  let writes = 0;
  return {
    aws: scriptedAws({
      GetObject: () =>
        stored
          ? { Body: { transformToString: async () => stored?.text }, ETag: `"${stored.version}"` }
          : awsError('NoSuchKey'),
      PutObject: ({ Body, IfMatch }) => {
        const other = interfere(++writes);
        if (other && stored) stored = { text: JSON.stringify(other), version: stored.version + 1 };
        if (IfMatch !== undefined && IfMatch !== `"${stored?.version}"`) return awsError('PreconditionFailed');
        stored = { text: String(Body), version: (stored?.version ?? 0) + 1 };
        return {};
      },
    }),
    value: () => stored && (JSON.parse(stored.text) as object),
    writes: () => writes,
  };
}

describe('the note in a claim', () => {
  const claim = {
    cluster: 'demo',
    instanceId: 'i-1',
    owner: 'arn',
    workflow: 'node-drain',
    claimedAt: '2026-03-01T12:00:00Z',
    deadline: '2026-03-01T12:15:00Z',
    later: 'field',
  };
  const web: NotedTarget = { kind: 'target-group', arn: `${elb}:targetgroup/web/1`, id: 'i-1', port: 80 };
  const old: NotedTarget = { kind: 'classic', name: 'old', id: 'i-1' };

  it('is added to what is noted, keeps everything else of the claim, and is taken out again', async () => {
    const object = oneObject(claim);
    const departures = s3Departures(object.aws, 'state');
    expect(await departures.noted('demo', 'i-1')).toEqual([]);
    await departures.note('demo', 'i-1', [web]);
    await departures.note('demo', 'i-1', [{ id: 'i-1', name: 'old', kind: 'classic' }, web]);
    expect(object.value()).toEqual({ ...claim, deregistered: [web, old] });
    expect(await departures.noted('demo', 'i-1')).toEqual([web, old]);
    await departures.forget('demo', 'i-1');
    expect(object.value()).toEqual(claim);
  });

  it('has each target once, as it was when it was noted last', async () => {
    const object = oneObject(claim);
    const departures = s3Departures(object.aws, 'state');
    await departures.note('demo', 'i-1', [
      { ...web, idle: true },
      { ...old, idle: true },
    ]);
    await departures.note('demo', 'i-1', [web, { ...old, idle: true }]);
    expect(object.value()).toEqual({ ...claim, deregistered: [web, { ...old, idle: true }] });
    const store = s3ClaimStore(object.aws, 'state');
    expect((await store.read('demo', 'i-1'))?.claim.deregistered).toEqual([web, { ...old, idle: true }]);
  });

  it('is written again when somebody changed the claim meanwhile, whose change stays', async () => {
    const object = oneObject(claim, (write) => (write === 1 ? { ...claim, deadline: 'earlier' } : undefined));
    await s3Departures(object.aws, 'state').note('demo', 'i-1', [web]);
    expect(object.value()).toEqual({ ...claim, deadline: 'earlier', deregistered: [web] });
  });

  it('is given up for now when the claim changes all the time', async () => {
    const object = oneObject(claim, (write) => ({ ...claim, deadline: String(write) }));
    await expect(s3Departures(object.aws, 'state').note('demo', 'i-1', [web])).rejects.toMatchObject({
      name: 'AwsUnavailable',
    });
    expect(object.writes()).toBe(10);
  });

  it('needs a claim; without one nothing is noted, and there is nothing to forget', async () => {
    const departures = s3Departures(oneObject(undefined).aws, 'state');
    await expect(departures.note('demo', 'i-1', [web])).rejects.toMatchObject({ name: 'InstanceNotClaimed' });
    expect(await departures.noted('demo', 'i-1')).toEqual([]);
    await departures.forget('demo', 'i-1');
  });
});

describe('the map of load balancers', () => {
  const map = {
    targetGroups: [
      { arn: 'a', targetType: 'ip', port: 80, protocol: 'TCP', controllerOwned: false, clusterTagged: true },
    ],
    classicLoadBalancers: [{ name: 'old', controllerOwned: true }],
    at: '2026-03-01T12:00:00.000Z',
  } as const;

  it('is read as it was written', async () => {
    const maps = s3LoadBalancerMaps(oneObject(undefined).aws, 'state');
    expect(await maps.read('demo')).toBeUndefined();
    await maps.write('demo', map);
    expect(await maps.read('demo')).toEqual(map);
  });

  it('that somebody has spoilt counts as none: it is looked up again', async () => {
    expect(await s3LoadBalancerMaps(oneObject({ targetGroups: 7 }).aws, 'state').read('demo')).toBeUndefined();
  });
});
