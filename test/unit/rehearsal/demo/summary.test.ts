import { expect, test } from 'vitest';
import { emptyBoard } from '../../../../rehearsal/demo/board.ts';
import { duration } from '../../../../rehearsal/demo/duration.ts';
import { complaintsAbout, type Ending } from '../../../../rehearsal/demo/ending.ts';
import { summarize } from '../../../../rehearsal/demo/summary.ts';
import type { Usage } from '../../../../rehearsal/usage.ts';

const good: Ending = {
  goodWorkers: ['a', 'b', 'c', 'd', 'e'],
  workersWanted: 5,
  terminated: ['f'],
  causes: ['time is up'],
  diagnoses: ['s3://bucket/diagnosis/f'],
  leftovers: [],
};
const usage: Usage = {
  stateTransitions: 1_000,
  lambdaInvocations: 0,
  lambdaMs: 0,
  lambdaGigabyteSeconds: 0,
  logBytes: 1_000_000,
  s3Writes: 0,
  s3Reads: 0,
  secretsManagerCalls: 0,
  kmsRequests: 0,
  snsPublishes: 0,
  apiCalls: 12,
  throttles: 1,
  callsByOperation: [['ec2:DescribeInstances', 12]],
  customMetrics: 20,
};

test('a story that went well has nothing to complain about', () => {
  expect(complaintsAbout(good)).toEqual([]);
});

test('each thing that did not end as it should is a complaint of its own', () => {
  const bad: Ending = { ...good, goodWorkers: ['a'], terminated: [], diagnoses: [], leftovers: ['token x'] };

  expect(complaintsAbout(bad)).toEqual([
    '1 good workers are in service, not 5',
    '0 instances were given back and terminated, not 1',
    'there are 0 diagnoses, not 1',
    'left behind: token x',
  ]);
});

test('the summary tells compute apart from everything else, and what is paid by the month', () => {
  const text = summarize({ board: emptyBoard('demo-workers'), ending: good, usage, tookMs: 65_000 }).join('\n');

  expect(text).toContain('1m05s');
  expect(text).toContain(
    'compute (Step Functions, Lambda) $0.0250; logs, S3, secrets, KMS and messages $0.0005; all in $0.0255',
  );
  expect(text).toContain('20 metrics $6.00');
  expect(text).toContain('All is well: 5 workers in service');
});

test('durations are written as people read them', () => {
  expect([400, 59_400, 185_000, 3_725_000].map(duration)).toEqual(['0s', '59s', '3m05s', '1h02m']);
});
