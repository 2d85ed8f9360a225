import type { EntryFacts } from '../../../src/doctor/entry-ports.ts';
import type { NetworkFacts } from '../../../src/doctor/network-ports.ts';
import type { ClusterFacts, GroupFacts, HookFacts, NodeFacts, TargetGroupFacts } from '../../../src/doctor/ports.ts';

/** When the doctor looks in tests of its checks. */
export const NOW = new Date('2026-03-01T12:00:00Z');

const days = (count: number) => new Date(NOW.getTime() + count * 86_400_000);
const seen = <T>(value: T) => ({ seen: value });

/** A target group that nodes wait for, and where they can become healthy. */
export const TARGET_GROUP = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/demo/0123456789abcdef';

/** A function of the user's own that is run before nodes are drained. */
const HOOK = 'arn:aws:lambda:us-east-1:111111111111:function:tender-hook-quiesce';

export function healthyHook(transition: HookFacts['transition']): HookFacts {
  const launches = transition === 'launching';
  return {
    name: launches ? 'tender-launch' : 'tender-terminate',
    transition,
    heartbeatSeconds: 300,
    defaultResult: launches ? 'ABANDON' : 'CONTINUE',
    notifies: '',
  };
}

export function healthyGroup(name: string, role: string): GroupFacts {
  return {
    name,
    arn: `arn:aws:autoscaling:us-east-1:111111111111:autoScalingGroup:1:autoScalingGroupName/${name}`,
    tags: {
      'tender:cluster': { value: 'demo', propagated: true },
      'tender:role': { value: role, propagated: true },
    },
    min: 1,
    desired: 3,
    max: 9,
    zones: ['us-east-1a', 'us-east-1b'],
    subnets: ['subnet-1', 'subnet-2'],
    hooks: [healthyHook('launching'), healthyHook('terminating')],
    template: {
      id: 'lt-1',
      version: '7',
      imageId: 'ami-1',
      profile: 'demo-node',
      metadata: { endpoint: 'enabled', tokens: 'required', hopLimit: 1 },
      userData: '#!/bin/sh\nJOIN_PARAMETER=/tender/join/demo/{instance-id}\n',
    },
    suspended: [],
    attached: true,
    healthCheckTypes: ['EC2'],
    capacityRebalance: false,
    maxInstanceLifetimeSeconds: 0,
    refreshing: false,
    attachedTargetGroups: [],
    instanceIds: [`i-${name}`],
  };
}

function healthyNode(groupName: string): NodeFacts {
  const name = `ip-${groupName}.ec2.internal`;
  const labels: Readonly<Record<string, string>> = groupName.endsWith('control-plane')
    ? { 'node-role.kubernetes.io/control-plane': '' }
    : {};
  return { name, instanceId: `i-${groupName}`, expectedName: name, groupName, kubeletVersion: 'v1.35.1', labels };
}

export function healthyTargetGroup(): TargetGroupFacts {
  return {
    arn: TARGET_GROUP,
    protocol: 'TCP',
    port: 30_080,
    targetType: 'instance',
    loadBalancers: ['arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/net/demo/1'],
    zones: ['us-east-1a', 'us-east-1b'],
    loadBalancerType: 'network',
    healthCheck: { enabled: true, protocol: 'TCP', port: 'traffic-port', path: '', secondsToHealthy: 30 },
    preservesClientIp: true,
    controller: '',
    clusterTag: '',
  };
}

function healthyEntry(): EntryFacts {
  const none = { targetGroups: [], classicLoadBalancers: [] };
  return {
    name: 'demo',
    kind: 'self-managed',
    bootstrap: 'tender',
    kubernetes: { endpoint: 'https://api.demo.example.com:6443', auth: { kind: 'token' }, clusterNames: ['demo'] },
    join: { timeoutSeconds: 900, requiredDaemonSets: ['kube-system/kube-proxy'], controlPlane: 'self' },
    roles: {
      worker: { ...none, targetGroups: [{ arn: TARGET_GROUP, gate: true }] },
      'control-plane': none,
      etcd: none,
    },
    drain: { timeoutSeconds: 900, graceCapSeconds: 900, whenTimeIsUp: 'give-up' },
    retire: { rebalance: 'ignore', launchFirst: false },
    updates: { policy: 'notify', way: 'image', maxUnavailable: 1, groups: {} },
    userHooks: [{ name: 'quiesce', at: 'before-drain', run: { kind: 'lambda', arn: HOOK }, timeoutSeconds: 60 }],
    aws: {},
    health: { rules: [] },
    schedules: { etcdSnapshotMinutes: 15, healthMinutes: 1 },
    etcd: { snapshots: { everythingForHours: 1, hourlyForDays: 7, dailyForDays: 90 }, drills: { everyDays: 7 } },
  };
}

/** Two private subnets: one with a NAT gateway, one with endpoints only. */
export function healthyNetwork(): NetworkFacts {
  const services = ['ssm', 'ec2', 'autoscaling', 'states', 'sns', 'secretsmanager', 'elasticloadbalancing', 'tagging'];
  const shared = {
    state: 'available',
    privateDns: true,
    routeTables: [],
    securityGroups: ['sg-endpoints'],
    admits: true,
  };
  return {
    region: 'us-east-1',
    vpc: 'vpc-1',
    subnets: [
      { id: 'subnet-nat', routeTable: 'rtb-nat', defaultRoute: 'nat-1', blackhole: false },
      { id: 'subnet-shut', routeTable: 'rtb-shut', defaultRoute: '', blackhole: false },
    ],
    securityGroups: ['sg-functions'],
    endpoints: [
      ...services.map((service) => ({ id: `vpce-${service}`, service, type: 'Interface' as const, ...shared })),
      { ...shared, id: 'vpce-s3', service: 's3', type: 'Gateway', privateDns: false, routeTables: ['rtb-shut'] },
    ],
    outgoing: [{ from: 0, to: 65_535 }],
    signsLinks: false,
  };
}

/** A cluster of which nothing is wrong. */
export function healthyFacts(): ClusterFacts {
  return {
    now: NOW,
    region: 'us-east-1',
    entry: healthyEntry(),
    parameter: seen({ bytes: 1200, advanced: false }),
    deployment: {
      stage: 'dev',
      topic: 'arn:aws:sns:us-east-1:111111111111:tender-dev-alarms',
      subscribers: seen(1),
      queues: seen([{ name: 'tender-dev-failed-signals', messages: 0 }]),
      drillLayer: seen(true),
      andon: seen(null),
      hookQueue: 'arn:aws:sqs:us-east-1:111111111111:tender-dev-hook-notifications',
      strangers: seen([]),
    },
    network: seen(healthyNetwork()),
    groups: seen([healthyGroup('demo-workers', 'worker'), healthyGroup('demo-control-plane', 'control-plane')]),
    profiles: seen([
      {
        profile: 'demo-node',
        role: 'demo-node',
        readsOwnParameter: true,
        readsForeignParameter: false,
        agentLacks: [],
      },
    ]),
    denials: seen([]),
    userHooks: seen([{ hook: 'quiesce', target: HOOK, found: 'there', ownTimeoutSeconds: 60, unfit: '' }]),
    loadBalancers: seen({ targetGroups: [healthyTargetGroup()], missingTargetGroups: [], missingClassic: [] }),
    kubernetes: {
      door: seen({ distrust: '', certificateUntil: days(200), clockAheadSeconds: 1 }),
      version: seen('v1.36.3'),
      refusal: seen(''),
      lacks: seen([]),
      exceeds: seen([]),
      mayDeletePods: seen(false),
      foreignSecretRefused: seen(true),
      approving: seen([{ binding: 'kubeadm', subjects: ['system:bootstrappers:kubeadm:default-node-token'] }]),
      bootstrappers: seen(['system:bootstrappers:tender']),
      nodes: seen([healthyNode('demo-workers'), healthyNode('demo-control-plane')]),
      budgets: seen([{ name: 'default/web', minAvailable: '', maxUnavailable: '1', expectedPods: 3, allowed: 1 }]),
      workloads: seen({ singles: [] }),
      daemonSets: seen(['kube-system/kube-proxy']),
    },
    credential: seen({ unusable: '', until: days(20) }),
    pass: seen({ at: new Date(NOW.getTime() - 30_000), reachable: true, problem: '' }),
    etcd: {
      secretUnusable: seen(''),
      certificateUntil: seen(days(300)),
      authorityUntil: seen(days(3000)),
      endpoints: seen(['https://10.0.0.1:2379', 'https://10.0.0.2:2379', 'https://10.0.0.3:2379']),
      newestSnapshotAt: seen(new Date(NOW.getTime() - 600_000)),
      newestProofAt: seen(days(-3)),
      undrillable: seen(''),
    },
  };
}
