import { describe, expect, it } from 'vitest';
import { answerHookElsewhere } from '../../../src/nodes/answer-hook-elsewhere.ts';
import type { HookAnswers, WaitingHook } from '../../../src/nodes/ports.ts';
import { recordHeartbeatElsewhere } from '../../../src/nodes/record-heartbeat-elsewhere.ts';
import { groupName, instanceId } from '../../support/nodes/healthy.ts';
import { type Fuse, interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';

const hook: WaitingHook = { groupName, hookName: 'tender-launch', instanceId };

/** One lifecycle action that waits until somebody answers it. */
function waitingAction() {
  const said: (readonly [WaitingHook, string])[] = [];
  const waits = () => !said.some(([, what]) => what !== 'heartbeat');
  const answers: HookAnswers = {
    complete: async (which, result) => {
      if (!waits()) return 'finished';
      said.push([which, result]);
      return 'answered';
    },
    heartbeat: async (which) => {
      if (!waits()) return 'finished';
      said.push([which, 'heartbeat']);
      return 'recorded';
    },
  };
  return { said, answers };
}

describe('answerHookElsewhere', () => {
  it.each(['CONTINUE', 'ABANDON'] as const)('answers %s, naming group, hook and instance', async (answer) => {
    const { said, answers } = waitingAction();
    expect(await answerHookElsewhere({ ...hook, answer }, answers)).toEqual({ outcome: 'answered' });
    expect(said).toEqual([[hook, answer]]);
  });

  it('answers once, wherever it died', async () => {
    let action = waitingAction();
    const calls = await killedAtEveryCall({
      prepare: () => {
        action = waitingAction();
      },
      run: (fuse: Fuse) => answerHookElsewhere({ ...hook, answer: 'CONTINUE' }, interruptible(action.answers, fuse)),
      assess: ({ outcome }, died) => {
        expect(action.said, died).toEqual([[hook, 'CONTINUE']]);
        expect(outcome, died).toBe(died.startsWith('after') ? 'finished' : 'answered');
      },
    });
    expect(calls).toBe(1);
  });
});

describe('recordHeartbeatElsewhere', () => {
  it('says that the hook still waits, and that it does not once somebody answered', async () => {
    const { said, answers } = waitingAction();
    expect(await recordHeartbeatElsewhere(hook, answers)).toEqual({ stillWaiting: true });
    expect(said).toEqual([[hook, 'heartbeat']]);
    await answers.complete(hook, 'ABANDON');
    expect(await recordHeartbeatElsewhere(hook, answers)).toEqual({ stillWaiting: false });
  });
});
