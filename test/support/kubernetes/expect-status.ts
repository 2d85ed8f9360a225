import { expect } from 'vitest';
import type { KubernetesAnswer, KubernetesObject } from './contract-target.ts';

/** What a refusal says; everything else of a Status is the same for all. */
export interface ExpectedStatus {
  readonly code: number;
  /** A few refusals of the server have none. */
  readonly reason?: string;
  /** A pattern only where the server names something that differs from run to run. */
  readonly message: string | RegExp;
  readonly details?: KubernetesObject;
}

/** Compares the whole Status body, field by field: clients decide by reason and cause, people by message. */
export function expectStatus(answer: KubernetesAnswer, expected: ExpectedStatus): void {
  const { message, details } = expected;
  expect(answer.body).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
    ...(expected.reason === undefined ? {} : { reason: expected.reason }),
    ...(details === undefined ? {} : { details }),
    code: expected.code,
  });
  expect(answer.status).toBe(expected.code);
}
