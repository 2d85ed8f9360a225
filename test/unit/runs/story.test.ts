import { describe, expect, it } from 'vitest';
import type { KnownRun, RunEvent } from '../../../src/runs/ports.ts';
import { readSteps } from '../../../src/runs/read-steps.ts';
import { tellProgress } from '../../../src/runs/tell-progress.ts';
import { tellStory } from '../../../src/runs/tell-story.ts';
import { runbookOf } from '../../../src/runs/what-next.ts';
import { waitingQuestion } from '../../../src/runs/what-waits.ts';
import { whoAsked } from '../../../src/runs/who-asked.ts';

const now = new Date('2026-03-01T12:10:00Z');
const nothing = { name: '', resource: '', service: '', parameters: '', output: '', error: '', cause: '', assigned: {} };

/** Events one after another in one line, a second apart, unless they say otherwise. */
function line(...events: readonly (Partial<RunEvent> & { readonly type: string })[]): readonly RunEvent[] {
  return events.map((event, index) => ({
    ...nothing,
    id: index + 1,
    previous: index,
    at: new Date(Date.parse('2026-03-01T12:00:00Z') + 1000 * index).toISOString(),
    ...event,
  }));
}

const evicting = { resource: 'evict-pods', service: 'lambda' };
const drain: KnownRun = {
  execution: 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-node-drain:x',
  name: 'x',
  workflow: 'node-drain',
  status: 'RUNNING',
  startedAt: '2026-03-01T12:00:00.000Z',
  endedAt: '',
  input: { cluster: 'demo', nodeName: 'node-1', reason: 'noisy disk', by: 'ann' },
  output: {},
  error: '',
  cause: '',
};
const blocked = 'shop/web-1: PodDisruptionBudget shop/web allows 0 disruptions';
const history = line(
  { type: 'ExecutionStarted' },
  { type: 'TaskStateEntered', name: 'EvictPods' },
  { type: 'LambdaFunctionScheduled', ...evicting },
  { type: 'LambdaFunctionFailed', error: 'AwsThrottled', cause: '{"errorMessage":"slow down"}' },
  { type: 'LambdaFunctionScheduled', ...evicting },
  { type: 'LambdaFunctionSucceeded', output: '{"apiCalls": 3}' },
  { type: 'TaskStateExited', name: 'EvictPods', assigned: { blockers: [blocked] } },
  { type: 'ChoiceStateEntered', name: 'WhatIsLeft' },
  { type: 'ChoiceStateExited', name: 'WhatIsLeft' },
  { type: 'WaitStateEntered', name: 'WaitForPods' },
);

describe('the story of an execution', () => {
  it('has steps with their tries, what blocks now, what was used, and what to do', () => {
    const story = tellStory(drain, history, now);

    expect(story.steps).toMatchObject([
      { step: 'EvictPods', calls: 'evict-pods', times: 1, seconds: 5, retries: 1, trouble: 'AwsThrottled: slow down' },
      { step: 'WaitForPods', calls: '', seconds: 591, now: true },
    ]);
    expect(story.waits).toMatchObject({ step: 'WaitForPods', words: blocked, blockers: [blocked], person: false });
    expect(story.used).toEqual({
      stateTransitions: 4,
      lambdaInvocations: 2,
      lambdaSeconds: 2,
      sdkCalls: 0,
      apiCalls: 3,
    });
    expect(story).toMatchObject({ about: { cluster: 'demo', nodeName: 'node-1' }, seconds: 600, reason: 'noisy disk' });
    expect(story.next[0]).toContain('PodDisruptionBudget');
  });

  it('ends with the error, its cause and the page about it', () => {
    const cause = '{"errorMessage":"Node x was not drained. Next: docs/runbooks/node-not-drained.md"}';
    const dead = { ...drain, status: 'FAILED', endedAt: now.toISOString(), error: 'NodeNotDrained', cause } as const;

    expect(tellStory(dead, history, now)).toMatchObject({
      failure: { cause: 'Node x was not drained. Next: docs/runbooks/node-not-drained.md' },
      next: ['read docs/runbooks/node-not-drained.md'],
    });
    expect(tellStory({ ...dead, status: 'TIMED_OUT', error: '', cause: '' }, history, now).next[0]).toContain(
      'sweep-retire',
    );
    expect([
      runbookOf({ error: 'AwsThrottled', cause: '' }),
      runbookOf({ error: 'States.Timeout', cause: '' }),
    ]).toEqual(['docs/runbooks/aws-throttled.md', '']);
  });

  it('keeps branches apart, and leaves the state around them by its name', () => {
    const steps = readSteps([
      ...line({ type: 'MapStateEntered', name: 'ForEachNode' }, { type: 'MapStateStarted' }),
      { ...nothing, id: 3, previous: 2, at: 'a', type: 'TaskStateEntered', name: 'Look' },
      { ...nothing, id: 4, previous: 2, at: 'b', type: 'TaskStateEntered', name: 'Look' },
      { ...nothing, id: 5, previous: 3, at: 'c', type: 'TaskStateExited', name: 'Look' },
      { ...nothing, id: 6, previous: 4, at: 'd', type: 'TaskStateExited', name: 'Look' },
      { ...nothing, id: 7, previous: 6, at: 'e', type: 'MapStateExited', name: 'ForEachNode' },
    ]);

    expect(steps.map(({ name, leftAt }) => `${name} ${leftAt}`)).toEqual(['ForEachNode e', 'Look c', 'Look d']);
  });

  it('is told while it goes on, a loop once, and what blocks when that changes', () => {
    const again = { type: 'TaskStateEntered', name: 'EvictPods' };
    const wait = (blockers: readonly string[]) => [
      { type: 'TaskStateExited', name: 'EvictPods', assigned: { blockers } },
      { type: 'WaitStateEntered', name: 'WaitForPods' },
      { type: 'WaitStateExited', name: 'WaitForPods' },
    ];
    const events = line(again, ...wait([]), again, ...wait([]), again, ...wait(['a']));

    expect(tellProgress(events, 0, now).lines).toEqual([
      '12:00:00 EvictPods',
      '12:00:02 WaitForPods',
      '12:00:10 WaitForPods: a',
    ]);
    expect(tellProgress(events, 6, now).lines).toEqual(['12:00:10 WaitForPods: a']);
    expect(tellProgress(history, 0, now).now).toBe(`WaitForPods for 591 s: ${blocked}`);
  });

  const asks = (service: string, resource: string, parameters: object) =>
    line(
      { type: 'TaskStateEntered', name: 'Approve' },
      { type: 'TaskScheduled', resource, service, parameters: JSON.stringify(parameters) },
      { type: 'TaskSubmitted' },
    );
  const Message =
    'two minutes are lost\n\nCluster: demo\nCommand: aws stepfunctions send-task-success --task-token AbC\n';
  it.each([
    [
      'a function',
      asks('lambda', 'invoke.waitForTaskToken', { Payload: { token: 'AbC', shows: 'two minutes are lost' } }),
    ],
    ['the machine itself, as it was once', asks('sns', 'publish.waitForTaskToken', { Message })],
  ])('knows what %s asks a person, and the token to answer with, until somebody has', (_, asked) => {
    expect(waitingQuestion(asked)).toEqual({ token: 'AbC', shows: 'two minutes are lost' });
    expect(tellStory({ ...drain, input: {} }, asked, now).waits).toMatchObject({ person: true });
    expect(
      waitingQuestion([...asked, { ...nothing, id: 4, previous: 3, at: 'x', type: 'TaskSucceeded' }]),
    ).toBeUndefined();
  });
});

describe('who asked', () => {
  const parent = 'arn:aws:states:us-east-1:111111111111:execution:tender-my-stage-node-retire:demo-i-0abc-1';
  it.each([
    [
      'node-bootstrap',
      'demo-i-0abc-0123456789ab',
      { hook: { name: 'tender-launch', groupName: 'w' } },
      'hook: hook tender-launch of group w: an instance launches',
    ],
    [
      'node-retire',
      'demo-i-0abc-0123456789ab',
      { signal: 'spot-interruption', deadline: '12:02' },
      'signal: spot-interruption, the instance goes by 12:02',
    ],
    [
      'node-drain',
      'x-1',
      { AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: parent },
      'execution: node-retire demo-i-0abc-1',
    ],
    [
      'sweep-retire',
      'a_b',
      { detail: { executionArn: parent, status: 'ABORTED' } },
      'execution: the end of node-retire demo-i-0abc-1 (ABORTED)',
    ],
    ['node-repair', 'repair-i-0abc-20260301T120000', { signal: 'Unknown' }, 'health pass: Unknown'],
    ['os-update', 'update-demo-workers-8-20260301T0215', { reason: 'a new image' }, 'watch for updates: a new image'],
    [
      'node-retire',
      'move-1',
      { reason: 'update of group w (version 8): new' },
      'execution: update of group w (version 8): new',
    ],
    ['etcd-snapshot', 'etcd-snapshot-demo-20260301T0215', {}, 'schedule: due at 2026-03-01 02:15 UTC'],
    ['load-balancer-sync', 'sync-demo-20260302T0907', {}, 'execution: a node has come, or etcd was restored'],
    ['etcd-snapshot', 'restored-x', {}, 'execution: etcd-restore x'],
    ['os-update', 'cli-1', { by: 'ann' }, 'person: ann, with the tender command'],
    ['node-drain', 'a1b2', {}, 'person: somebody, by hand'],
  ])('%s %s', (workflow, name, input, words) => {
    const asked = whoAsked({ workflow, name, input });

    expect(`${asked.by}: ${asked.words}`).toBe(words);
  });
});
