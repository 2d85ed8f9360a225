import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { claimantOf, ExecutionArn } from '../../../src/runtime/execution-arn.ts';

const retire = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-node-retire:i-1';

describe('whom a step acts for', () => {
  it('is the execution that calls it', () => {
    expect(claimantOf(undefined, { execution: retire, workflow: 'node-retire' })).toEqual({
      owner: retire,
      workflow: 'node-retire',
    });
    expect(claimantOf(undefined, { execution: undefined, workflow: undefined })).toEqual({
      owner: 'none',
      workflow: 'none',
    });
  });

  it('is the owner where one is named, whose workflow its ARN tells', () => {
    const drain = { execution: retire.replace('retire', 'drain'), workflow: 'tender-dev-node-drain' };
    expect(claimantOf(retire, drain)).toEqual({ owner: retire, workflow: 'tender-dev-node-retire' });
  });

  it('is named by the ARN of an execution and by nothing else', () => {
    const accepts = (text: string) => z.safeParse(ExecutionArn, text).success;
    expect(accepts(retire)).toBe(true);
    expect(accepts(retire.replace('arn:aws:', 'arn:aws-us-gov:').replace(':execution:', ':express:'))).toBe(true);
    expect(accepts(retire.replace(':execution:', ':stateMachine:'))).toBe(false);
    expect(accepts('node-retire')).toBe(false);
  });
});
