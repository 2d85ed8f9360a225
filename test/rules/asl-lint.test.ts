import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as s3 from '@aws-sdk/client-s3';
import * as sfn from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as ssm from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { type LintFacts, lintStateMachine } from '../support/asl-lint.ts';
import { errorNames } from '../support/error-names.ts';
import { type Definition, readStateMachines } from '../support/state-machines.ts';

const sdks: Readonly<Record<string, object>> = { autoscaling: autoScaling, s3, sfn, sns, ssm };
const facts: LintFacts = {
  errors: new Set(errorNames().map(({ name }) => name)),
  hasSdkAction: (service, action) =>
    `${action[0]?.toUpperCase()}${action.slice(1)}Command` in (sdks[service] ?? {}) && /^[a-z]/.test(action),
};

test('no machine has a mistake that the packaged validator misses', () => {
  expect(readStateMachines().flatMap(({ name, definition }) => lintStateMachine(name, definition, facts))).toEqual([]);
});

/** A machine with one task, changed by the case. */
function machineWith(task: object, first: object = {}): Definition {
  return {
    StartAt: 'First',
    States: {
      First: { Type: 'Pass', Assign: { cluster: 'demo' }, Next: 'DoIt', ...first },
      DoIt: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:autoscaling:completeLifecycleAction',
        Arguments: { Name: '{% $cluster %}' },
        TimeoutSeconds: 30,
        Retry: [{ ErrorEquals: ['States.Timeout'] }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
        Next: 'Done',
        ...task,
      },
      Done: { Type: 'Succeed' },
      Failed: { Type: 'Fail' },
    },
  } as Definition;
}

test.each([
  ['nothing', {}, undefined],
  [
    'a variable nobody assigns',
    { Arguments: { Name: '{% $clutser %}' } },
    'DoIt: $clutser is not assigned on every way',
  ],
  [
    'the result in Arguments',
    { Arguments: { Name: '{% $states.result.x %}' } },
    'Arguments are made before there is a result',
  ],
  ['an error nobody throws', { Retry: [{ ErrorEquals: ['AwsThrotled'] }] }, 'nobody throws AwsThrotled'],
  ['a Task without TimeoutSeconds', { TimeoutSeconds: undefined }, 'give the Task TimeoutSeconds'],
  ['a Task without Retry', { Retry: undefined }, 'give the Task a Retry by name'],
  ['a Task without Catch', { Catch: undefined }, 'give it a Catch'],
  [
    'an unknown SDK action',
    { Resource: 'arn:aws:states:::aws-sdk:autoscaling:CompleteLifecycleAction' },
    'has no CompleteLifecycleAction',
  ],
  [
    'a list that JSONata would unwrap',
    { Arguments: { Names: '{% $cluster.nodes[ready].name %}' } },
    'write [$cluster.nodes[ready].name]',
  ],
  ['a bracketed list', { Arguments: { Names: '{% [$cluster.nodes[ready].name] %}' } }, undefined],
  [
    'States.ALL among others',
    { Catch: [{ ErrorEquals: ['States.ALL', 'AwsThrottled'], Next: 'Failed' }] },
    'States.ALL stands alone',
  ],
])('the lint finds %s', (_, task, problem) => {
  const found = lintStateMachine('machine', machineWith(task), facts);

  if (problem === undefined) expect(found).toEqual([]);
  else expect(found.join('\n')).toContain(problem);
});

test('a variable that hides a function that is called is told', () => {
  const machine = machineWith({ Arguments: { At: '{% $now() %}' } }, { Assign: { cluster: 'demo', now: true } });

  expect(lintStateMachine('machine', machine, facts).join('\n')).toContain('hides the function $now()');
});

test('a variable that only one of two ways assigns counts as undefined', () => {
  const machine = machineWith(
    { Arguments: { Name: '{% $token %}' } },
    {
      Type: 'Choice',
      Next: undefined,
      Default: 'DoIt',
      Choices: [{ Condition: '{% true %}', Next: 'DoIt', Assign: { token: 1 } }],
    },
  );

  expect(lintStateMachine('machine', machine, facts).join('\n')).toContain('$token is not assigned on every way');
});
