import { ApiException } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { refusedEviction } from '../../../src/kubernetes/eviction-answers.ts';

// The answers themselves are the contract suite's; here is what no API server gives on demand.
function answer(code: number, status: object, headers: Record<string, string> = {}): ApiException<unknown> {
  return new ApiException(code, 'x', JSON.stringify({ kind: 'Status', ...status }), headers);
}

describe('the answer to an eviction', () => {
  it('is to wait when the API server is busy, as long as it says', () => {
    const message = 'too many requests, please try again later';
    expect(refusedEviction(answer(429, { message, details: { retryAfterSeconds: 7 } }))).toEqual({
      kind: 'throttled',
      retryAfterSeconds: 7,
    });
    expect(refusedEviction(answer(429, { message }, { 'retry-after': '3' }))).toMatchObject({ retryAfterSeconds: 3 });
    expect(refusedEviction(answer(429, { message }))).toMatchObject({ retryAfterSeconds: 1 });
  });

  it('is to try again when others wrote the budget all the time', () => {
    const message = 'couldn\'t update PodDisruptionBudget "web" due to conflicts';
    const details = { retryAfterSeconds: 10 };
    expect(refusedEviction(answer(504, { reason: 'Timeout', message, details }))).toEqual({
      kind: 'throttled',
      retryAfterSeconds: 10,
    });
    expect(refusedEviction(answer(409, { reason: 'Conflict', message: 'the object has been modified' }))).toMatchObject(
      {
        kind: 'throttled',
      },
    );
  });

  it('names the budget that is not counted yet', () => {
    const causes = [
      { reason: 'DisruptionBudget', message: 'The disruption budget web is still being processed by the server.' },
    ];
    const details = { causes, retryAfterSeconds: 10 };
    expect(refusedEviction(answer(429, { details }))).toMatchObject({ kind: 'blocked', budget: 'web' });
  });

  it('repeats what an admission webhook said, and what became of one', () => {
    const denied = 'admission webhook "guard.example.com" denied the request: not during business hours';
    expect(refusedEviction(answer(403, { message: denied }))).toEqual({ kind: 'refused', message: denied });
    const broken = 'Internal error occurred: failed calling webhook "guard.example.com"';
    expect(refusedEviction(answer(500, { message: broken }))).toEqual({ kind: 'refused', message: broken });
  });

  it('is none when it is about the API server or Tender’s rights', () => {
    const rights =
      'pods "a" is forbidden: User "tender" cannot create resource "pods/eviction" in API group "" in the namespace "b"';
    expect(refusedEviction(answer(403, { message: rights }))).toBeUndefined();
    expect(refusedEviction(answer(401, { message: 'Unauthorized' }))).toBeUndefined();
    expect(refusedEviction(answer(503, { message: 'etcdserver: leader changed' }))).toBeUndefined();
    expect(refusedEviction(new Error('socket hang up'))).toBeUndefined();
  });
});
