import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ClusterNode, Pod } from '../../simulator/kubernetes/api/objects.ts';
import { ATTACHMENTS, type VolumeAttachment } from '../../simulator/kubernetes/api/volumes.ts';
import {
  after,
  call,
  instance,
  insteadOf,
  type Meddle,
  smallPlan,
  whenEntered,
  whereNobodyLeaves,
} from '../support/seeds/meddle.ts';
import { playSeed } from '../support/seeds/play-seed.ts';
import type { SeedPlan } from '../support/seeds/seed-plan.ts';
import { podDeletion, type SeedWorld } from '../support/seeds/seed-world.ts';

const of = { group: 0, node: 0 };
const retired = smallPlan([{ at: 10, kind: 'retire-by-hand', of, by: 'instanceId', plan: false }]);
const drained = smallPlan([{ at: 10, kind: 'drain-by-hand', of, by: 'instanceId', plan: false }]);
const terminated = smallPlan([{ at: 10, kind: 'terminate-in-group', of, decrement: false }]);
/** No rule is about worlds in which nothing fails. */
const doubled = smallPlan([{ at: 5, kind: 'event', how: 'double', seconds: 1 }, ...terminated.happenings]);
const deleting = (whenTimeIsUp: 'capped-grace' | 'force-delete'): SeedPlan => ({
  ...retired,
  policy: { ...retired.policy, drain: { ...retired.policy.drain, whenTimeIsUp } },
});
const updated: SeedPlan = {
  ...smallPlan([]),
  update: { at: 10, maxSurge: 1, maxUnavailable: 1, bakeMinutes: 0, room: 1, image: 'good', badFrom: 1 },
};
const withGroup = (plan: SeedPlan, changes: Partial<SeedPlan['groups'][number]>): SeedPlan => ({
  ...plan,
  groups: plan.groups.map((group) => ({ ...group, ...changes })),
});

const nodeNameOf = (seed: SeedWorld, index: number) => seed.nodeOf(instance(seed, index))?.metadata.name ?? '';
const changeNode = (seed: SeedWorld, index: number, change: (node: ClusterNode) => void) =>
  seed.cluster.kubernetes.store.change('nodes', nodeNameOf(seed, index), undefined, change);
const deregister = (arn: (seed: SeedWorld) => string, ids: (seed: SeedWorld) => readonly string[]) =>
  call('elasticloadbalancingv2', 'DeregisterTargets', (seed) => ({
    TargetGroupArn: arn(seed),
    Targets: ids(seed).map((Id) => ({ Id })),
  }));
const ours = (seed: SeedWorld) => seed.cluster.targetGroupArn;
const others = (seed: SeedWorld) => seed.extra.get('stranger')?.arn ?? '';
const noAnswers: Meddle = ({ world }) =>
  void world.faults.plant(({ operation }) => operation === 'CompleteLifecycleAction', {
    kind: 'error',
    code: 'InternalFailure',
    message: 'It does not work',
    status: 500,
  });
const heartbeats: Meddle = (seed) => {
  const beat = () => {
    const hook = { AutoScalingGroupName: seed.groupName(0), LifecycleHookName: 'tender-terminate' };
    const input = { ...hook, InstanceId: instance(seed, 0) };
    void seed.deployment.cloud.operate('autoscaling', 'RecordLifecycleActionHeartbeat', input).catch(() => undefined);
    seed.world.afterInBackground(20_000, 'a heartbeat', beat);
  };
  beat();
};
const all =
  (...meddles: readonly Meddle[]): Meddle =>
  (seed) => {
    for (const one of meddles) one(seed);
  };

/** What somebody does in Tender's place, the world, the rule that has to see it, and what it says. */
const forbidden: readonly (readonly [what: string, plan: SeedPlan, meddle: Meddle, rule: string, says: RegExp])[] = [
  [
    'a node that is not put back after a drain that failed',
    whereNobodyLeaves(retired),
    // The sweep that its end starts would do it.
    insteadOf('undo-drain', 'PATCH', (_, { deployment }) =>
      deployment.executions('node-retire').some(({ run }) => run.outcome === undefined) ? { method: 'GET' } : {},
    ),
    'undone',
    /ends, and tender\.sh\/owner on .* is left/,
  ],
  [
    'a target that is missing when all is at rest, before a pass registers it',
    drained,
    after(
      100,
      deregister(ours, (seed) => [instance(seed, 1)]),
    ),
    'leftovers',
    /before any pass: .* is in service, and not registered with demo-workers/,
  ],
  [
    'a drained node that is behind a load balancer',
    drained,
    whenEntered(
      'node-drain',
      'EvictPods',
      call('elasticloadbalancing', 'RegisterInstancesWithLoadBalancer', (seed) => ({
        LoadBalancerName: seed.cluster.classicName,
        Instances: [{ InstanceId: instance(seed, 0) }],
      })),
    ),
    'executions',
    /says drained, and .* is registered with/,
  ],
  [
    'a target of somebody else’s that is taken out with an instance that goes',
    withGroup({ ...terminated, balancers: ['stranger'] }, { nodes: 1 }),
    whenEntered(
      'node-drain',
      'EvictPods',
      deregister(others, (seed) => [instance(seed, 0)]),
    ),
    'targets',
    /which is somebody else's/,
  ],
  [
    'a machine of somebody else’s that is taken out',
    { ...drained, balancers: ['guest'] },
    after(
      100,
      deregister(ours, (seed) => [seed.guest ?? '']),
    ),
    'targets',
    /of somebody else was taken out/,
  ],
  [
    'a machine registered where a controller in the cluster registers',
    { ...drained, balancers: ['guest', 'controller'] },
    after(
      100,
      call('elasticloadbalancingv2', 'RegisterTargets', (seed) => ({
        TargetGroupArn: seed.extra.get('controller')?.arn,
        Targets: [{ Id: seed.guest }],
      })),
    ),
    'leftovers',
    /was registered with demo-controller, which is not Tender's/,
  ],
  [
    'the last healthy target, taken out',
    drained,
    after(
      1,
      deregister(ours, (seed) => seed.first.flat()),
    ),
    'targets',
    /was the last healthy target of demo-workers/,
  ],
  [
    'an address of an instance that is gone',
    { ...whereNobodyLeaves(terminated), balancers: ['ip'] },
    after(400, (seed) => {
      const address = seed.deployment.cloud.fleet.instances.all.get(instance(seed, 0))?.privateIpAddress ?? '';
      const TargetGroupArn = seed.extra.get('ip')?.arn;
      call('elasticloadbalancingv2', 'RegisterTargets', () => ({ TargetGroupArn, Targets: [{ Id: address }] }))(seed);
    }),
    'leftovers',
    /is registered with demo-ip, and is gone/,
  ],
  ['a hook that expires', withGroup(terminated, { hook: hookOf(60) }), noAnswers, 'hooks', /expired after 60 s/],
  [
    'a hook that expires while the event of another instance is late',
    withGroup(
      smallPlan([
        { at: 5, kind: 'event', how: 'delay', seconds: 90 },
        { at: 6, kind: 'terminate-in-group', of: { group: 0, node: 1 }, decrement: false },
        ...terminated.happenings,
      ]),
      { hook: hookOf(60) },
    ),
    noAnswers,
    'hooks',
    /expired after \d+ s, of which \d+ s were free of trouble/,
  ],
  [
    'a hook that is kept alive until its cap, and expires',
    withGroup(doubled, { hook: hookOf(60) }),
    all(noAnswers, heartbeats),
    'hooks',
    /expired at its cap/,
  ],
  [
    'a hook that is answered before pods have had their time',
    whereNobodyLeaves(terminated),
    whenEntered(
      'node-drain',
      'WaitForPods',
      call('autoscaling', 'CompleteLifecycleAction', (seed) => ({
        AutoScalingGroupName: seed.groupName(0),
        LifecycleHookName: 'tender-terminate',
        InstanceId: instance(seed, 0),
        LifecycleActionResult: 'CONTINUE',
      })),
    ),
    'answers',
    /is answered after \d+ s of 60, with app-1/,
  ],
  [
    'two nodes cordoned by choice where one may be',
    drained,
    after(200, (seed) => {
      const { annotations = {} } = seed.nodeOf(instance(seed, 0))?.metadata ?? {};
      changeNode(seed, 1, (node) => {
        node.metadata.annotations = { ...node.metadata.annotations, ...annotations };
        node.spec.unschedulable = true;
      });
    }),
    'disruptions',
    /are cordoned by choice, and 1 may be/,
  ],
  [
    'leases past the budget, of a group that nobody names',
    drained,
    after(
      100,
      call('s3', 'PutObject', (seed) => ({
        Bucket: seed.deployment.resource('StateBucket'),
        Key: `disruptions/${seed.cluster.name}.json`,
        Body: Buffer.from(
          JSON.stringify({
            leases: [0, 1].map((index) => ({
              instanceId: instance(seed, index),
              groupName: 'unknown',
              execution: 'one of ours',
              voluntary: true,
            })),
          }),
        ),
      })),
    ),
    'disruptions',
    /got a lease with 2 of 3 of demo-workers out of service/,
  ],
  [
    'volumes that a drained node keeps',
    drained,
    whenEntered('node-drain', 'NodeDrained', (seed) => {
      seed.cluster.kubernetes.store.create<VolumeAttachment>(ATTACHMENTS, {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: { name: 'kept' },
        spec: { attacher: 'ebs.csi.aws.com', nodeName: nodeNameOf(seed, 0), source: { persistentVolumeName: 'data' } },
      });
    }),
    'executions',
    /says drained, and kept are attached/,
  ],
  [
    'pods that are ending yet on a drained node',
    drained,
    whenEntered('node-drain', 'NodeDrained', (seed) => {
      const { kubernetes } = seed.cluster;
      const nodeName = nodeNameOf(seed, 0);
      kubernetes.seed.pod({ name: 'ending', finalizers: ['example.com/held'], spec: { nodeName } });
      kubernetes.store.change<Pod>('pods', 'ending', 'default', ({ metadata }) => {
        metadata.deletionTimestamp = '2026-03-02T09:00:00Z';
      });
    }),
    'executions',
    /says drained, and ending run on/,
  ],
  [
    'a hook that waits on after somebody stood aside',
    withGroup(
      smallPlan(
        [
          { at: 10, kind: 'terminate-in-group', of, decrement: false },
          { at: 60, kind: 'rebalance', of },
        ],
        { policy: { ...drained.policy, retire: { ...drained.policy.retire, rebalance: 'ignore' } } },
      ),
      { spot: true },
    ),
    ({ deployment: { cloud }, world }) => {
      cloud.events.loseNext((event) => event['detail-type'].endsWith('Lifecycle Action'));
      world.faults.plant(({ operation }) => operation === 'CompleteLifecycleAction', {
        kind: 'error',
        code: 'ValidationError',
        message: 'No active Lifecycle Action found with instance ID',
        status: 400,
      });
    },
    'executions',
    /stands aside, and the hook of .* waits/,
  ],
  [
    'an execution that ends although nobody stopped it',
    drained,
    whenEntered('node-drain', 'EvictPods', (seed) => {
      const executionArn = seed.deployment.executions('node-drain')[0]?.arn;
      call('states', 'StopExecution', () => ({ executionArn }))(seed);
    }),
    'executions',
    /was aborted, and nobody pressed Stop/,
  ],
  [
    'a pod deleted where the policy is to give up',
    retired,
    all(mayDelete, insteadOf('evict-pods', 'POST', evictionAsDeletion)),
    'budgets',
    /was deleted .*, and the policy is give-up/,
  ],
  [
    'a pod deleted before its drain’s time is up',
    deleting('force-delete'),
    insteadOf('evict-pods', 'POST', evictionAsDeletion),
    'budgets',
    /was deleted \d+ s before its drain may/,
  ],
  [
    'a Node of an instance that stays, deleted',
    terminated,
    insteadOf('delete-node', 'DELETE', ({ path }, seed) => ({
      path: path.replace(nodeNameOf(seed, 0), nodeNameOf(seed, 1)),
      body: Buffer.from('{}'),
    })),
    'nodes',
    /was deleted although .* is running and stays/,
  ],
  [
    'a running node called out of service',
    drained,
    insteadOf('cordon-node', 'PATCH', ({ headers }) => ({
      headers: { ...headers, 'content-type': 'application/merge-patch+json' },
      body: Buffer.from(
        '{"spec":{"taints":[{"key":"node.kubernetes.io/out-of-service","value":"nodeshutdown","effect":"NoExecute"}]}}',
      ),
    })),
    'nodes',
    /was tainted out-of-service, and .* is running/,
  ],
  [
    'the cordon of somebody else, taken off',
    smallPlan([{ at: 10, kind: 'somebody-cordons', of }]),
    after(100, (seed) =>
      changeNode(seed, 0, (node) => {
        node.spec.unschedulable = false;
      }),
    ),
    'leftovers',
    /the cordon that somebody else put on .* is gone/,
  ],
  [
    'a node repaired that is well',
    { ...drained, healthMinutes: 5 },
    after(400, (seed) => {
      const instanceId = instance(seed, 1);
      seed.deployment.start('NodeRepairMachine', { cluster: seed.cluster.name, instanceId });
    }),
    'health',
    /is repaired, and nothing is wrong with it/,
  ],
  [
    'two of three nodes repaired at once',
    { ...drained, healthMinutes: 5 },
    after(400, (seed) => {
      for (const index of [1, 2])
        seed.deployment.start('NodeRepairMachine', { cluster: seed.cluster.name, instanceId: instance(seed, index) });
    }),
    'health',
    /2 of 3 nodes of demo-workers are repaired at once/,
  ],
  [
    'more nodes missing by an update than may be',
    updated,
    whenEntered('os-update', 'UpdateEnded', (seed) => {
      const group = seed.deployment.cloud.fleet.groups.all.get(seed.groupName(0));
      for (const instanceId of [...(group?.members.keys() ?? [])].slice(0, 2)) {
        const input = { cluster: seed.cluster.name, instanceId, plan: true };
        seed.deployment.start('NodeRetireMachine', input, `update-${instanceId}-by-nobody`);
        const gone = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: false };
        call('autoscaling', 'TerminateInstanceInAutoScalingGroup', () => gone)(seed);
      }
    }),
    'update',
    /2 of 3 nodes of demo-workers are missing by the update, and 1 may be/,
  ],
  [
    'a process that an update has left suspended',
    updated,
    whenEntered(
      'os-update',
      'UpdateEnded',
      call('autoscaling', 'SuspendProcesses', (seed) => ({
        AutoScalingGroupName: seed.groupName(0),
        ScalingProcesses: ['AZRebalance'],
      })),
    ),
    'leftovers',
    /AZRebalance is suspended/,
  ],
  [
    'an execution that goes on for longer than thirty hours',
    {
      ...whereNobodyLeaves(retired),
      policy: { ...retired.policy, drain: { ...retired.policy.drain, timeoutSeconds: 48 * 3600 } },
    },
    () => {},
    'rest',
    /after 30 hours it goes on: .*node-retire/,
  ],
];

it.each(forbidden)('%s is seen', { timeout: 120_000 }, async (_, plan, meddle, rule, says) => {
  const played = await playSeed(plan.seed, plan, meddle);
  const seen = played.violations.filter((one) => one.rule === rule).map(({ what }) => what);
  expect(seen.join('\n'), played.story()).toMatch(says);
});

it('nobody meddles, and no rule is broken', { timeout: 120_000 }, async () => {
  for (const plan of [retired, drained, terminated, whereNobodyLeaves(deleting('capped-grace'))])
    expect((await playSeed(plan.seed, plan)).violations).toEqual([]);
});

function hookOf(seconds: number) {
  return { seconds, defaultResult: 'CONTINUE' as const };
}

/** The rights that policies need which delete pods. */
function mayDelete({ cluster: { kubernetes } }: SeedWorld) {
  kubernetes.seed.manifest(readFileSync(podDeletion, 'utf8'));
}

function evictionAsDeletion({ path }: { readonly path: string }) {
  return { method: 'DELETE', path: path.replace('/eviction', ''), body: Buffer.from('{}') };
}
