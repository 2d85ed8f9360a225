import { beforeEach, describe, expect, it } from 'vitest';
import type { Origin } from '../../../src/signals/ports.ts';
import { routeSignal } from '../../../src/signals/route-signal.ts';
import { hookEvent, hookNotification, terminateEvent } from './hook-notifications.ts';

const home = '123456789012';

describe('routeSignal', () => {
  let tags: Map<string, Readonly<Record<string, string>>>;
  let started: Map<string, unknown>;
  let workflowsHere: string[];
  const ports = {
    groups: {
      find: async (name: string, { account }: Origin) => {
        if (name === 'throttled') throw Object.assign(new Error('Rate exceeded'), { name: 'AwsThrottled' });
        const found = account === home ? tags.get(name) : undefined;
        return found && { tags: found, elsewhere: false };
      },
    },
    workflows: {
      has: (workflow: string) => workflowsHere.includes(workflow),
      start: async (workflow: string, name: string, input: unknown) => {
        if (started.has(name)) return 'already-started' as const;
        started.set(name, { workflow, input });
        return 'started' as const;
      },
    },
  };

  beforeEach(() => {
    tags = new Map([['demo-workers', { 'tender:cluster': 'demo' }]]);
    started = new Map();
    workflowsHere = ['node-bootstrap', 'node-retire'];
  });

  const sqs = (messageId: string, body: unknown) => ({
    eventSource: 'aws:sqs',
    messageId,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

  it('starts a bootstrap for a launch hook of ours', async () => {
    const { routed } = await routeSignal(hookEvent(), ports);
    expect(routed).toEqual([{ outcome: 'started', detail: 'node-bootstrap', execution: [...started.keys()][0] }]);
  });

  it('starts one execution for an event that comes twice, once as an event and once through a queue', async () => {
    await routeSignal(hookEvent(), ports);
    const { routed } = await routeSignal({ Records: [sqs('m-1', hookNotification())] }, ports);
    expect(routed.map(({ outcome }) => outcome)).toEqual(['already-started']);
    expect(started.size).toBe(1);
  });

  it('lets one malformed message of a batch come again alone, and routes the others', async () => {
    const batch = [
      sqs('good', hookEvent()),
      sqs('bad', hookEvent({ EC2InstanceId: 'nonsense' })),
      sqs('last', terminateEvent()),
    ];
    const outcome = await routeSignal({ Records: batch }, ports);
    expect(outcome.batchItemFailures).toEqual([{ itemIdentifier: 'bad' }]);
    expect(outcome.problems).toEqual([expect.stringContaining('EC2InstanceId is "nonsense"')]);
    expect(outcome.routed.map(({ detail }) => detail)).toEqual(['node-bootstrap', 'node-retire']);
  });

  it('lets a message of a batch come again when AWS throttles, and says which', async () => {
    const batch = [sqs('m-1', hookEvent({ AutoScalingGroupName: 'throttled' })), sqs('m-2', hookEvent())];
    const outcome = await routeSignal({ Records: batch }, ports);
    expect(outcome.batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
    expect(outcome.problems).toEqual(['message m-1: AwsThrottled: Rate exceeded']);
    expect(started.size).toBe(1);
  });

  it('throws what a lone event cannot be read for, so that it reaches the failure destination', async () => {
    const routing = routeSignal(hookEvent({ LifecycleActionToken: undefined }), ports);
    await expect(routing).rejects.toMatchObject({ name: 'MalformedSignal' });
  });

  it('throws when AWS throttles on a lone event, so that Lambda tries again', async () => {
    await expect(routeSignal(hookEvent({ AutoScalingGroupName: 'throttled' }), ports)).rejects.toThrow('Rate exceeded');
  });

  it.each([
    ['a foreign group', hookEvent({ AutoScalingGroupName: 'theirs' }), 'group theirs does not exist'],
    [
      'a group of an account that nobody registered',
      { ...hookEvent(), account: '999999999999' },
      'no cluster is registered',
    ],
    ['a foreign hook', hookEvent({ LifecycleHookName: 'theirs' }), 'hook theirs of group demo-workers'],
    ['a test notification', { Event: 'autoscaling:TEST_NOTIFICATION' }, 'a test notification'],
    ['another event', { 'detail-type': 'EC2 Instance Launch Successful', detail: {} }, 'no workflow for'],
  ])('drops %s quietly and starts nothing', async (_what, event, why) => {
    const { routed, batchItemFailures, problems } = await routeSignal(event, ports);
    expect(routed).toEqual([{ outcome: 'dropped', detail: expect.stringContaining(why) }]);
    expect([batchItemFailures, problems, started.size]).toEqual([[], [], 0]);
  });

  it('drops a signal whose workflow this deployment does not have, and says so', async () => {
    workflowsHere = ['node-bootstrap'];
    const { routed } = await routeSignal(terminateEvent(), ports);
    expect(routed).toEqual([{ outcome: 'dropped', detail: 'this deployment has no node-retire' }]);
  });
});
