import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRetirement } from '../../../src/signals/choose-retirement.ts';
import type { InstanceSignal } from '../../../src/signals/signal.ts';

const instanceId = 'i-0123456789abcdef0';
const signal: InstanceSignal = { kind: 'rebalance-recommendation', instanceId, reference: 'an-event' };
const member = (lifecycleState?: string) => ({ instanceId, cluster: 'demo', groupName: 'workers', lifecycleState });
const nameOf = (changes: Partial<InstanceSignal>, cluster = 'demo') => {
  const choice = chooseRetirement({ ...signal, ...changes }, { ...member('InService'), cluster });
  return 'name' in choice ? choice.name : choice.drop;
};

describe('chooseRetirement', () => {
  it.each([
    'spot-interruption',
    'rebalance-recommendation',
    'scheduled-maintenance',
    'instance-stopped',
    'instance-terminated',
  ] as const)('retires the node for %s, with an input that is small enough to type', (kind) => {
    expect(chooseRetirement({ ...signal, kind }, member('InService'))).toEqual({
      workflow: 'node-retire',
      name: expect.stringMatching(/^demo-i-0123456789abcdef0-[0-9a-f]{12}$/),
      input: { cluster: 'demo', instanceId, signal: kind },
    });
  });

  it('hands on the deadline where there is one', () => {
    const deadline = '2026-03-01T12:01:50.000Z';
    expect(chooseRetirement({ ...signal, deadline }, member())).toMatchObject({ input: { deadline } });
  });

  it('cleans up after an instance that has left its group', () => {
    const choice = chooseRetirement({ ...signal, kind: 'instance-terminated' }, member());
    expect(choice).toMatchObject({ workflow: 'node-retire' });
  });

  it('drops what is in no group of a cluster', () => {
    expect(chooseRetirement(signal, undefined)).toEqual({ drop: expect.stringContaining('in no group of a cluster') });
  });

  it.each([
    ['instance-stopped', 'Warmed:Stopped'],
    ['instance-stopped', 'Warmed:Pending:Proceed'],
    ['instance-stopped', 'Pending'],
    ['instance-stopped', 'Pending:Wait'],
    ['instance-terminated', 'Warmed:Terminated'],
  ] as const)('drops %s of an instance that is %s: no node is behind it', (kind, lifecycleState) => {
    expect(chooseRetirement({ ...signal, kind }, member(lifecycleState))).toEqual({
      drop: `instance ${instanceId} of group workers is ${lifecycleState}: no node is behind it`,
    });
  });

  it.each([
    ['instance-stopped', 'InService'],
    ['instance-stopped', 'Standby'],
    ['instance-stopped', 'Terminating:Wait'],
    ['instance-terminated', 'Pending:Wait'],
    ['spot-interruption', 'Pending:Wait'],
    ['scheduled-maintenance', 'Warmed:Stopped'],
  ] as const)('does not drop %s of an instance that is %s', (kind, lifecycleState) => {
    expect(chooseRetirement({ ...signal, kind }, member(lifecycleState))).toHaveProperty('workflow', 'node-retire');
  });

  it('names the execution by what the signal is known by: the same twice, another for another', () => {
    expect(nameOf({ deadline: '2026-03-01T12:01:50.000Z' })).toBe(nameOf({}));
    expect(nameOf({ reference: 'another' })).not.toBe(nameOf({}));
  });

  it('names executions as Step Functions allows it, whatever the tag and the event hold', () => {
    const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(anyText, anyText, (cluster, reference) => {
        expect(nameOf({ reference }, cluster)).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
      }),
    );
  });
});
