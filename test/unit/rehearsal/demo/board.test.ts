import { describe, expect, test } from 'vitest';
import { advanceBoard, type Board, emptyBoard } from '../../../../rehearsal/demo/board.ts';
import { narrate } from '../../../../rehearsal/demo/narrate.ts';
import { renderBoard } from '../../../../rehearsal/demo/render-board.ts';
import type { HistoryEntry } from '../../../../simulator/world/history.ts';

const instanceId = 'i-0123456789abcdef0';
const group = 'demo-workers';
const nodeName = 'ip-10-0-0-4.ec2.internal';
const instanceOfNode = (name: string) => (name === nodeName ? instanceId : undefined);

function entry(second: number, source: string, event: string, details: Record<string, unknown>): HistoryEntry {
  return { at: second * 1000, source, event, details };
}

const launch = [
  entry(0, 'autoscaling', 'GroupCreated', { group, desired: 1 }),
  entry(5, 'ec2', 'InstanceStateChanged', { instanceId, state: 'pending', zone: 'us-east-1a' }),
  entry(5, 'autoscaling', 'LifecycleStateChanged', { group, instanceId, state: 'Pending' }),
  entry(25, 'autoscaling', 'LifecycleHookWaiting', { group, instanceId, hook: 'tender-launch' }),
  entry(26, 'states', 'ExecutionStarted', { execution: `demo-${instanceId}-abc` }),
  entry(27, 'ssm', 'ParameterPut', { name: `/tender/join/demo/${instanceId}`, type: 'SecureString' }),
];
const join = [
  entry(60, 'kubernetes:demo', 'NodeRegistered', { node: nodeName }),
  entry(62, 'kubernetes:demo', 'NodeReady', { node: nodeName }),
  entry(70, 'elb', 'InstanceRegistered', { loadBalancer: 'classic', instanceId }),
];
const classicHealthy = entry(90, 'elb', 'InstanceHealthChanged', { instanceId, state: 'InService' });
const nlbHealthy = entry(150, 'elbv2', 'TargetHealthChanged', { target: instanceId, state: 'healthy' });

function boardAfter(...entries: readonly HistoryEntry[]): Board {
  return entries.reduce((board, one) => advanceBoard(board, one, instanceOfNode), emptyBoard(group));
}

describe('the board', () => {
  test('notes when an instance reaches each step, and keeps the first time', () => {
    const again = entry(300, 'kubernetes:demo', 'NodeReady', { node: nodeName });

    const { rows, desired } = boardAfter(...launch, ...join, classicHealthy, nlbHealthy, again);

    expect(desired).toBe(1);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ instanceId, zone: 'us-east-1a', claimedAt: 26_000 });
    expect(rows[0]?.reached).toEqual({
      launching: 5_000,
      hook: 25_000,
      token: 27_000,
      joined: 60_000,
      ready: 62_000,
      targets: 150_000,
    });
  });

  test('waits for the load balancer that is still missing', () => {
    expect(boardAfter(...launch, ...join).rows[0]?.waitsFor).toBe('health checks of NLB and classic ELB');
    expect(boardAfter(...launch, ...join, classicHealthy).rows[0]?.waitsFor).toBe('health checks of NLB');
    expect(boardAfter(...launch, ...join, nlbHealthy).rows[0]?.waitsFor).toBe('health checks of classic ELB');
  });

  test('calls an instance in service only when Auto Scaling does', () => {
    const proceeds = boardAfter(...launch, ...join, classicHealthy, nlbHealthy);
    const inService = entry(155, 'autoscaling', 'LifecycleStateChanged', { group, instanceId, state: 'InService' });

    expect(proceeds.rows[0]?.state).toBe('coming');
    expect(advanceBoard(proceeds, inService, instanceOfNode).rows[0]).toMatchObject({
      state: 'in service',
      waitsFor: '',
    });
  });

  test('follows a bad instance through diagnosis and ABANDON to its end', () => {
    const execution = `demo-${instanceId}-abc`;
    const end = [
      entry(206, 'states', 'StateEntered', { execution, state: 'StartDiagnosis' }),
      entry(230, 'autoscaling', 'LifecycleActionCompleted', { group, instanceId, result: 'ABANDON' }),
      entry(250, 'ec2', 'InstanceStateChanged', { instanceId, state: 'terminated', zone: 'us-east-1a' }),
    ];
    const states = end.map((_, index) => boardAfter(...launch, ...end.slice(0, index + 1)).rows[0]?.state);

    expect(states).toEqual(['diagnosed', 'abandoned', 'terminated']);
  });

  test('follows a worker on its way out, and tells what keeps its pods', () => {
    const transition = 'autoscaling:EC2_INSTANCE_TERMINATING';
    const inService = entry(155, 'autoscaling', 'LifecycleStateChanged', { group, instanceId, state: 'InService' });
    const told = (second: number, reason: string, message = '') =>
      entry(second, 'kubernetes', 'NodeEvent', { node: nodeName, reason, message });
    const way = [
      entry(300, 'autoscaling', 'LifecycleStateChanged', { group, instanceId, state: 'Terminating' }),
      entry(300, 'autoscaling', 'LifecycleHookWaiting', { group, instanceId, transition, hook: 'tender-terminate' }),
      told(302, 'NodeCordoned'),
      told(304, 'DrainBlocked', 'default/shop-1: PodDisruptionBudget default/shop allows 0 disruptions'),
      told(340, 'NodeDrained'),
      entry(600, 'autoscaling', 'LifecycleActionCompleted', { group, instanceId, transition, result: 'CONTINUE' }),
      entry(630, 'ec2', 'InstanceStateChanged', { instanceId, state: 'terminated', zone: 'us-east-1a' }),
    ];
    const rows = way.map((_, index) => boardAfter(...launch, ...join, inService, ...way.slice(0, index + 1)).rows[0]);

    expect(rows.map((row) => [row?.state, row?.waitsFor])).toEqual([
      ['leaving', 'Auto Scaling to ask its hooks'],
      ['leaving', 'Tender to drain it'],
      ['leaving', 'its pods to leave'],
      ['leaving', 'default/shop-1: PodDisruptionBudget default/shop allows 0 disruptions'],
      ['leaving', 'its load balancers to let go of it'],
      ['leaving', 'EC2 to terminate it'],
      ['gone', ''],
    ]);
    expect(rows.at(-1)?.reached.hook).toBe(25_000);
  });

  test.each([
    ['EC2SpotInstanceInterruptionWarning', 'Tender to drain it before EC2 takes it'],
    ['MaintenanceScheduled', 'Tender to drain it before its maintenance'],
  ])('calls a worker leaving after %s, but not one that never served', (event, waitsFor) => {
    const inService = entry(155, 'autoscaling', 'LifecycleStateChanged', { group, instanceId, state: 'InService' });
    const warning = entry(300, 'ec2', event, { instanceId });

    expect(boardAfter(...launch, inService, warning).rows[0]).toMatchObject({ state: 'leaving', waitsFor });
    expect(boardAfter(...launch, warning).rows[0]?.state).toBe('coming');
  });

  test('leaves instances of other groups out', () => {
    const stranger = entry(1, 'autoscaling', 'LifecycleStateChanged', {
      group: 'others',
      instanceId: 'i-0fffffffffffffff0',
      state: 'Pending',
    });

    expect(boardAfter(stranger).rows).toEqual([]);
  });
});

describe('the screen', () => {
  const settings = {
    now: 86_000,
    beganAt: 0,
    speed: 10,
    joinTimeoutSeconds: 180,
    width: 200,
    colored: false,
    title: '',
    load: undefined,
    members: [],
    latest: [],
  };

  test('shows elapsed times since the launch, and how much time is left to join', () => {
    const text = renderBoard(boardAfter(...launch), settings).join('\n');

    expect(text).toContain('0 of 1 in service');
    expect(text).toMatch(/i-0123456789abcdef0 {2}us-east-1a {2}00:00:05 .*\+20s .*\+22s /);
    expect(text).toContain('the machine to boot and read its token, 2m00s left');
  });

  test('says what is being done, while anything is', () => {
    const lines = (title: string) => renderBoard(boardAfter(), { ...settings, title });

    expect(lines('scaling the workers to 5')[1]).toBe('scaling the workers to 5');
    expect(lines('')[1]).toBe('');
  });

  test('counts requests, once there are any', () => {
    const load = { sent: 10, answered: 8, failed: 1, open: 1, byReason: { 'node-lost': 1 }, firstFailures: [] };
    const text = (given: typeof load | undefined) => renderBoard(boardAfter(), { ...settings, load: given }).join('\n');

    expect(text(load)).toContain('requests: 8 answered, 1 failed');
    expect(text(undefined)).not.toContain('requests');
  });

  test('shows the members of etcd, where there are any', () => {
    const members = [
      { name: 'm1', instanceId: 'i-1', role: 'leader' },
      { name: 'm2', instanceId: 'i-2', role: 'down' },
    ] as const;

    expect(renderBoard(boardAfter(), { ...settings, members })).toContain('etcd: m1 leader · m2 down');
    expect(renderBoard(boardAfter(), settings).join('\n')).not.toContain('etcd');
  });

  test('fits every line into the width of the terminal', () => {
    const latest = launch.flatMap((one) => narrate(one, instanceOfNode) ?? []);

    const lines = renderBoard(boardAfter(...launch, ...join), { ...settings, width: 60, latest });

    expect(latest.length).toBeGreaterThan(1);
    expect(Math.max(...lines.map((line) => line.length))).toBe(60);
  });
});

describe('the narration', () => {
  test('tells of an instance by its Node, and keeps quiet about what a stranger need not know', () => {
    const ready = entry(62, 'kubernetes:demo', 'NodeReady', { node: nodeName });
    const parameter = entry(0, 'ssm', 'ParameterPut', { name: '/tender/clusters/demo', type: 'String' });

    expect(narrate(ready, instanceOfNode)).toEqual({ at: 62_000, instanceId, text: 'Ready' });
    expect(narrate(parameter, instanceOfNode)).toBeUndefined();
  });

  test('tells what Tender writes about a node, without the ARN, and of requests that failed', () => {
    const event = (reason: string, message: string) =>
      narrate(entry(1, 'kubernetes', 'NodeEvent', { node: nodeName, reason, message }), instanceOfNode)?.text;
    const arn = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-node-retire:demo-1';
    const failure = { at: '2026-03-02T09:00:00.000Z', door: 'demo-nlb', reason: 'node-silent', instanceId, afterMs: 0 };

    expect(event('DrainStarted', `Tender drains the node (terminate-hook). Execution ${arn}`)).toBe(
      'Tender drains the node (terminate-hook)',
    );
    expect(event('NodeJoined', 'welcome')).toBeUndefined();
    expect(narrate(entry(1, 'load', 'RequestFailed', failure), instanceOfNode)?.text).toBe(
      `a request failed: 2026-03-02T09:00:00.000Z a request through demo-nlb opened a connection to a node that does not answer (${instanceId})`,
    );
  });
});
