import { expect, test } from 'vitest';
import type { Exit } from '../../../../rehearsal/demo/acts.ts';
import { departuresOf } from '../../../../rehearsal/demo/departure.ts';
import type { HistoryEntry } from '../../../../simulator/world/history.ts';

const chosen: Exit = { occasion: 'spot interruption', instanceId: 'i-spot', saidAt: 100, goesAt: 220 };
const unknown: Exit = { occasion: 'scale-in', instanceId: undefined, saidAt: 100, goesAt: undefined };

function entry(at: number, event: string, details: Record<string, unknown>): HistoryEntry {
  return { at, source: 'any', event, details };
}

const history = [
  entry(50, 'LifecycleStateChanged', { instanceId: 'i-before', state: 'Terminating' }),
  entry(105, 'LifecycleStateChanged', { instanceId: 'i-spot', state: 'Terminating' }),
  entry(110, 'LifecycleStateChanged', { instanceId: 'i-old', state: 'Terminating' }),
  entry(112, 'TargetClosing', { target: 'i-old', opensForMs: 60 }),
  entry(180, 'InstanceStateChanged', { instanceId: 'i-spot', state: 'shutting-down' }),
  entry(400, 'InstanceStateChanged', { instanceId: 'i-old', state: 'shutting-down' }),
];
const nodeEvents = [
  { at: 60, instanceId: 'i-old', reason: 'DrainBlocked', message: 'an older story' },
  { at: 120, instanceId: 'i-old', reason: 'DrainBlocked', message: 'the budget' },
  { at: 150, instanceId: 'i-old', reason: 'NodeDrained', message: '' },
  { at: 130, instanceId: 'i-spot', reason: 'NodeDrained', message: '' },
];
const podsLeft = [
  { at: 90, instanceId: 'i-spot' },
  { at: 125, instanceId: 'i-spot' },
  { at: 128, instanceId: 'i-spot' },
  { at: 140, instanceId: 'i-old' },
];

test('an instance that Auto Scaling chose is the first to leave since then that does not leave for another reason', () => {
  expect(departuresOf([unknown, chosen], history, nodeEvents, podsLeft)).toEqual([
    { ...unknown, instanceId: 'i-old', emptyAt: 140, goneAt: 400, opensUntil: 172, blockers: ['the budget'] },
    { ...chosen, emptyAt: 128, goneAt: 180, opensUntil: undefined, blockers: [] },
  ]);
});

test('nobody is said to have left while nobody has', () => {
  expect(departuresOf([unknown], [], [], [])).toEqual([]);
});

test('an instance that Tender does not call drained was never empty, and neither was one whose pods stay', () => {
  const spoken = nodeEvents.filter(({ reason }) => reason !== 'NodeDrained');
  expect(departuresOf([chosen], history, spoken, podsLeft)[0]?.emptyAt).toBeUndefined();
  expect(departuresOf([chosen], history, nodeEvents, [])[0]?.emptyAt).toBeUndefined();
});
