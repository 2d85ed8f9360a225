import { expect, test } from 'vitest';
import { emptyBoard } from '../../../../rehearsal/demo/board.ts';
import type { Departure } from '../../../../rehearsal/demo/departure.ts';
import { duration } from '../../../../rehearsal/demo/duration.ts';
import { complaintsAbout, type Ending } from '../../../../rehearsal/demo/ending.ts';
import { summarize } from '../../../../rehearsal/demo/summary.ts';
import type { LoadReport } from '../../../../rehearsal/load/load-report.ts';
import type { Usage } from '../../../../rehearsal/usage.ts';

const blocker = 'default/shop-1: PodDisruptionBudget default/shop allows 0 disruptions (9 healthy, 9 wanted)';
const left: Departure = {
  occasion: 'scale-in',
  instanceId: 'g',
  saidAt: 0,
  goesAt: undefined,
  emptyAt: 40_000,
  goneAt: 400_000,
  opensUntil: 100_000,
  blockers: [blocker],
};
const load: LoadReport = { sent: 101, answered: 100, failed: 0, open: 1, byReason: {}, firstFailures: [] };
const good: Ending = {
  goodWorkers: ['a', 'b', 'c', 'd', 'e'],
  workersWanted: 5,
  departuresWanted: 1,
  departures: [left],
  load,
  trouble: [],
  terminated: ['f'],
  causes: ['time is up'],
  diagnoses: ['s3://bucket/diagnosis/f'],
  leftovers: [],
  etcd: undefined,
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

test('an etcd that lost something, or whose snapshot nobody proved, is complained about', () => {
  const etcd = { version: '3.5.17', proven: 1, replaced: true, voters: 3, objects: 141, wanted: 141 };

  expect(complaintsAbout({ ...good, etcd })).toEqual([]);
  expect(complaintsAbout({ ...good, etcd: { ...etcd, proven: 0, replaced: false, voters: 2, objects: 140 } })).toEqual([
    'no snapshot of etcd was proven',
    'the lost member of etcd was not replaced',
    '2 members of etcd vote, not 3',
    'etcd has 140 objects, and 141 were put there',
  ]);
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

test('requests that failed are a complaint with the first of them, and so is load that never was', () => {
  const failure = {
    at: '2026-03-02T09:00:00.000Z',
    door: 'demo-nlb',
    reason: 'node-silent',
    instanceId: 'g',
    afterMs: 0,
  } as const;
  const failing: LoadReport = { ...load, failed: 1, byReason: { 'node-silent': 1 }, firstFailures: [failure] };

  expect(complaintsAbout({ ...good, load: failing })).toEqual([
    '1 of 101 requests failed, among them:',
    '2026-03-02T09:00:00.000Z a request through demo-nlb opened a connection to a node that does not answer (g)',
  ]);
  expect(complaintsAbout({ ...good, load: undefined })).toEqual(['no request was answered']);
  expect(complaintsAbout({ ...good, load: { ...load, answered: 0 } })).toEqual(['no request was answered']);
});

test('where two minutes are less than the load balancer took, that is said beside the failures', () => {
  const failing: LoadReport = { ...load, failed: 1 };
  const spot: Departure = { ...left, occasion: 'spot interruption', instanceId: 's', goesAt: 120_000, goneAt: 114_000 };
  const complaints = (opensUntil: number) =>
    complaintsAbout({ ...good, load: failing, departuresWanted: 2, departures: [left, { ...spot, opensUntil }] });

  expect(complaints(131_000).at(-1)).toBe(
    'The NLB opened connections to s until 2m11s after the warning, and EC2 gives it 2m00s: with this luck no drain saves all of them.',
  );
  expect(complaints(60_000)).toEqual(['1 of 101 requests failed, among them:']);
});

test('each departure that did not come as it should is a complaint', () => {
  const complaints = (departure: Partial<Departure>) =>
    complaintsAbout({ ...good, departures: [{ ...left, ...departure }] });

  expect(complaints({ blockers: [] })).toEqual([
    'the scale-in did not wait for the budget, or nobody was told why it waited',
  ]);
  expect(complaints({ emptyAt: undefined })).toEqual(['g was never empty (scale-in)']);
  expect(complaints({ goneAt: undefined })).toEqual(['g is still there (scale-in)']);
  expect(complaints({ goesAt: 30_000 })).toEqual(['g was empty 10s too late (scale-in)']);
  expect(complaintsAbout({ ...good, departures: [] })).toEqual([
    '0 instances left, not 1',
    'the scale-in did not wait for the budget, or nobody was told why it waited',
  ]);
});

test('an execution that failed beside that of the bad instance, and what stopped the story, are complaints', () => {
  expect(
    complaintsAbout({ ...good, causes: ['time is up', 'a drain'], trouble: ['no spot instance is in service'] }),
  ).toEqual(['no spot instance is in service', '2 executions failed, not 1']);
});

test('the summary tells compute apart from everything else, and what is paid by the month', () => {
  const text = summarize({
    board: emptyBoard('demo-workers'),
    ending: good,
    usage,
    departures: { ...usage, stateTransitions: 400, logBytes: 0 },
    tookMs: 65_000,
  }).join('\n');

  expect(text).toContain('1m05s');
  expect(text).toContain(
    'compute (Step Functions, Lambda) $0.0250; logs, S3, secrets, KMS and messages $0.0005; all in $0.0255',
  );
  expect(text).toContain('20 metrics $6.00');
  expect(text).toContain('of these for the 1 that left: 400 state transitions');
  expect(text).toContain('of these for those that left: $0.0100');
  expect(text).toContain('  g  scale-in: empty after 40s, gone after 6m40s');
  expect(text).toContain(blocker);
  expect(text).toContain('101 sent, 100 answered, 1 open at the end, 0 failed');
  expect(text).toContain('All is well: 5 workers in service');
});

test('durations are written as people read them', () => {
  expect([400, 59_400, 185_000, 3_725_000].map(duration)).toEqual(['0s', '59s', '3m05s', '1h02m']);
});
