import { describe, expect, it } from 'vitest';
import { failingInstances } from '../../rehearsal/demo-cluster.ts';
import { guard, isOver, rehearseFleet, scaleIn, type Worker } from '../support/scenarios/departure.ts';
import type { FaultScenario } from '../support/scenarios/fault-scenario.ts';
import { machineOf, repair, startRepair, untilReady } from '../support/scenarios/repair.ts';
import { rehearse } from '../support/scenarios/scenario.ts';
import { unusedPermissions } from '../support/scenarios/unused-permissions.ts';
import { killKubelet, letNothingBeRouted, rehearseWatched } from '../support/scenarios/watched.ts';

/** One joins, one does not, one is stopped and swept, passes of the schedule; the entry lies in the bucket. */
async function goodAndBad(): Promise<FaultScenario> {
  const scenario = await rehearse({
    entryInBucket: true,
    // Short enough to be kept alive on the way, long enough to outlive the wait of the sweep.
    heartbeatTimeout: 120,
    node: { failures: failingInstances((ordinal) => (ordinal === 1 ? { name: 'never-boots-kubelet' } : undefined)) },
  });
  await scenario.launch();
  await scenario.comesToRest();
  await scenario.cluster.scaleTo(2);
  const turns = scenario.events('StateEntered').filter(({ details }) => details.state === 'WaitForTargets').length;
  await scenario.stop(await scenario.untilState('WaitForTargets', turns + 1));
  await scenario.comesToRest();
  await scenario.world.advance(11 * 60_000);
  return scenario;
}

/** A login by IAM, a load balancer that never finds the node healthy so that a person is paged, and somebody who answers the hook for us. */
async function pagedBehindIam(): Promise<FaultScenario> {
  const scenario = await rehearse({
    auth: 'iam',
    entry: { join: { timeoutSeconds: 120 } },
    node: { failures: () => ({ name: 'never-healthy-port' }) },
  });
  const instanceId = await scenario.launch();
  await scenario.untilState('AdmitNode');
  await scenario.operate('autoscaling', 'CompleteLifecycleAction', {
    AutoScalingGroupName: scenario.cluster.workersGroup,
    LifecycleHookName: 'tender-launch',
    InstanceId: instanceId,
    LifecycleActionResult: 'CONTINUE',
  });
  await scenario.comesToRest();
  return scenario;
}

/** A step that dies after it has written the parameter, and an event that nobody can read. */
async function interrupted(): Promise<FaultScenario> {
  const scenario = await rehearse({ cloud: { audited: true } });
  scenario.plant(
    ({ functionName, operation }) => functionName === 'tender-dev-offer-join' && operation === 'PutParameter',
    {
      kind: 'kill-after',
    },
  );
  scenario.cloud.events.put({
    source: 'aws.autoscaling',
    detailType: 'EC2 Instance-launch Lifecycle Action',
    detail: { AutoScalingGroupName: 'demo-workers', EC2InstanceId: 'not an instance' },
    resources: [],
  });
  await scenario.launch();
  await scenario.comesToRest();
  await stayAwayFromSweep(scenario);
  return scenario;
}

/** Whoever is to clean up finds no API server, for hours. */
async function stayAwayFromSweep(scenario: FaultScenario): Promise<void> {
  await scenario.cluster.scaleTo(2);
  const turns = scenario.events('StateEntered').filter(({ details }) => details.state === 'WaitForTargets').length;
  const stopped = await scenario.untilState('WaitForTargets', turns + 1);
  scenario.cluster.kubernetes.down('refused');
  await scenario.stop(stopped);
  const paged = () => scenario.outcomes('sweep').some((outcome) => outcome.startsWith('FAILED'));
  await scenario.world.until('a sweep has given up', paged, 4 * 3_600_000);
}

/** A node that leaves its load balancers and comes back, step by step, one that somebody takes out, and one that loses its Node. */
async function leavesAndComesBack(): Promise<FaultScenario> {
  const scenario = await rehearse();
  await scenario.cluster.scaleTo(2);
  await scenario.comesToRest();
  const [instanceId = '', other = ''] = scenario.cluster.inService();
  const claim = { cluster: 'demo', instanceId, owner: 'none', workflow: 'none', claimedAt: '', deadline: '' };
  await scenario.writeState(`claims/demo/${instanceId}.json`, JSON.stringify(claim));
  await scenario.writeState('loadbalancers/demo.json', 'spoilt');
  const input = { cluster: 'demo', instanceId };
  const groupName = scenario.cluster.workersGroup;
  const { quietUntil } = await scenario.invoke('deregister-node', { ...input, groupName });
  await scenario.invoke('check-deregistration', { ...input, quietUntil });
  await scenario.invoke('reregister-node', input);
  const { targetGroupArn: TargetGroupArn, classicName: LoadBalancerName, kubernetes } = scenario.cluster;
  const Instances = [{ InstanceId: instanceId }];
  await scenario.operate('elasticloadbalancingv2', 'DeregisterTargets', {
    TargetGroupArn,
    Targets: [{ Id: instanceId }],
  });
  await scenario.operate('elasticloadbalancing', 'DeregisterInstancesFromLoadBalancer', {
    LoadBalancerName,
    Instances,
  });
  await scenario.world.advance(16 * 60_000);
  kubernetes.store.remove('nodes', scenario.cloud.fleet.instances.all.get(other)?.privateDnsName ?? '');
  await scenario.world.advance(6 * 60_000);
  return scenario;
}

/** A terminate hook whose event comes to nothing. */
async function seenToByAPass(): Promise<FaultScenario> {
  const { scenario, leaver } = await rehearseWatched({ workers: 3 });
  letNothingBeRouted(scenario);
  await scaleIn(scenario, leaver);
  await isOver(scenario, 'node-retire');
  return scenario;
}

/**
 * One is scaled in, dies on its way and is finished; retirements by rebalance die before their drain and fail in it; spot takes one that is drained by hand; a stopped
 * instance lets its volumes go.
 */
async function nodesThatLeave(): Promise<FaultScenario> {
  const { scenario, leaver } = await rehearseFleet({
    workers: 3,
    spot: true,
    replaced: true,
    entry: { drain: { timeoutSeconds: 120, graceCapSeconds: 30 }, retire: { rebalance: 'retire', launchFirst: true } },
    entryInBucket: true,
  });
  const { instances } = scenario.cloud.fleet;
  const loosen = guard(scenario, leaver);
  await scenario.world.advance(5_000);
  await scaleIn(scenario, leaver);
  for (let death = 1; death <= 5; death += 1)
    await scenario.stop(await scenario.untilState('DrainNode', death, 'node-retire'));
  loosen();
  await scenario.comesToRest();

  instances.recommendRebalance(oldest(scenario).instanceId);
  await scenario.stop(await scenario.untilState('WaitForReplacement', 1, 'node-retire'));
  await scenario.comesToRest();
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: oldest(scenario).nodeName });
  await scenario.stop(await scenario.untilState('EvictPods', countOf(scenario, 'EvictPods') + 1, 'node-drain'));
  await scenario.comesToRest();
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: oldest(scenario).nodeName, plan: true });
  const kept = oldest(scenario);
  const loosenAgain = guard(scenario, kept);
  await scenario.world.advance(5_000);
  instances.recommendRebalance(kept.instanceId);
  await isOver(scenario, 'node-retire', scenario.outcomes('node-retire').length + 1);
  await scenario.comesToRest();
  const taken = oldest(scenario);
  scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: taken.nodeName });
  await scenario.untilState('WaitForPods', countOf(scenario, 'WaitForPods') + 1, 'node-drain');
  instances.interruptSpot(taken.instanceId);
  await scenario.comesToRest();
  loosenAgain();
  // Two at a time: one has to wait, and sees whether the other still runs.
  for (const instanceId of scenario.cluster.inService().slice(0, 2))
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId });
  await scenario.comesToRest();
  troubleAws(scenario);
  await scaleIn(scenario, oldest(scenario));
  await scenario.comesToRest();
  await stopsWithVolumes(scenario, oldest(scenario));
  return scenario;
}

async function stopsWithVolumes(scenario: FaultScenario, { instanceId, nodeName }: Worker): Promise<void> {
  const spec = { nodeSelector: { 'kubernetes.io/hostname': nodeName } };
  scenario.cluster.kubernetes.seed.statefulSet({ name: 'db', replicas: 1, spec });
  await scenario.world.advance(60_000);
  await scenario.operate('ec2', 'StopInstances', { InstanceIds: [instanceId] });
  await scenario.comesToRest();
}

/** Auto Scaling tells the first step of a retirement of its hooks only once it has been tried for minutes. */
function troubleAws(scenario: FaultScenario): void {
  const throttled = { kind: 'error', code: 'Throttling', message: 'Rate exceeded', status: 400 } as const;
  scenario.plant(
    ({ functionName, operation }) =>
      functionName === 'tender-dev-plan-retire' && operation === 'DescribeLifecycleHooks',
    throttled,
    { times: 45 },
  );
}

/** One is mended by a restart, one by a reboot that it is emptied for, one is replaced, one is not to be mended, and one repair dies. */
async function nodesThatAreSick(): Promise<FaultScenario> {
  const { scenario, leaver, workers } = await rehearseFleet({ workers: 3, replaced: true, application: { pods: 3 } });
  const { problems } = scenario.cluster.kubernetes;
  machineOf(scenario, leaver).systemctl('stop', 'kubelet');
  await untilReady(scenario, leaver, false);
  await repair(scenario, leaver, { signal: 'Unknown' });
  problems.latch(leaver.nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
  const input = { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] };
  startRepair(scenario, { instanceId: leaver.instanceId }, input);
  await scenario.stop(await scenario.untilState('CheckRepair', countOf(scenario, 'CheckRepair') + 1, 'node-repair'));
  await scenario.comesToRest();
  const [, second = leaver, third = leaver] = workers;
  problems.latch(second.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });
  await repair(scenario, second, input);
  guard(scenario, third);
  await scenario.world.advance(5_000);
  problems.latch(third.nodeName, { type: 'KernelDeadlock', afterReboot: 'again' });
  await repair(scenario, third, { ...input, ladder: ['reboot', 'page'] });
  await scenario.comesToRest();
  return scenario;
}

/** Looked at by health passes: a kubelet that dies, an alarm that a rule is about, an API server that goes away, a group that follows the latest version of its template. */
async function lookedAt(): Promise<FaultScenario> {
  const { scenario, workers } = await rehearseWatched({
    workers: 4,
    entry: {
      health: { rules: [{ signal: 'Alarm:disk-full', afterMinutes: 1, ladder: ['page'] }] },
      schedules: { healthMinutes: 1, updateWatchMinutes: 5 },
      updates: {
        source: { kind: 'parameter', name: '/aws/service/demo/recommended' },
        changeCalendar: 'freeze',
      },
    },
    group: { LaunchTemplate: { LaunchTemplateName: 'demo-workers', Version: '$Latest' } },
  });
  const [image = ''] = scenario.cloud.fleet.instances.images.all.keys();
  scenario.cloud.parameters.setPublic('/aws/service/demo/recommended', image);
  await scenario.world.advance(3 * 60_000);
  const [first, second] = workers;
  if (first) killKubelet(scenario, first);
  await scenario.operate('cloudwatch', 'PutMetricAlarm', {
    AlarmName: 'disk-full',
    Namespace: 'CWAgent',
    MetricName: 'disk_used_percent',
    Dimensions: [{ Name: 'InstanceId', Value: second?.instanceId }],
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 90,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  const raised = { AlarmName: 'disk-full', StateValue: 'ALARM', StateReason: 'the disk is full' };
  await scenario.operate('cloudwatch', 'SetAlarmState', raised);
  await scenario.world.advance(2 * 60_000);
  // Two sick nodes of so few would hold each other's repair.
  await scenario.operate('cloudwatch', 'SetAlarmState', { ...raised, StateValue: 'OK' });
  await isOver(scenario, 'node-repair');
  // A person is told of it.
  scenario.cluster.kubernetes.down();
  await scenario.world.advance(8 * 60_000);
  return scenario;
}

/** A new image comes to a group by itself, while an alarm is OK. */
async function updatedByItself(): Promise<FaultScenario> {
  const source = { kind: 'parameter', name: '/tender/images/demo' };
  const updates = {
    policy: 'off',
    bakeMinutes: 1,
    alarms: ['disk-full'],
    groups: { 'demo-workers': { policy: 'auto', source } },
  };
  const { scenario } = await rehearseFleet({
    workers: 2,
    schedules: true,
    replaced: true,
    entry: { updates, schedules: { updateWatchMinutes: 5 } },
  });
  await scenario.operate('cloudwatch', 'PutMetricAlarm', {
    AlarmName: 'disk-full',
    Namespace: 'CWAgent',
    MetricName: 'disk_used_percent',
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 90,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  const well = { AlarmName: 'disk-full', StateValue: 'OK', StateReason: 'there is room' };
  await scenario.operate('cloudwatch', 'SetAlarmState', well);
  const { imageId } = await scenario.cluster.publishImage(2);
  await scenario.operate('ssm', 'PutParameter', { Name: '/tender/images/demo', Type: 'String', Value: imageId });
  await isOver(scenario, 'os-update');
  return scenario;
}

/** The worker that is in service for longest. */
function oldest({ cluster, cloud }: FaultScenario): Worker {
  const [instanceId = ''] = cluster.inService();
  return { instanceId, nodeName: cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '' };
}

function countOf(scenario: FaultScenario, state: string): number {
  return scenario.events('StateEntered').filter(({ details }) => details.state === state).length;
}

/** What no scenario here can need, each with its reason. */
const exceptions: readonly string[] = [
  // The service does these itself, outside what the local cloud asks IAM about: a function's log, its network interfaces.
  'WriteLogs logs:CreateLogStream',
  'WriteLogs logs:PutLogEvents',
  'ReachCluster ec2:CreateNetworkInterface',
  'ReachCluster ec2:DescribeNetworkInterfaces',
  'ReachCluster ec2:DeleteNetworkInterface',
  'ReachCluster ec2:DescribeSubnets',
  'ReachCluster ec2:AssignPrivateIpAddresses',
  'ReachCluster ec2:UnassignPrivateIpAddresses',
  // So does Lambda when it polls a queue for a function.
  'RouteSignal sqs:ReceiveMessage',
  'RouteSignal sqs:DeleteMessage',
  'RouteSignal sqs:GetQueueAttributes',
  // S3 looks whether the caller may list, to choose between 404 and 403; the books take no note of it.
  'AdvanceUpdate s3:ListBucket',
  'CheckClaim s3:ListBucket',
  'CheckDeregistration s3:ListBucket',
  'CheckJoin s3:ListBucket',
  'CheckTargets s3:ListBucket',
  'ClaimInstance s3:ListBucket',
  'DeregisterNode s3:ListBucket',
  'EvictPods s3:ListBucket',
  'FindLease s3:ListBucket',
  'ForgetFailures s3:ListBucket',
  'JudgeFailedJoin s3:ListBucket',
  'NoteSurge s3:ListBucket',
  'ReleaseClaim s3:ListBucket',
  'ReleaseLease s3:ListBucket',
  'ReregisterNode s3:ListBucket',
  'SeeSickness s3:ListBucket',
  'SyncLoadBalancers s3:ListBucket',
  'TakeLease s3:ListBucket',
  'TerminateInstance s3:ListBucket',
  // Starting a nested execution and waiting for it is the service's own; the local cloud asks about the start only.
  'NodeRepairMachine states:DescribeExecution',
  'NodeRepairMachine states:StopExecution',
  'NodeRetireMachine states:DescribeExecution',
  'NodeRetireMachine states:StopExecution',
  // A cluster in another region without a role of its own; the local cloud is one region.
  'AnswerHookElsewhere autoscaling:CompleteLifecycleAction',
  'RecordHeartbeatElsewhere autoscaling:RecordLifecycleActionHeartbeat',
  // Updates that go back, need a person, or come after another one: os-update/.
  'AdvanceUpdate autoscaling:ResumeProcesses',
  'AdvanceUpdate autoscaling:SuspendProcesses',
  'AdvanceUpdate autoscaling:TerminateInstanceInAutoScalingGroup',
  'BeginUpdate states:DescribeExecution',
  'OsUpdateMachine sns:Publish',
  'PlanUpdate states:DescribeExecution',
  'SettleUpdate states:DescribeExecution',
  // Managed node groups of EKS: os-update/of-eks.test.ts.
  'AdvanceUpdate eks:DescribeNodegroup',
  'AdvanceUpdate eks:DescribeUpdate',
  'AdvanceUpdate eks:UpdateNodegroupVersion',
  'PlanUpdate eks:DescribeNodegroup',
  'PlanUpdate eks:DescribeUpdate',
  'TakeLease eks:DescribeNodegroup',
  'WatchUpdates eks:DescribeNodegroup',
  // A Change Calendar, and a launch template that names a parameter in place of an image: none here has them.
  'AdvanceUpdate ssm:GetCalendarState',
  'PlanUpdate ssm:GetCalendarState',
  'PlanUpdate ssm:GetParameters',
  // Auto Scaling asks whether whoever pins a version could launch it; the local cloud does not.
  'PinVersions ec2:CreateTags',
  'PinVersions ec2:RunInstances',
  'PinVersions iam:PassRole',
  // Machines that update themselves without FLUO's agent: no worker here does.
  'WatchUpdates ssm:GetCommandInvocation',
  'WatchUpdates ssm:SendCommand',
  // What was before a change is looked for only where a record is kept and no step has seen it (docs/audit.md): not in these worlds.
  'DeregisterTargets elasticloadbalancing:DescribeInstanceHealth',
  'DeregisterTargets elasticloadbalancing:DescribeTargetHealth',
  'ReregisterNode elasticloadbalancing:DescribeInstanceHealth',
  'ReregisterNode elasticloadbalancing:DescribeTargetHealth',
  // An entry that cannot be used: node-bootstrap/broken-entry-beside-good.test.ts, and registry/.
  'StartDueWorkflows s3:ListBucket',
  'StartDueWorkflows s3:PutObject',
  'StartDueWorkflows sns:Publish',
  // Nobody can say which instance was launched for a retirement that does not take place: test/unit/nodes/withdraw-replacement.test.ts.
  'WithdrawReplacement autoscaling:SetDesiredCapacity',
  // The scheduler's dead letters: Lambda takes every invocation here.
  'DueWorkTick sqs:SendMessage',
];

/** They need a real etcd: etcd-snapshot/permissions.test.ts, etcd-drill/, etcd-maintenance/,
 * etcd-member-replace/, etcd-restore/, pki-backup/. */
const needsEtcd =
  /^(TakeSnapshot|PruneSnapshots|CheckAge|EtcdSnapshotMachine|MaintainEtcd|EtcdMaintenanceMachine|CheckProof|DrillSnapshot|CompareHash|EtcdDrillMachine|PlanPkiBackup|KeepPki|PkiBackupMachine|RemoveMember|SeatReplacement|EtcdMemberReplaceMachine|InspectControlPlane|PlanRestore|CheckSnapshot|BeginRestore|FenceControlPlane|RestoreMember|GrowEtcd|SettleEtcd|StartControlPlane|DeleteStaleNodes|EndRestore|EtcdRestoreMachine|SeeControlPlane|RestoreControlPlanes|ReadRestores|ReadSnapshots|PrepareControlPlane|FindVoter) /;

/** They need machines that update themselves, or ask whether they may: node-update/, fleet-lock/. */
const needsReboots =
  /^(AnswerFleetLock|BeginReboot|CheckReboot|NodeUpdateMachine|PlanReboot|PrepareReboot|SettleReboot) /;

/** They need hooks of the user's own: user-hooks/. */
const needsHooks = /^(PlanUserHooks|RunUserHooks|UserHookMachine|UserHooksMachine) /;

/** They need links that answer pages, or a restore that asks: answer-links/. */
const needsLinks = /^(AnswerLink|AskForApproval) /;

describe('the permissions of functions and state machines', () => {
  const long = process.env.TENDER_LONG !== undefined;

  it.runIf(long)('are all needed by some scenario, except those on the list', { timeout: 900_000 }, async () => {
    const unused = unusedPermissions([
      await goodAndBad(),
      await pagedBehindIam(),
      await interrupted(),
      await leavesAndComesBack(),
      await nodesThatLeave(),
      await nodesThatAreSick(),
      await lookedAt(),
      await seenToByAPass(),
      await updatedByItself(),
    ]);
    const elsewhere = [needsEtcd, needsReboots, needsHooks, needsLinks];
    expect(unused.filter((name) => !elsewhere.some((one) => one.test(name)))).toEqual([...exceptions].sort());
  });
});
