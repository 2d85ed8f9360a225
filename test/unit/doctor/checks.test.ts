import { describe, expect, it } from 'vitest';
import { checks, diagnose } from '../../../src/doctor/checks.ts';
import { doctorTable } from '../../../src/doctor/checks-table.ts';
import type { EntryFacts } from '../../../src/doctor/entry-ports.ts';
import type { EndpointFacts, NetworkFacts, SubnetFacts } from '../../../src/doctor/network-ports.ts';
import type {
  ClusterFacts,
  DenialFacts,
  DeploymentFacts,
  EtcdFacts,
  GroupFacts,
  HookFacts,
  KubernetesFacts,
  Looked,
  NodeFacts,
  TargetGroupFacts,
  TemplateFacts,
} from '../../../src/doctor/ports.ts';
import type { UserHookEntry, UserHookFacts } from '../../../src/doctor/userhook-ports.ts';
import { healthyFacts, NOW, TARGET_GROUP } from '../../support/doctor/healthy-facts.ts';
import { textOf } from '../../support/source-files.ts';

type Plant = (facts: ClusterFacts) => ClusterFacts;
/** What a check may be changed by, field by field. */
type Some<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

const seen = <T>(value: T): Looked<T> => ({ seen: value });
const seenIn = <T>(looked: Looked<T>): T => {
  if ('unseen' in looked) throw new Error('healthy facts are seen');
  return looked.seen;
};
const inDays = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

const entry =
  (change: Some<EntryFacts>): Plant =>
  (facts) => ({ ...facts, entry: { ...facts.entry, ...change } as EntryFacts });
const groups =
  (change: (group: GroupFacts) => GroupFacts): Plant =>
  (facts) => ({
    ...facts,
    groups: seen(seenIn(facts.groups).map((group) => (group.name === 'demo-workers' ? change(group) : group))),
  });
const group = (change: Some<GroupFacts>): Plant => groups((one) => ({ ...one, ...change }) as GroupFacts);
const tagged = (tags: Record<string, string>): Plant =>
  groups((one) => ({
    ...one,
    tags: {
      ...one.tags,
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, { value, propagated: true }])),
    },
  }));
const untagged = (key: string): Plant =>
  groups((one) => ({ ...one, tags: Object.fromEntries(Object.entries(one.tags).filter(([name]) => name !== key)) }));
const template = (change: Some<TemplateFacts>): Plant =>
  groups((one) => ({ ...one, template: { ...one.template, ...change } as TemplateFacts }));
const hook = (name: string, change: Some<HookFacts>): Plant =>
  groups((one) => ({
    ...one,
    hooks: one.hooks.map((each) => (each.name === name ? ({ ...each, ...change } as HookFacts) : each)),
  }));
const without = (name: string): Plant =>
  groups((one) => ({ ...one, hooks: one.hooks.filter((each) => each.name !== name) }));
const kubernetes =
  (change: Some<KubernetesFacts>): Plant =>
  (facts) => ({
    ...facts,
    kubernetes: { ...facts.kubernetes, ...change } as KubernetesFacts,
  });
const node =
  (change: Some<NodeFacts>): Plant =>
  (facts) => {
    const [first, ...rest] = seenIn(facts.kubernetes.nodes);
    return kubernetes({ nodes: seen([{ ...first, ...change } as NodeFacts, ...rest]) })(facts);
  };
const deployment =
  (change: Some<DeploymentFacts>): Plant =>
  (facts) => ({
    ...facts,
    deployment: { ...facts.deployment, ...change } as DeploymentFacts,
  });
const network =
  (change: (facts: NetworkFacts) => Some<NetworkFacts>): Plant =>
  (facts) => {
    const known = seenIn(facts.network);
    return known === null ? facts : { ...facts, network: seen({ ...known, ...change(known) } as NetworkFacts) };
  };
/** The subnet that endpoints only serve. */
const shut = (change: Some<SubnetFacts>): Plant =>
  network(({ subnets }) => ({
    subnets: subnets.map((one) => (one.id === 'subnet-shut' ? ({ ...one, ...change } as SubnetFacts) : one)),
  }));
const endpoint = (service: string, change: Some<EndpointFacts>): Plant =>
  network(({ endpoints }) => ({
    endpoints: endpoints.map((one) => (one.service === service ? ({ ...one, ...change } as EndpointFacts) : one)),
  }));
const noEndpoints = network(() => ({ endpoints: [] }));
const etcd =
  (change: Some<EtcdFacts>): Plant =>
  (facts) => ({ ...facts, etcd: { ...facts.etcd, ...change } as EtcdFacts });
const targetGroup =
  (change: Some<TargetGroupFacts>): Plant =>
  (facts) => {
    const { targetGroups, ...rest } = seenIn(facts.loadBalancers);
    return {
      ...facts,
      loadBalancers: seen({
        ...rest,
        targetGroups: targetGroups.map((one) => ({ ...one, ...change }) as TargetGroupFacts),
      }),
    };
  };
const gate =
  (open: boolean, arn = TARGET_GROUP): Plant =>
  (facts) => {
    const { roles } = facts.entry;
    return entry({ roles: { ...roles, worker: { ...roles.worker, targetGroups: [{ arn, gate: open }] } } })(facts);
  };
const profile =
  (change: object): Plant =>
  (facts) => ({
    ...facts,
    profiles: seen(seenIn(facts.profiles).map((one) => ({ ...one, ...change }))),
  });
const userHook =
  (change: Partial<UserHookFacts>): Plant =>
  (facts) => ({ ...facts, userHooks: seen(seenIn(facts.userHooks).map((one) => ({ ...one, ...change }))) });
const userHookEntry =
  (change: Partial<UserHookEntry>): Plant =>
  (facts) =>
    entry({ userHooks: facts.entry.userHooks.map((one) => ({ ...one, ...change })) })(facts);
const denied =
  (purpose: DenialFacts['purpose']): Plant =>
  (facts) => ({
    ...facts,
    denials: seen([{ purpose, role: 'arn:aws:iam::111111111111:role/r', action: 'a:B', resource: 'arn:c' }]),
  });
const all =
  (...plants: Plant[]): Plant =>
  (facts) =>
    plants.reduce((changed, plant) => plant(changed), facts);
const budget = (change: object): Plant =>
  kubernetes({
    budgets: seen([
      { name: 'default/web', minAvailable: '', maxUnavailable: '', expectedPods: 3, allowed: 0, ...change },
    ]),
  });
const checkOf = (change: Some<TargetGroupFacts['healthCheck']>): Plant =>
  targetGroup({
    healthCheck: {
      enabled: true,
      protocol: 'HTTP',
      port: 'traffic-port',
      path: '/',
      secondsToHealthy: 30,
      ...change,
    } as TargetGroupFacts['healthCheck'],
  });
const drain = { timeoutSeconds: 900, graceCapSeconds: 900, whenTimeIsUp: 'give-up' } as const;
const updates = { policy: 'notify', way: 'image', maxUnavailable: 1, groups: {} } as const;
const door = { distrust: '', certificateUntil: inDays(200), clockAheadSeconds: 0 };
const right = { verb: 'patch', group: '', resource: 'nodes' };

/** One fault for each check. */
const planted: Readonly<Record<string, Plant>> = {
  'network-no-way-out': noEndpoints,
  'network-route-gone': (facts) => shut({ defaultRoute: 'nat-2', blackhole: true })(noEndpoints(facts)),
  'network-internet-gateway': (facts) => shut({ defaultRoute: 'igw-1' })(noEndpoints(facts)),
  'endpoint-closed': endpoint('ssm', { admits: false }),
  'endpoint-without-private-dns': endpoint('states', { privateDns: false }),
  'network-outgoing-closed': network(() => ({ outgoing: [{ from: 443, to: 443 }] })),
  'registry-size': (facts) => ({ ...facts, parameter: seen({ bytes: 4000, advanced: false }) }),
  'registry-policy-without-group': entry({ updates: { ...updates, groups: { 'demo-wrokers': {} } } }),
  'registry-target-group-gone': (facts) => ({
    ...facts,
    loadBalancers: seen({ targetGroups: [], missingTargetGroups: [TARGET_GROUP], missingClassic: [] }),
  }),
  'registry-classic-gone': (facts) => ({
    ...facts,
    loadBalancers: seen({ targetGroups: [], missingTargetGroups: [], missingClassic: ['demo'] }),
  }),
  'registry-required-daemonset-gone': kubernetes({ daemonSets: seen(['kube-system/cilium']) }),
  'registry-launch-first-no-room': all(
    entry({ retire: { rebalance: 'retire', launchFirst: true } }),
    group({ max: 3 }),
  ),
  'registry-node-of-no-group': node({ groupName: '' }),
  'group-none': (facts) => ({ ...facts, groups: seen([]) }),
  'group-tag-not-propagated': groups((one) => ({
    ...one,
    tags: { ...one.tags, 'tender:cluster': { value: 'demo', propagated: false } },
  })),
  'group-role-unknown': tagged({ 'tender:role': 'workers' }),
  'group-role-missing': untagged('tender:role'),
  'group-role-contradicts-nodes': node({ labels: { 'node-role.kubernetes.io/control-plane': '' } }),
  'group-no-surge': all(group({ min: 3, max: 3 }), entry({ updates: { ...updates, maxUnavailable: 0 } })),
  'group-fixed-size': group({ min: 3, max: 3 }),
  'group-health-by-elb': group({ healthCheckTypes: ['EC2', 'ELB'] }),
  'group-process-suspended': group({ suspended: ['Launch'] }),
  'group-without-template': group({ template: null }),
  'group-version-floating': template({ version: '$Latest' }),
  'group-image-floating': template({ imageId: 'resolve:ssm:/aws/service/image' }),
  'hook-launch-missing': without('tender-launch'),
  'hook-terminate-missing': without('tender-terminate'),
  'hook-other-name': tagged({ 'tender:launch-hook': 'my-hook' }),
  'hook-wrong-transition': hook('tender-launch', { transition: 'terminating' }),
  'hook-default-result': hook('tender-launch', { defaultResult: 'CONTINUE' }),
  'hook-heartbeat-short': hook('tender-terminate', { heartbeatSeconds: 30 }),
  'hook-heartbeat-long': hook('tender-terminate', { heartbeatSeconds: 7200 }),
  'hook-drain-does-not-fit': entry({ drain: { ...drain, timeoutSeconds: 86_400 } }),
  'hook-join-does-not-fit': entry({ join: { timeoutSeconds: 31_000, requiredDaemonSets: [], controlPlane: 'self' } }),
  'hook-notifies-elsewhere': hook('tender-launch', { notifies: 'arn:aws:sqs:us-east-1:111111111111:nth' }),
  'hook-of-others': groups((one) => ({
    ...one,
    hooks: [
      ...one.hooks,
      { name: 'nth', transition: 'terminating', heartbeatSeconds: 300, defaultResult: 'CONTINUE', notifies: '' },
    ],
  })),
  'owner-node-group': tagged({ 'eks:nodegroup-name': 'general' }),
  'owner-instance-refresh': group({ refreshing: true }),
  'owner-capacity-rebalance': all(
    group({ capacityRebalance: true }),
    entry({ retire: { rebalance: 'retire', launchFirst: false } }),
  ),
  'owner-instance-lifetime': group({ maxInstanceLifetimeSeconds: 604_800 }),
  'owner-cluster-autoscaler': all(tagged({ 'k8s.io/cluster-autoscaler/enabled': 'true' }), group({ max: 3, min: 1 })),
  'owner-karpenter': node({ labels: { 'karpenter.sh/nodepool': 'default' } }),
  'owner-auto-mode': node({ labels: { 'eks.amazonaws.com/compute-type': 'auto' } }),
  'template-without-profile': template({ profile: '' }),
  'template-without-join': template({ userData: '#!/bin/sh' }),
  'template-joins-other-cluster': template({ userData: 'JOIN_PARAMETER=/tender/join/other/{instance-id}' }),
  'template-metadata-off': template({ metadata: { endpoint: 'disabled' } }),
  'template-metadata-hops': template({ metadata: { hopLimit: 2 } }),
  'template-metadata-v1': template({ metadata: { tokens: 'optional' } }),
  'profile-without-role': profile({ role: '' }),
  'profile-cannot-join': profile({ readsOwnParameter: false }),
  'profile-reads-others': profile({ readsForeignParameter: true }),
  'profile-without-agent': profile({ agentLacks: ['ssm:UpdateInstanceInformation'] }),
  'permission-registry': denied('registry'),
  'permission-credential': denied('credential'),
  'permission-hooks': denied('hooks'),
  'permission-load-balancers': denied('load-balancers'),
  'permission-state': denied('state'),
  'permission-etcd': denied('etcd'),
  'permission-user-hooks': denied('user-hooks'),
  'user-hook-gone': userHook({ found: 'gone' }),
  'user-hook-elsewhere': userHook({ found: 'elsewhere' }),
  'user-hook-unfit': userHook({ unfit: 'is an Express state machine, which cannot be waited for' }),
  'user-hook-outlives': userHook({ ownTimeoutSeconds: 300 }),
  'user-hook-group-unknown': userHookEntry({ groups: ['demo-wrokers'] }),
  'user-hook-no-time': userHookEntry({ at: 'before-bootstrap', timeoutSeconds: 230 }),
  'target-group-unused': targetGroup({ loadBalancers: [], zones: [] }),
  'target-group-idle': all(targetGroup({ loadBalancers: [], zones: [] }), gate(false)),
  'target-group-zone': targetGroup({ zones: ['us-east-1a'] }),
  'target-group-type': targetGroup({ targetType: 'lambda' }),
  'target-group-of-controller': targetGroup({ controller: 'elbv2.k8s.aws/cluster' }),
  'target-group-local-policy': checkOf({ port: '31000', path: '/healthz' }),
  'target-group-check-off': checkOf({ enabled: false }),
  'target-group-check-slow': checkOf({ secondsToHealthy: 600 }),
  'target-group-check-elsewhere': checkOf({ port: '10256', path: '/status' }),
  'target-group-client-ip': targetGroup({ port: 6443 }),
  'api-unreachable-from-vpc': (facts) => ({
    ...facts,
    pass: seen({ at: NOW, reachable: false, problem: 'ETIMEDOUT' }),
  }),
  'api-not-looked-at': (facts) => ({ ...facts, pass: seen({ at: inDays(-1), reachable: true, problem: '' }) }),
  'api-untrusted': kubernetes({ door: seen({ ...door, distrust: 'SELF_SIGNED_CERT_IN_CHAIN' }) }),
  'api-certificate-ends': kubernetes({ door: seen({ ...door, certificateUntil: inDays(12) }) }),
  'clock-skew': kubernetes({ door: seen({ ...door, clockAheadSeconds: -90 }) }),
  'api-version-old': kubernetes({ version: seen('v1.29.4') }),
  'credential-ends': (facts) => ({ ...facts, credential: seen({ unusable: '', until: inDays(3) }) }),
  'credential-unusable': (facts) => ({ ...facts, credential: seen({ unusable: 'Secret x cannot be used' }) }),
  'credential-refused': kubernetes({ refusal: seen('401') }),
  'etcd-secret-unusable': etcd({ secretUnusable: seen('Secret x cannot be used') }),
  'rbac-lacks': kubernetes({ lacks: seen([right]) }),
  'rbac-exceeds': kubernetes({
    exceeds: seen([{ verb: 'list', group: '', resource: 'secrets', namespace: 'kube-system' }]),
  }),
  'rbac-pod-deletion': entry({ drain: { ...drain, whenTimeIsUp: 'force-delete' } }),
  'rbac-pod-deletion-idle': kubernetes({ mayDeletePods: seen(true) }),
  'admission-policy-missing': kubernetes({ foreignSecretRefused: seen(false) }),
  'auto-approve-binding': kubernetes({ approving: seen([{ binding: 'all', subjects: ['system:bootstrappers'] }]) }),
  'bootstrap-binding-missing': kubernetes({ bootstrappers: seen(['system:bootstrappers:kubeadm:default-node-token']) }),
  'node-name-rule': node({ expectedName: 'i-0abc.ec2.internal' }),
  'node-without-provider-id': node({ instanceId: '' }),
  'kubelet-skew': node({ kubeletVersion: 'v1.32.0' }),
  'budget-allows-nothing': budget({ maxUnavailable: '0' }),
  'budget-exhausted': budget({ maxUnavailable: '1' }),
  'workload-single': kubernetes({ workloads: seen({ singles: ['default/web'] }) }),
  'etcd-not-described': (facts) => ({ ...entry({ etcd: undefined })(facts), etcd: null }),
  'etcd-certificate-ends': etcd({ certificateUntil: seen(inDays(10)) }),
  'etcd-authority-ends': etcd({ authorityUntil: seen(inDays(-2)) }),
  'etcd-endpoints-none': etcd({ endpoints: seen([]) }),
  'etcd-members-even': etcd({ endpoints: seen(['https://10.0.0.1:2379', 'https://10.0.0.2:2379']) }),
  'etcd-retention-gap': entry({
    etcd: { snapshots: { everythingForHours: 1, hourlyForDays: 7, dailyForDays: 3 }, drills: { everyDays: 7 } },
  }),
  'etcd-snapshot-late': etcd({ newestSnapshotAt: seen(inDays(-1)) }),
  'etcd-drill-overdue': etcd({ newestProofAt: seen(null) }),
  'etcd-drill-too-large': etcd({ undrillable: seen('Snapshot s has 5.0 GiB') }),
  'etcd-drill-layer': deployment({ drillLayer: seen(false) }),
  'alarms-unheard': deployment({ subscribers: seen(0) }),
  'queue-not-empty': deployment({ queues: seen([{ name: 'tender-dev-undelivered-events', messages: 2 }]) }),
  'andon-on': deployment({ andon: seen('we look at the network (ann)') }),
  'group-of-other-name': tagged({ 'kubernetes.io/cluster/demo.example.com': 'owned' }),
  'group-of-no-cluster': deployment({ strangers: seen([{ group: 'x', cluster: 'dmeo', nearest: 'demo' }]) }),
};

describe('the doctor', () => {
  it('finds nothing wrong with a healthy cluster', () => {
    expect(diagnose(healthyFacts())).toEqual([]);
  });

  it('has a planted fault for each check, under one name each', () => {
    const ids = checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(80);
    expect(Object.keys(planted).sort()).toEqual([...ids].sort());
  });

  it.each(Object.entries(planted))('finds %s, and says what it is and how to mend it', (id, plant) => {
    const found = diagnose(plant(healthyFacts()));
    const own = found.filter((finding) => finding.id === id);

    expect(found.map((finding) => finding.id)).toContain(id);
    for (const finding of own) {
      if (finding.severity === 'unknown') throw new Error('it was seen');
      expect(finding.about).not.toBe('');
      expect(finding.message.length).toBeGreaterThan(20);
      expect(finding.cure.length).toBeGreaterThan(3);
      expect(`${finding.message}${finding.cure}${finding.command ?? ''}`).not.toMatch(/undefined|\[object/);
    }
  });

  it('calls what was not seen unknown, and never good', () => {
    const blind = {
      ...healthyFacts(),
      groups: { unseen: 'AwsAccessDenied: no' },
      kubernetes: Object.fromEntries(
        Object.keys(healthyFacts().kubernetes).map((key) => [key, { unseen: 'ClusterUnreachable: no' }]),
      ),
    } as unknown as ClusterFacts;

    const found = diagnose(blind);

    expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set(['unknown']));
    expect(found.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['group-none', 'hook-launch-missing', 'rbac-lacks', 'kubelet-skew']),
    );
  });

  it.each([
    ['api-not-looked-at', entry({ schedules: { etcdSnapshotMinutes: 15, healthMinutes: 0 } })],
    ['api-unreachable-from-vpc', entry({ schedules: { etcdSnapshotMinutes: 15, healthMinutes: 0 } })],
    ['hook-notifies-elsewhere', hook('tender-launch', { notifies: 'arn:aws:sns:us-east-1:111111111111:hooks' })],
  ])('does not call %s good where it did not look', (id, plant) => {
    const found = diagnose(plant(healthyFacts())).filter((finding) => finding.id === id);

    expect(found.map(({ severity }) => severity)).toEqual(['unknown']);
  });

  it('asks of profiles what their own nodes need: not of a control plane that joins on its own, not where nodes join by themselves', () => {
    const own = groups((one) => ({ ...one, template: { ...one.template, profile: 'worker' } as TemplateFacts }));
    const self = all(entry({ bootstrap: 'self' }), profile({ readsForeignParameter: true }));

    expect(diagnose(all(profile({ readsOwnParameter: false }), own)(healthyFacts()))).toEqual([]);
    expect(diagnose(self(healthyFacts())).map(({ id }) => id)).not.toContain('profile-reads-others');
  });

  it.each(['instance', 'ip'])('is content with targets of type %s: nodes are registered by either', (targetType) => {
    expect(diagnose(targetGroup({ targetType })(healthyFacts()))).toEqual([]);
  });

  it('calls a target group of load balancers a fault: no node is registered there', () => {
    const found = diagnose(targetGroup({ targetType: 'alb' })(healthyFacts()));

    expect(found.map(({ id }) => id)).toEqual(['target-group-type']);
  });

  it('names the policy of the partition that the groups are in', () => {
    const arn = 'arn:aws-us-gov:autoscaling:us-gov-west-1:111111111111:autoScalingGroup:1:autoScalingGroupName/x';
    const plant = all(
      profile({ agentLacks: ['ssm:UpdateInstanceInformation'] }),
      groups((one) => ({ ...one, arn })),
    );
    const found = diagnose(plant(healthyFacts())).find(({ id }) => id === 'profile-without-agent');

    expect(found).toMatchObject({
      command: expect.stringContaining('arn:aws-us-gov:iam::aws:policy/AmazonSSMManagedInstanceCore'),
    });
  });

  it('takes a target group with the tag of the cluster for a controller’s, unless Auto Scaling puts a group’s instances there', () => {
    const tagged = targetGroup({ clusterTag: 'kubernetes.io/cluster/demo' });
    const attached = groups((one) => ({ ...one, attachedTargetGroups: [TARGET_GROUP] }));

    expect(diagnose(tagged(healthyFacts())).map(({ id }) => id)).toEqual(['target-group-of-controller']);
    expect(diagnose(all(tagged, attached)(healthyFacts()))).toEqual([]);
  });

  it('takes the groups of a cluster for its own by what the entry says that it calls itself', () => {
    const own = tagged({ 'kubernetes.io/cluster/demo.example.com': 'owned' });
    const named = entry({
      kubernetes: { ...healthyFacts().entry.kubernetes, clusterNames: ['demo.example.com'] },
    });

    expect(diagnose(all(own, named)(healthyFacts()))).toEqual([]);
  });

  it('asks nothing of EKS that EKS does itself', () => {
    const facts = healthyFacts();
    const eks = {
      ...facts,
      etcd: null,
      entry: { ...facts.entry, kind: 'eks', bootstrap: 'self', etcd: undefined },
    } as ClusterFacts;
    const plain = all(
      without('tender-launch'),
      template({ profile: '', userData: '' }),
      kubernetes({ foreignSecretRefused: seen(false) }),
    );

    expect(diagnose(plain(eks))).toEqual([]);
  });
});

it('stands in docs/doctor.md, check by check', () => {
  expect(textOf('docs/doctor.md'), 'run: node scripts/run.mjs scripts/write-doctor-table.ts').toContain(doctorTable());
});
