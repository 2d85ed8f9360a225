import { HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AwsAccess, awsAccess } from '../../../src/aws/aws-access.ts';
import { classicLoadBalancers } from '../../../src/aws/classic-load-balancers.ts';
import { lookBefore } from '../../../src/aws/look-before.ts';
import { sickInstances } from '../../../src/aws/sick-instances.ts';
import { targetGroups } from '../../../src/aws/target-groups.ts';
import { type AuditedAction, trailing } from '../../../src/runtime/audit-trail.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef';

/** Has AWS answer each request by its action, and gives the actions that it was asked. */
function answering(answer: (action: string, signal: AbortSignal) => Promise<HttpResponse>): string[] {
  const asked: string[] = [];
  vi.spyOn(NodeHttpHandler.prototype, 'handle').mockImplementation(async ({ body }, options) => {
    const action = new URLSearchParams(String(body)).get('Action') ?? '';
    asked.push(action);
    return { response: await answer(action, options?.abortSignal as AbortSignal) };
  });
  return asked;
}

const isLook = (action: string) => action.startsWith('Describe');
const response = (statusCode: number) => new HttpResponse({ statusCode, headers: {} });

const CHANGES: [string, string, (aws: AwsAccess) => Promise<unknown>][] = [
  ['DescribeInstances', 'RebootInstances', (aws) => sickInstances(aws).reboot('i-1')],
  ['DescribeTargetHealth', 'RegisterTargets', (aws) => targetGroups(aws).register(ARN, 'i-1', 80)],
  ['DescribeTargetHealth', 'DeregisterTargets', (aws) => targetGroups(aws).deregister(ARN, 'i-1', 80)],
  [
    'DescribeInstanceHealth',
    'RegisterInstancesWithLoadBalancer',
    (aws) => classicLoadBalancers(aws).register('web', 'i-1'),
  ],
  [
    'DescribeInstanceHealth',
    'DeregisterInstancesFromLoadBalancer',
    (aws) => classicLoadBalancers(aws).deregister('web', 'i-1'),
  ],
];

/** Makes a change while its record is kept, and gives that. */
async function recorded(change: (aws: AwsAccess) => Promise<unknown>): Promise<readonly AuditedAction[]> {
  const trail: AuditedAction[] = [];
  await trailing(trail, 's3://notes/', () => change(awsAccess({ region: 'eu-central-1' })));
  return trail;
}

describe('a look for the sake of a record', () => {
  beforeEach(() => {
    // A client that was never asked is slower than a second on a slow machine.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it.each(CHANGES)('by %s is tried once when it is throttled, and %s is made at once', async (look, action, change) => {
    const asked = answering(async (name) => response(isLook(name) ? 503 : 200));
    const trail = await recorded(change);
    expect(asked).toEqual([look, action]);
    expect(trail).toMatchObject([{ action, outcome: 'done' }]);
    expect(trail[0]?.before).toBeUndefined();
  });

  it('is ended when it has no answer within a second, and the change is made then', async () => {
    const ended = vi.fn();
    const { promise: isAsked, resolve: hasAsked } = Promise.withResolvers<void>();
    const asked = answering(async (name, signal) => {
      if (!isLook(name)) return response(200);
      hasAsked();
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended();
          reject(Object.assign(new Error('aborted'), { name: 'AbortError' }));
        });
      });
    });
    const changed = recorded((aws) => sickInstances(aws).reboot('i-1'));
    await isAsked;
    await vi.advanceTimersByTimeAsync(999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    const trail = await changed;
    expect([asked, ended.mock.calls.length]).toEqual([['DescribeInstances', 'RebootInstances'], 1]);
    expect(trail).toMatchObject([{ action: 'RebootInstances', outcome: 'done' }]);
  });

  it('without an answer is the last of its step, and another step looks again', async () => {
    const look = vi.fn(() => Promise.reject(new Error('Throttling')));
    for (const _ of ['one', 'another'])
      await trailing([], 's3://notes/', async () => {
        for (const target of ['web', 'shop', 'mail']) await lookBefore(target, look);
      });
    expect(look).toHaveBeenCalledTimes(2);
  });
});
