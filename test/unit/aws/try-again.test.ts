import { HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { awsAccess } from '../../../src/aws/aws-access.ts';
import { callAgain } from '../../../src/aws/try-again.ts';
import { scriptedAws } from './scripted-aws.ts';

const answering = (answer: object, more: object = {}) =>
  scriptedAws({ Invoke: () => ({ Payload: Buffer.from(JSON.stringify(answer)), ...more }) });
const routed = (...outcomes: string[]) => ({
  routed: outcomes.map((outcome) => ({ outcome, detail: `detail of ${outcome}` })),
  batchItemFailures: [],
  problems: [],
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('a function that is called again', () => {
  it.each([
    ['done', routed('started', 'already-started'), {}],
    ['done', { due: 3 }, {}],
    ['dropped', routed('dropped'), {}],
    ['dropped', routed('started', 'dropped'), {}],
    ['failed', { ...routed('started'), problems: ['unreadable'] }, {}],
    ['failed', { errorType: 'AwsUnavailable', errorMessage: 'away' }, { FunctionError: 'Unhandled' }],
  ])('is %s when it answers %j', async (outcome, answer, more) => {
    expect(await callAgain(answering(answer, more), 'router', {})).toMatchObject({ outcome });
  });

  it('says why it dropped a signal', async () => {
    expect(await callAgain(answering(routed('started', 'dropped')), 'router', {})).toMatchObject({
      words: 'started detail of started; dropped detail of dropped',
    });
  });

  it('is asked once, and waited for longer than it may take', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    const handle = vi
      .spyOn(NodeHttpHandler.prototype, 'handle')
      .mockResolvedValue({ response: new HttpResponse({ statusCode: 503, headers: {} }) });
    const call = callAgain(awsAccess({ region: 'eu-central-1' }), 'router', {});
    await expect(call).rejects.toMatchObject({ name: 'AwsUnavailable' });
    expect(handle.mock.calls.map(([, options]) => (options?.requestTimeout ?? 0) > 60_000)).toEqual([true]);
  });
});
