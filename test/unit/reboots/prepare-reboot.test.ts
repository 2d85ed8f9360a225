import { expect, it } from 'vitest';
import { prepareReboot } from '../../../src/reboots/prepare-reboot.ts';
import { NOW, OWNER, rebootPolicy, rebootWorld } from '../../support/reboots/healthy.ts';

const policy = rebootPolicy({ beforeRebootAnnotations: ['example.com/before'], checkMinutes: 1440 });

it('is looked at so rarely, when its checks take a day, that an execution has room for it', async () => {
  const begun = { owner: OWNER, way: 'agent', bootId: 'boot-1', step: 'checks', since: NOW.toISOString() };
  const { ports } = rebootWorld({ node: { annotations: { 'tender.sh/reboot': JSON.stringify(begun) } } });
  const until = new Date(NOW.getTime() + 1440 * 60_000).toISOString();
  const target = { instanceId: 'i-0abc', nodeName: '', owner: OWNER, bootId: 'boot-1', until };
  const pauses: number[] = [];
  for (let passed = 0, next = 'wait'; next === 'wait'; passed += pauses.at(-1) ?? 0) {
    const turn = await prepareReboot(target, ports, policy, new Date(NOW.getTime() + passed * 1000));
    next = turn.next;
    pauses.push(turn.lookAgainSeconds);
  }
  expect([pauses[0], pauses.at(-2)]).toEqual([15, 120]);
  // A look is about ten events: a wait, a task, a choice.
  expect(pauses.length * 10).toBeLessThan(10_000);
});
