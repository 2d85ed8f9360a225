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
    latest: [],
  };

  test('shows elapsed times since the launch, and how much time is left to join', () => {
    const text = renderBoard(boardAfter(...launch), settings).join('\n');

    expect(text).toContain('0 of 1 in service');
    expect(text).toMatch(/i-0123456789abcdef0 {2}us-east-1a {2}00:00:05 .*\+20s .*\+22s /);
    expect(text).toContain('the machine to boot and read its token, 2m00s left');
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
});
