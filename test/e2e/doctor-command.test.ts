import { expect, it } from 'vitest';
import { atTheApiServer, rewriteEntry } from '../support/doctor/at-the-api-server.ts';
import { rehearseFleet } from '../support/scenarios/departure.ts';
import type { FaultScenario } from '../support/scenarios/fault-scenario.ts';
import { atTheDoor } from '../support/tender-door.ts';

interface Told {
  readonly cluster: string;
  readonly checks: number;
  readonly findings: readonly { readonly id: string; readonly severity: string; readonly about: string }[];
}

/** Does what a careful owner has done. */
async function putInOrder(scenario: FaultScenario, url: string): Promise<void> {
  const { host } = scenario.cluster.kubernetes;
  await rewriteEntry(scenario, {
    kubernetes: { endpoint: url, tlsServerName: host },
    kind: 'eks',
    schedules: { healthMinutes: 1 },
  });
  await policy(scenario, 'agent', [
    { Effect: 'Allow', Action: ['ssm:UpdateInstanceInformation', 'ssmmessages:*'], Resource: '*' },
  ]);
  await hook(scenario, 'demo-control-plane', {});
}

function policy(scenario: FaultScenario, PolicyName: string, Statement: readonly object[]): Promise<unknown> {
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  return scenario.operate('iam', 'PutRolePolicy', { RoleName: 'demo-node', PolicyName, PolicyDocument });
}

function hook(scenario: FaultScenario, AutoScalingGroupName: string, change: object): Promise<unknown> {
  return scenario.operate('autoscaling', 'PutLifecycleHook', {
    AutoScalingGroupName,
    LifecycleHookName: 'tender-terminate',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    HeartbeatTimeout: 300,
    DefaultResult: 'CONTINUE',
    ...change,
  });
}

/** Everything that can go wrong in one afternoon, by the check that has to find it. */
const GROUP = 'demo-workers';
const planted: Readonly<Record<string, (scenario: FaultScenario) => unknown>> = {
  'hook-default-result': (scenario) => hook(scenario, GROUP, { DefaultResult: 'ABANDON', HeartbeatTimeout: 30 }),
  'hook-heartbeat-short': () => undefined,
  'hook-launch-missing': () => undefined,
  'hook-of-others': (scenario) => hook(scenario, GROUP, { LifecycleHookName: 'nth' }),
  'hook-drain-does-not-fit': () => undefined,
  'group-tag-not-propagated': (scenario) => tag(scenario, 'tender:cluster', 'demo', false),
  'group-role-unknown': (scenario) => tag(scenario, 'tender:role', 'workers'),
  'owner-node-group': (scenario) => tag(scenario, 'eks:nodegroup-name', 'general'),
  'owner-cluster-autoscaler': (scenario) => tag(scenario, 'k8s.io/cluster-autoscaler/enabled', 'true'),
  'group-process-suspended': (scenario) =>
    scenario.operate('autoscaling', 'SuspendProcesses', {
      AutoScalingGroupName: GROUP,
      ScalingProcesses: ['ReplaceUnhealthy'],
    }),
  'group-fixed-size': (scenario) =>
    scenario.operate('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: GROUP,
      MinSize: 2,
      MaxSize: 2,
      HealthCheckType: 'ELB',
      LaunchTemplate: { LaunchTemplateName: GROUP, Version: '$Latest' },
    }),
  'group-health-by-elb': async (scenario) => {
    const Names = ['demo-workers'];
    const { TargetGroups } = await scenario.operate<{ TargetGroups: { TargetGroupArn: string }[] }>(
      'elasticloadbalancingv2',
      'DescribeTargetGroups',
      { Names },
    );
    await scenario.operate('autoscaling', 'AttachLoadBalancerTargetGroups', {
      AutoScalingGroupName: GROUP,
      TargetGroupARNs: TargetGroups.map(({ TargetGroupArn }) => TargetGroupArn),
    });
  },
  'group-version-floating': () => undefined,
  'profile-without-agent': (scenario) =>
    scenario.operate('iam', 'DeleteRolePolicy', { RoleName: 'demo-node', PolicyName: 'agent' }),
  'profile-reads-others': async (scenario) => {
    await scenario.operate('iam', 'DeleteRolePolicy', { RoleName: 'demo-node', PolicyName: 'join' });
    await policy(scenario, 'wide', [{ Effect: 'Allow', Action: 'ssm:GetParameter', Resource: '*' }]);
  },
  'permission-credential': (scenario) =>
    scenario.operate('iam', 'PutRolePolicy', {
      RoleName: scenario.deployment.resource('OfferJoinRole'),
      PolicyName: 'guard',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'secretsmanager:*', Resource: '*' }],
      }),
    }),
  'permission-hooks': (scenario) =>
    scenario.operate('iam', 'PutRolePolicy', {
      RoleName: scenario.deployment.resource('NodeRetireMachineRole'),
      PolicyName: 'guard',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'autoscaling:CompleteLifecycleAction', Resource: '*' }],
      }),
    }),
  'user-hook-gone': () => undefined,
  'user-hook-elsewhere': () => undefined,
  'user-hook-unfit': (scenario) =>
    scenario.operate('ssm', 'CreateDocument', {
      Name: 'tender-hook-smoke-test',
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      Content: JSON.stringify({
        schemaVersion: '2.2',
        description: 'no parameters',
        mainSteps: [{ action: 'aws:runShellScript', name: 'test', inputs: { runCommand: ['true'] } }],
      }),
    }),
  'user-hook-group-unknown': () => undefined,
  'user-hook-no-time': () => undefined,
  'permission-user-hooks': (scenario) =>
    scenario.operate('iam', 'PutRolePolicy', {
      RoleName: scenario.deployment.resource('UserHookMachineRole'),
      PolicyName: 'guard',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'states:StartExecution', Resource: '*' }],
      }),
    }),
  'registry-target-group-gone': () => undefined,
  'registry-classic-gone': () => undefined,
  'registry-policy-without-group': () => undefined,
  'registry-required-daemonset-gone': () => undefined,
  'rbac-lacks': (scenario) =>
    scenario.cluster.kubernetes.store.remove('rolebindings.rbac.authorization.k8s.io', 'tender', 'kube-node-lease'),
  'admission-policy-missing': (scenario) =>
    scenario.cluster.kubernetes.store.remove(
      'validatingadmissionpolicybindings.admissionregistration.k8s.io',
      'tender-bootstrap-tokens',
    ),
  'auto-approve-binding': (scenario) =>
    bind(
      scenario,
      'approve-all',
      'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
      'system:bootstrappers',
    ),
  'rbac-exceeds': (scenario) => bind(scenario, 'too-much', 'view-secrets', 'tender:controllers'),
  'node-name-rule': () => undefined,
  'budget-allows-nothing': ({ cluster }) =>
    cluster.kubernetes.seed.budget('stuck', { maxUnavailable: 0, selector: { matchLabels: { app: 'stuck' } } }),
  'etcd-secret-unusable': () => undefined,
  'etcd-endpoints-none': () => undefined,
  'etcd-snapshot-late': () => undefined,
  'etcd-drill-overdue': () => undefined,
  'etcd-drill-layer': () => undefined,
  'queue-not-empty': (scenario) =>
    scenario.operate('sqs', 'SendMessage', {
      QueueUrl: scenario.deployment.resource('FailedSignals'),
      MessageBody: '{}',
    }),
  'network-no-way-out': shutIn,
  'endpoint-closed': () => undefined,
  'andon-on': (scenario) =>
    scenario.operate('ssm', 'PutParameter', {
      Name: '/tender/andon',
      Type: 'String',
      Value: '{"reason":"we look at the network"}',
    }),
};

/** Functions in a subnet without a way out, and one endpoint, which lets nobody in. */
async function shutIn(scenario: FaultScenario): Promise<void> {
  const { network } = scenario.cloud.fleet;
  const { vpcId } = network.addVpc('10.9.0.0/16');
  const { subnetId } = network.addSubnet(vpcId, 'us-east-1a', '10.9.0.0/20');
  const { groupId } = network.addSecurityGroup(vpcId, 'functions');
  network.routing.addEndpoint(vpcId, 'com.amazonaws.us-east-1.ssm', { securityGroupIds: [groupId] });
  await scenario.operate('lambda', 'UpdateFunctionConfiguration', {
    FunctionName: 'tender-dev-check-health',
    VpcConfig: { SubnetIds: [subnetId], SecurityGroupIds: [groupId] },
  });
}

function tag(scenario: FaultScenario, Key: string, Value: string, PropagateAtLaunch = true): Promise<unknown> {
  const Tags = [{ ResourceId: GROUP, ResourceType: 'auto-scaling-group', Key, Value, PropagateAtLaunch }];
  return scenario.operate('autoscaling', 'CreateOrUpdateTags', { Tags });
}

function bind({ cluster }: FaultScenario, name: string, role: string, group: string): void {
  if (role === 'view-secrets') {
    const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }];
    const metadata = { name: role };
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    cluster.kubernetes.seed.object('clusterroles.rbac.authorization.k8s.io', {
      apiVersion,
      kind: 'ClusterRole',
      metadata,
      rules,
    } as never);
  }
  cluster.kubernetes.seed.object('clusterrolebindings.rbac.authorization.k8s.io', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
  } as never);
}

function machineOf(region: string): string {
  return `arn:aws:states:${region}:111111111111:stateMachine:tender-hook-quiesce`;
}

/** What the entry itself can have wrong. */
const badEntry = {
  kind: 'self-managed',
  bootstrap: 'tender',
  csrApproval: 'tender',
  nodeNames: 'instance-id',
  drain: { timeoutSeconds: 86_400 },
  join: { requiredDaemonSets: ['kube-system/cilium'] },
  updates: { groups: { 'demo-wrokers': { policy: 'off' } } },
  userHooks: [
    {
      name: 'quiesce',
      at: 'before-drain',
      run: { kind: 'state-machine', arn: machineOf('us-east-1') },
      groups: ['demo-wrokers'],
    },
    { name: 'tell', at: 'after-drain', run: { kind: 'state-machine', arn: machineOf('eu-west-1') } },
    { name: 'smoke-test', at: 'after-bootstrap', run: { kind: 'ssm-document', name: 'tender-hook-smoke-test' } },
    {
      name: 'licence',
      at: 'before-bootstrap',
      run: { kind: 'lambda', arn: 'arn:aws:lambda:us-east-1:111111111111:function:tender-hook-licence' },
      timeoutSeconds: 900,
    },
  ],
  etcd: { secretArn: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/gone-AbCdEf' },
  roles: {
    worker: {
      targetGroups: [{ arn: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/gone/0123456789abcdef' }],
      classicLoadBalancers: [{ name: 'gone' }],
    },
  },
};

it('tender cluster doctor finds nothing on a good cluster, and each of more than thirty faults on a bad one', {
  timeout: 120_000,
}, async () => {
  const { scenario } = await rehearseFleet({ workers: 2, replaced: true, denied: ['secretsmanager:GetSecretValue'] });
  await atTheApiServer(scenario, async (url) => {
    await putInOrder(scenario, url);
    await scenario.invoke('check-health', { cluster: 'demo' });
    await atTheDoor(scenario, async (run) => {
      expect(await run('cluster', 'doctor', '--strict')).toEqual({
        status: 0,
        out: expect.stringMatching(/^demo: all \d+ checks are good\n$/),
        err: 'looking at demo\n',
      });
      expect(await run('cluster', 'doctor', 'dmeo')).toMatchObject({
        status: 2,
        err: expect.stringContaining('Did you mean "demo"?'),
      });
    });
    await rewriteEntry(scenario, badEntry);
    for (const plant of Object.values(planted)) await plant(scenario);
    await scenario.operate('ssm', 'PutParameter', {
      Name: '/tender/clusters/broken',
      Type: 'String',
      Value: 'name: brokn',
    });
    await atTheDoor(scenario, async (run) => {
      const { status, out } = await run('cluster', 'doctor', '-o', 'json');
      const [broken, demo] = JSON.parse(out) as readonly Told[];
      expect(status).toBe(1);
      expect(broken).toMatchObject({ cluster: 'broken', findings: [{ id: 'registry-entry', severity: 'fault' }, {}] });
      const found = new Set(demo?.findings.filter(({ severity }) => severity !== 'unknown').map(({ id }) => id));
      expect(Object.keys(planted).filter((id) => !found.has(id))).toEqual([]);
    });
  });
});
