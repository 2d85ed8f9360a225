import { expect, test } from 'vitest';
import { flowchart } from '../../../scripts/diagrams/flowchart.ts';
import type { Machine, State } from '../../../scripts/diagrams/machine.ts';
import { page } from '../../../scripts/diagrams/page.ts';
import { successPath } from '../../../scripts/diagrams/success-path.ts';

const toUndo: Pick<State, 'Catch'> = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'UndoIt' }] };

/** DoIt, asked whether it is ready, waited for; UndoIt after a failure joins the way again to answer, and ends in Fail. */
const machine: Machine = {
  StartAt: 'DoIt',
  TimeoutSeconds: 7200,
  States: {
    DoIt: { Type: 'Task', Resource: 'do-it.Arn', TimeoutSeconds: 60, ...toUndo, Next: 'IsItReady' },
    IsItReady: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.state = "ready" and $count < 3 %}', Next: 'CheckIt' }],
      Default: 'WaitForIt',
    },
    WaitForIt: { Type: 'Wait', Seconds: 5, Next: 'IsItReady' },
    CheckIt: { Type: 'Task', Resource: 'check-it.Arn', TimeoutSeconds: 60, ...toUndo, Next: 'Answer' },
    UndoIt: { Type: 'Task', Resource: 'undo-it.Arn', TimeoutSeconds: 60, Next: 'Answer' },
    Answer: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:autoscaling:completeLifecycleAction',
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'DidItWork' }],
      Next: 'DidItWork',
    },
    DidItWork: { Type: 'Choice', Choices: [{ Condition: '{% $good %}', Next: 'Done' }], Default: 'NotDone' },
    Done: { Type: 'Succeed' },
    NotDone: { Type: 'Fail' },
  },
};

test('the success path leaves out what only a failure leads to, and keeps what both ways share', () => {
  expect([...successPath(machine)]).toEqual([
    'DoIt',
    'IsItReady',
    'WaitForIt',
    'CheckIt',
    'Answer',
    'DidItWork',
    'Done',
  ]);
});

test('a state that leads to undo without an error is undo too', () => {
  const givesUp: Machine = {
    StartAt: 'IsItThere',
    States: {
      IsItThere: { Type: 'Choice', Choices: [{ Condition: '{% $gone %}', Next: 'SayGone' }], Default: 'DoIt' },
      SayGone: { Type: 'Pass', Next: 'UndoIt' },
      DoIt: { Type: 'Task', ...toUndo, Next: 'Done' },
      UndoIt: { Type: 'Task', Next: 'NotDone' },
      Done: { Type: 'Succeed' },
      NotDone: { Type: 'Fail' },
    },
  };

  expect([...successPath(givesUp)]).toEqual(['IsItThere', 'DoIt', 'Done']);
});

test('failing is one arrow from the group, a failure that changes nothing is none', () => {
  const lines = flowchart(machine).split('\n');

  expect(lines).toContain('  way -. "2 of these steps fail" .-> UndoIt');
  expect(lines.filter((line) => line.includes('-.'))).toHaveLength(1);
});

test('conditions are written so that Mermaid can read them', () => {
  expect(flowchart(machine)).toContain(`IsItReady -- "state = 'ready' and count #lt; 3" --> CheckIt`);
});

test('the page names what each task calls, and the longest time that the machine may take', () => {
  const text = page('do-it', machine, 'It is done.');

  expect(text).toContain('Ends after 2 h at the latest');
  expect(text).toContain('| Answer | `autoscaling:completeLifecycleAction` |');
  expect(text).toContain('| UndoIt | `undo-it` | 60 | – | – |');
});
