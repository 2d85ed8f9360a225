import { describe, expect, it } from 'vitest';
import { autoScalingGroups } from '../../../src/aws/auto-scaling-groups.ts';
import { classicLoadBalancers } from '../../../src/aws/classic-load-balancers.ts';
import { ec2Instances } from '../../../src/aws/ec2-instances.ts';
import { StateObjectUnreadable } from '../../../src/aws/errors.ts';
import { groupCapacities } from '../../../src/aws/group-capacities.ts';
import { parameterClusterEntries } from '../../../src/aws/parameter-cluster-entries.ts';
import { s3ClaimStore } from '../../../src/aws/s3-claim-store.ts';
import { s3DisruptionLedger } from '../../../src/aws/s3-disruption-ledger.ts';
import { ssmCommands } from '../../../src/aws/ssm-commands.ts';
import { ssmJoinParameters } from '../../../src/aws/ssm-join-parameters.ts';
import { stateMachines } from '../../../src/aws/state-machines.ts';
import { targetGroups } from '../../../src/aws/target-groups.ts';
import { awsError, scriptedAws } from './scripted-aws.ts';

describe('capacities of groups', () => {
  it('come with role, sizes and members, without those of the warm pool', async () => {
    const instances = [
      { InstanceId: 'i-1', LifecycleState: 'InService', HealthStatus: 'Healthy' },
      { InstanceId: 'i-2', LifecycleState: 'InService', HealthStatus: 'Unhealthy' },
      { InstanceId: 'i-3', LifecycleState: 'Warmed:Stopped', HealthStatus: 'Healthy' },
    ];
    const group = {
      AutoScalingGroupName: 'workers',
      Tags: [{ Key: 'tender:role', Value: 'worker' }],
      DesiredCapacity: 2,
      MaxSize: 4,
      Instances: instances,
    };
    const aws = scriptedAws({ DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [group] }) });
    expect(await groupCapacities(aws).ofCluster('demo')).toEqual([
      {
        name: 'workers',
        role: 'worker',
        desiredCapacity: 2,
        maxSize: 4,
        members: [
          { instanceId: 'i-1', lifecycleState: 'InService', healthy: true },
          { instanceId: 'i-2', lifecycleState: 'InService', healthy: false },
        ],
      },
    ]);
    expect(aws.sent[0]?.[1]).toEqual({ Filters: [{ Name: 'tag:tender:cluster', Values: ['demo'] }] });
  });

  it('come with the managed node group that EKS made them for', async () => {
    const Tags = [
      { Key: 'eks:cluster-name', Value: 'demo' },
      { Key: 'eks:nodegroup-name', Value: 'general' },
    ];
    const aws = scriptedAws({ DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [{ Tags }] }) });
    expect(await groupCapacities(aws).ofCluster('demo')).toMatchObject([
      { managed: { clusterName: 'demo', nodeGroup: 'general' } },
    ]);
  });
});

describe('the disruption ledger in S3', () => {
  const lease = {
    instanceId: 'i-1',
    nodeName: 'node-1',
    groupName: 'workers',
    zone: 'us-east-1a',
    reason: 'maintenance',
    execution: 'arn',
    voluntary: true,
    takenAt: 't',
    surge: { desiredBefore: 3, at: 't' },
  };

  it('is one object per cluster, and comes back as it was written', async () => {
    let body = '';
    const aws = scriptedAws({
      PutObject: ({ Body }) => {
        body = String(Body);
        return {};
      },
      GetObject: () => ({ Body: { transformToString: async () => body }, ETag: '"1"' }),
    });
    const ledgers = s3DisruptionLedger(aws, 'state');
    expect(await ledgers.write('demo', { leases: [lease] }, undefined)).toBe('written');
    expect(await ledgers.read('demo')).toEqual({ ledger: { leases: [lease] }, etag: '"1"' });
    expect(aws.sent[0]?.[1]).toMatchObject({ Bucket: 'state', Key: 'disruptions/demo.json', IfNoneMatch: '*' });
  });

  it('that somebody else wrote is told by address', async () => {
    const body = { transformToString: async () => '{"leases": "none"}' };
    const ledgers = s3DisruptionLedger(scriptedAws({ GetObject: () => ({ Body: body, ETag: '"1"' }) }), 'state');
    await expect(ledgers.read('demo')).rejects.toBeInstanceOf(StateObjectUnreadable);
  });
});

describe('EC2 instances', () => {
  const instance = {
    InstanceId: 'i-1',
    State: { Name: 'running' },
    LaunchTime: new Date('2026-03-02T09:00:00Z'),
    Placement: { AvailabilityZone: 'eu-central-1a' },
    PrivateDnsName: 'ip-10-0-0-5.eu-central-1.compute.internal',
    PrivateIpAddress: '10.0.0.5',
    PublicIpAddress: '203.0.113.5',
    NetworkInterfaces: [
      {
        PrivateIpAddress: '10.0.0.5',
        PrivateIpAddresses: [{ PrivateIpAddress: '10.0.0.5', Primary: true }, { PrivateIpAddress: '10.0.0.77' }],
        Ipv6Addresses: [{ Ipv6Address: '2001:db8::5' }],
      },
      { PrivateIpAddress: '10.0.1.5', PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.5', Primary: true }] },
    ],
  };

  it('own the primary address of each interface, and never a secondary one', async () => {
    const aws = scriptedAws({
      DescribeInstances: () => ({ Reservations: [{ OwnerId: '111111111111', Instances: [instance] }] }),
    });
    const found = (await ec2Instances(aws).describe(['i-1'])).get('i-1');
    expect(found?.addresses).toEqual(['10.0.0.5', '203.0.113.5', '2001:db8::5', '10.0.1.5']);
    expect(found).toMatchObject({
      arn: 'arn:aws:ec2:eu-central-1:111111111111:instance/i-1',
      launchedAt: '2026-03-02T09:00:00.000Z',
      dnsNames: ['ip-10-0-0-5.eu-central-1.compute.internal', 'i-1.eu-central-1.compute.internal'],
    });
  });

  it('are asked for in batches by filter, so that one that EC2 does not show yet is only missing', async () => {
    const aws = scriptedAws({ DescribeInstances: () => ({ Reservations: [] }) });
    const ids = Array.from({ length: 201 }, (_, index) => `i-${index}`);
    expect((await ec2Instances(aws).describe(ids)).size).toBe(0);
    expect(
      aws.sent.map(([, input]) => (input as { Filters: { Values: string[] }[] }).Filters[0]?.Values.length),
    ).toEqual([200, 1]);
  });

  it('without Nitro give the console output of their boot', async () => {
    const aws = scriptedAws({
      GetConsoleOutput: ({ Latest }) =>
        Latest ? awsError('UnsupportedOperation') : { Output: Buffer.from('Linux').toString('base64') },
    });
    expect(await ec2Instances(aws).consoleOutput('i-1')).toBe('Linux');
  });
});

describe('Auto Scaling groups', () => {
  it('of a cluster give their instances, without those that leave', async () => {
    const instances = ['InService', 'Terminating:Wait', 'Pending:Wait'].map((LifecycleState, index) => ({
      InstanceId: `i-${index}`,
      LifecycleState,
      LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '3' },
    }));
    const aws = scriptedAws({
      DescribeAutoScalingGroups: () => ({
        AutoScalingGroups: [{ AutoScalingGroupName: 'workers', Instances: instances }],
      }),
    });
    const members = await autoScalingGroups(aws).instancesOf('demo');
    expect(members.map(({ instanceId }) => instanceId)).toEqual(['i-0', 'i-2']);
    expect(members[0]).toMatchObject({ groupName: 'workers', launchTemplate: { id: 'lt-1', version: '3' } });
    expect(aws.sent[0]?.[1]).toEqual({ Filters: [{ Name: 'tag:tender:cluster', Values: ['demo'] }] });
  });

  it('that do not exist have no tags, unlike those that have none', async () => {
    const groups = autoScalingGroups(
      scriptedAws({
        DescribeAutoScalingGroups: ({ AutoScalingGroupNames }) => ({
          AutoScalingGroups: String(AutoScalingGroupNames) === 'bare' ? [{ AutoScalingGroupName: 'bare' }] : [],
        }),
      }),
    );
    expect(await groups.tags('bare')).toEqual({});
    expect(await groups.tags('gone')).toBeUndefined();
  });

  it('tell memberships of many instances in batches of 50', async () => {
    const aws = scriptedAws({ DescribeAutoScalingInstances: () => ({ AutoScalingInstances: [] }) });
    await autoScalingGroups(aws).memberships(Array.from({ length: 101 }, (_, index) => `i-${index}`));
    expect(aws.sent).toHaveLength(3);
  });
});

describe('join parameters', () => {
  it('are tagged as they are made, never overwritten', async () => {
    const aws = scriptedAws({ PutParameter: () => ({}) });
    expect(
      await ssmJoinParameters(aws, 'key-1').create('/tender/join/demo/i-1', 'text', { 'tender:cluster': 'demo' }),
    ).toBe('created');
    expect(aws.sent[0]?.[1]).toEqual({
      Name: '/tender/join/demo/i-1',
      Value: 'text',
      Type: 'SecureString',
      Tier: 'Standard',
      KeyId: 'key-1',
      Tags: [{ Key: 'tender:cluster', Value: 'demo' }],
    });
  });

  it('that exist or are gone are told as values', async () => {
    const parameters = ssmJoinParameters(
      scriptedAws({
        PutParameter: () => awsError('ParameterAlreadyExists'),
        GetParameter: () => awsError('ParameterNotFound'),
        DeleteParameter: () => awsError('ParameterNotFound'),
      }),
    );
    expect(await parameters.create('/p', 'text', {})).toBe('exists');
    expect(await parameters.read('/p')).toBeUndefined();
    await parameters.delete('/p');
  });
});

describe('claims in S3', () => {
  const claim = { cluster: 'demo', instanceId: 'i-1', owner: 'arn', workflow: 'w', claimedAt: 't', deadline: 't' };

  it('are written only where there is none, or where it did not change', async () => {
    const aws = scriptedAws({ PutObject: () => ({}) });
    const store = s3ClaimStore(aws, 'state');
    await store.write(claim, undefined);
    await store.write(claim, '"1"');
    expect(aws.sent.map(([, input]) => input)).toEqual([
      expect.objectContaining({ Bucket: 'state', Key: 'claims/demo/i-1.json', IfNoneMatch: '*' }),
      expect.objectContaining({ IfMatch: '"1"' }),
    ]);
  });

  it.each(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'])('lose the race on %s', async (code) => {
    const store = s3ClaimStore(scriptedAws({ PutObject: () => awsError(code) }), 'state');
    expect(await store.write(claim, '"1"')).toBe('conflict');
  });

  it('are deleted when they did not change; one that is gone is fine', async () => {
    const deleting = (answer: unknown) =>
      s3ClaimStore(scriptedAws({ DeleteObject: () => answer }), 'state').delete('demo', 'i-1', '"1"');
    expect(await deleting({})).toBe('deleted');
    expect(await deleting(awsError('NoSuchKey'))).toBe('deleted');
    expect(await deleting(awsError('PreconditionFailed'))).toBe('conflict');
  });

  it('are listed by instance, page by page', async () => {
    const aws = scriptedAws({
      ListObjectsV2: ({ ContinuationToken }) =>
        ContinuationToken === undefined
          ? { Contents: [{ Key: 'claims/demo/i-1.json' }], IsTruncated: true, NextContinuationToken: 'more' }
          : { Contents: [{ Key: 'claims/demo/i-2.json' }] },
    });
    expect(await s3ClaimStore(aws, 'state').list('demo')).toEqual(['i-1', 'i-2']);
    expect(aws.sent[0]?.[1]).toMatchObject({ Bucket: 'state', Prefix: 'claims/demo/' });
  });

  it('come back with what was taken out of load balancers', async () => {
    const group = { kind: 'target-group', arn: 'arn:group', id: 'i-1', port: 443 } as const;
    const noted = { ...claim, deregistered: [group, { kind: 'classic', name: 'legacy', id: 'i-1' } as const] };
    let body = '';
    const aws = scriptedAws({
      PutObject: ({ Body }) => {
        body = String(Body);
        return {};
      },
      GetObject: () => ({ Body: { transformToString: async () => body }, ETag: '"1"' }),
    });
    const store = s3ClaimStore(aws, 'state');
    await store.write(noted, undefined);
    expect(await store.read('demo', 'i-1')).toEqual({ claim: noted, etag: '"1"' });
  });

  it('that somebody else wrote are told by address, without their content', async () => {
    const body = { transformToString: async () => '{"owner": 7}' };
    const store = s3ClaimStore(scriptedAws({ GetObject: () => ({ Body: body, ETag: '"1"' }) }), 'state');
    await expect(store.read('demo', 'i-1')).rejects.toBeInstanceOf(StateObjectUnreadable);
    await expect(store.read('demo', 'i-1')).rejects.toThrow('s3://state/claims/demo/i-1.json');
  });
});

describe('commands', () => {
  it.each([
    ['Success', 'Success', 'Success'],
    ['Delayed', 'Delayed', 'Pending'],
    ['Failed', 'Undeliverable', 'Undeliverable'],
    ['TimedOut', 'Delivery Timed Out', 'Undeliverable'],
    ['TimedOut', 'Execution Timed Out', 'TimedOut'],
  ])('%s (%s) is %s', async (Status, StatusDetails, status) => {
    const aws = scriptedAws({ GetCommandInvocation: () => ({ Status, StatusDetails, StandardOutputContent: 'out' }) });
    expect(await ssmCommands(aws).result('c-1', 'i-1')).toEqual({ status, output: 'out', errors: '' });
  });

  it('that SSM does not list yet are unknown', async () => {
    const aws = scriptedAws({ GetCommandInvocation: () => awsError('InvocationDoesNotExist') });
    expect((await ssmCommands(aws).result('c-1', 'i-1')).status).toBe('Unknown');
  });
});

describe('state machines', () => {
  it('are started with a name; an execution that exists is as good', async () => {
    let answer: unknown = {};
    const aws = scriptedAws({ StartExecution: () => answer });
    const machines = stateMachines(aws, { sweep: 'arn:sweep' });
    expect([machines.has('sweep'), machines.has('node-retire')]).toEqual([true, false]);
    expect(await machines.start('sweep', 'one', { cluster: 'demo' })).toBe('started');
    answer = awsError('ExecutionAlreadyExists');
    expect(await machines.start('sweep', 'one', {})).toBe('already-started');
    expect(aws.sent[0]?.[1]).toEqual({ stateMachineArn: 'arn:sweep', name: 'one', input: '{"cluster":"demo"}' });
  });
});

describe('target groups', () => {
  it.each([
    ['does not', 'TargetGroupNotFoundException'],
    ['is of another region or account', 'ValidationError'],
  ])('that exist are found although one of them %s', async (_what, code) => {
    const aws = scriptedAws({
      DescribeTargetGroups: ({ TargetGroupArns }) => {
        const arns = TargetGroupArns as string[];
        if (arns.includes('gone')) return awsError(code);
        return { TargetGroups: arns.map((TargetGroupArn) => ({ TargetGroupArn, TargetType: 'ip', Port: 443 })) };
      },
      DescribeTags: () => ({ TagDescriptions: [{ ResourceArn: 'here', Tags: [{ Key: 'a', Value: 'b' }] }] }),
    });
    const found = await targetGroups(aws).describe(['here', 'gone']);
    expect([...found.values()]).toEqual([{ arn: 'here', targetType: 'ip', port: 443, protocol: '', tags: { a: 'b' } }]);
  });

  it('do not know the health of a target that is not registered', async () => {
    const health = (Reason: string) =>
      targetGroups(
        scriptedAws({
          DescribeTargetHealth: () => ({ TargetHealthDescriptions: [{ TargetHealth: { State: 'unused', Reason } }] }),
        }),
      ).health('g', 'i-1', 80);
    expect(await health('Target.NotRegistered')).toBeUndefined();
    expect(await health('Target.NotInUse')).toMatchObject({ id: 'i-1', port: 80, state: 'unused' });
  });

  it.each(['InvalidTargetException', 'InvalidTarget'])(
    'do not know the health of an instance that EC2 has forgotten: %s',
    async (code) => {
      const aws = scriptedAws({ DescribeTargetHealth: () => awsError(code) });
      expect(await targetGroups(aws).health('g', 'i-1', 80)).toBeUndefined();
    },
  );
});

describe('classic load balancers', () => {
  it('do not know the health of an instance that is not registered, and let it go gladly', async () => {
    const aws = scriptedAws({
      DescribeInstanceHealth: () => awsError('InvalidEndPointException'),
      DeregisterInstancesFromLoadBalancer: () => awsError('AccessPointNotFoundException'),
    });
    expect(await classicLoadBalancers(aws).health('old', 'i-1')).toBeUndefined();
    await classicLoadBalancers(aws).deregister('old', 'i-1');
  });

  it('that tell of one that has left them do not have it any more', async () => {
    const health = (Description: string) =>
      classicLoadBalancers(
        scriptedAws({ DescribeInstanceHealth: () => ({ InstanceStates: [{ State: 'OutOfService', Description }] }) }),
      ).health('old', 'i-1');
    expect(await health('Instance is not currently registered with the LoadBalancer.')).toBeUndefined();
    expect(await health('Instance registration is still in progress.')).toMatchObject({ inService: false });
  });
});

describe('registry entries', () => {
  it('come from parameters of all pages, and from S3 where the parameter says so', async () => {
    const pages: Record<string, unknown> = {
      first: { Parameters: [{ Name: '/tender/clusters/a', Value: 'name: a' }], NextToken: 'second' },
      second: {
        Parameters: [
          { Name: '/tender/clusters/b', Value: 's3://policies/b.yaml\n' },
          { Name: '/tender/clusters/c', Value: 's3://policies/c.yaml' },
        ],
      },
    };
    const aws = scriptedAws({
      GetParametersByPath: ({ NextToken }) => pages[String(NextToken ?? 'first')],
      GetObject: ({ Key }) =>
        Key === 'b.yaml'
          ? { Body: { transformToString: async () => 'name: b' } }
          : awsError('NoSuchKey', 'The key does not exist'),
    });
    expect(await parameterClusterEntries(aws, '/tender/clusters').readAll()).toEqual([
      { name: 'a', text: 'name: a' },
      { name: 'b', text: 'name: b' },
      { name: 'c', unreadable: 'NoSuchKey: The key does not exist' },
    ]);
  });

  it('that do not exist are undefined', async () => {
    const aws = scriptedAws({ GetParameter: () => awsError('ParameterNotFound') });
    expect(await parameterClusterEntries(aws, '/tender/clusters').read('a')).toBeUndefined();
  });
});
