import { describe, expect, it } from 'vitest';
import type { EndedExecution, Ledger, Work } from '../../../src/health/ledger.ts';
import type { Observations, ObservedGroup } from '../../../src/health/observations.ts';
import { aCluster, aCondition, minute, type Sickness } from '../../support/health/observed.ts';
import { idle, type Pass, pass, said, watch } from '../../support/health/watch.ts';

const id = 'i-workers-0003';
const notReady: Sickness = { conditions: [aCondition('Ready', 'False', 0)] };
/** Serves still. */
const deadlock: Sickness = { conditions: [aCondition('KernelDeadlock', 'True', -60)] };

const work = (instanceId: string, changes: Partial<Work> = {}): Work => ({
  instanceId,
  nodeName: '',
  groupName: 'workers',
  zone: 'us-east-1a',
  workflow: 'node-repair',
  execution: `repair-${instanceId}-20260301T120000`,
  reason: 'NotReady',
  since: minute(5),
  ...changes,
});

interface Case {
  readonly sick?: Readonly<Record<number, Sickness>>;
  readonly group?: Partial<ObservedGroup>;
  readonly seen?: Partial<Observations>;
  readonly ledger?: Ledger;
  readonly size?: number;
}

/** A pass at minute 20, while the third node is being repaired. */
function passOf({ sick = {}, group = {}, seen = {}, size = 10, ledger }: Case): Pass {
  const known = ledger ?? { ended: [], work: { value: [work(id)] } };
  return pass(aCluster({ workers: { size, group, sick: { 3: notReady, ...sick } } }, 20, seen), { ledger: known });
}

const holdsOf = (one: Case) => passOf(one).verdict.standings[id]?.holds.map(({ of, words }) => `${of}: ${words}`);

describe('a repair that is under way', () => {
  const badImage = { failedJoins: { value: [{ launchTemplate: 'lt-1:1', inARow: 3, instances: ['i-x'] }] } };
  const short = { sick: { 3: deadlock }, group: { min: 10, desired: 11, max: 15 } };

  it.each<[string, Case, readonly string[]]>([
    ['alone is held by nothing', {}, []],
    ['with another within the limit goes on', { sick: { 4: notReady } }, []],
    [
      'stops where its group is over the limit by now',
      { sick: { 4: notReady, 5: notReady } },
      ['any: breaker: 3 of 10 unhealthy in group workers'],
    ],
    [
      'stops where most of its zone is',
      { size: 40, sick: Object.fromEntries([6, 9, 12, 15, 18, 21, 24].map((one) => [one, notReady])) },
      ['any: zone us-east-1a impaired: 8 of 13 unhealthy in the zone'],
    ],
    [
      'stops where traffic is shifted away from its zone',
      { seen: { zonalShifts: { value: [{ zone: 'us-east-1a', why: 'load balancer api' }] } } },
      ['any: zonal shift away from us-east-1a (load balancer api); 1 of 3 unhealthy in the zone'],
    ],
    [
      'is not held by the zone of others',
      { seen: { zonalShifts: { value: [{ zone: 'us-east-1b', why: 'load balancer api' }] } } },
      [],
    ],
    [
      'does not replace by an image that joins no more',
      { seen: badImage },
      ['replace: bad image: the last 3 instances of lt-1:1 did not join'],
    ],
    [
      'does not replace a node that serves while a member of its group is missing',
      short,
      ['replace: a member of group workers is missing, and replace would take it below its minimum of 10 Ready nodes'],
    ],
    ['replaces one that serves no more', { ...short, sick: {} }, []],
    [
      'waits where nobody knows what else is unwell',
      { seen: { instances: { problem: 'AccessDenied' } } },
      ['any: the instances in EC2 could not be read: AccessDenied'],
    ],
  ])('%s', (_, one, expected) => {
    expect(holdsOf(one)).toEqual(expected);
  });

  it.each<[string, Partial<ObservedGroup>, Sickness, boolean]>([
    ['with no more than its minimum: a replacement comes first', { min: 10 }, deadlock, true],
    ['with one more than its minimum: not', { min: 9 }, deadlock, false],
    ['that serves no more: not', { min: 10 }, notReady, false],
    ['of a group that cannot grow: not', { min: 10, max: 10 }, deadlock, false],
  ])('in a group %s', (_, group, sickness, expected) => {
    expect(passOf({ group, sick: { 3: sickness } }).verdict.standings[id]?.launchFirst).toBe(expected);
  });

  it('that a person began for a node that nobody finds sick stands somewhere, too', () => {
    const byHand = work('', { nodeName: 'workers-4', execution: 'by-hand' });
    const { standings } = passOf({ group: { min: 10 }, ledger: { ended: [], work: { value: [byHand] } } }).verdict;
    // The third one is sick: without the fourth two of ten are missing.
    expect(standings).toEqual({ 'i-workers-0004': { holds: [], launchFirst: true, signals: [] } });
  });

  it.each<[string, Case, readonly string[] | null]>([
    [
      'every sign that its node shows',
      { sick: { 3: { conditions: [...(notReady.conditions ?? []), ...(deadlock.conditions ?? [])] } } },
      ['NotReady', 'KernelDeadlock'],
    ],
    ['that it shows none any more', { sick: { 3: {} } }, []],
    ['nothing where its Events could not be read', { seen: { nodeEvents: { problem: 'Forbidden' } } }, null],
    ['nothing where alarms could not be read', { seen: { alarms: { problem: 'AccessDenied' } } }, null],
  ])('reads %s', (_, one, expected) => {
    expect(passOf(one).verdict.standings[id]?.signals).toEqual(expected);
  });

  it('is told with what will stop it', () => {
    expect(said(passOf({ sick: { 4: notReady, 5: notReady } }), id)).toMatch(
      /^under-way: repair .* is under way .*; it stops before its next rung: breaker: 3 of 10 unhealthy in group workers$/,
    );
    expect(said(passOf(short), id)).toMatch(/; it does not replace the node: a member of group workers is missing/);
    expect(said(passOf({}), id)).not.toContain('stops');
  });

  it('is known from the pass on that begins it', () => {
    const first = watch(5, (at) => aCluster({ workers: { size: 10, sick: { 3: notReady } } }, at));
    expect(first.verdict.standings).toEqual({ [id]: { holds: [], launchFirst: false, signals: ['NotReady'] } });
  });
});

describe('a repair that had to stop', () => {
  const stopped = (before: string, why: string, at = 12): Ledger => ({
    work: { value: [] },
    ended: [
      {
        execution: `repair-${id}-20260301T120000`,
        status: 'SUCCEEDED',
        outcome: `stopped before ${before}: ${why}`,
        at: minute(at),
      } satisfies EndedExecution,
    ],
  });
  const passes = (until: number, ledger: Ledger, changes: (at: number) => Partial<Observations> = () => ({})) =>
    watch(until, (at) => aCluster({ workers: { size: 10, sick: { 3: notReady } } }, at, changes(at)), {
      ledger: (at) => (at > 12 ? ledger : at < 6 ? idle : { ended: [], work: { value: [work(id)] } }),
    });
  const shifted = () => ({ zonalShifts: { value: [{ zone: 'us-east-1a', why: 'load balancer api' }] } });

  it.each<[string, number, Ledger, ((at: number) => Partial<Observations>) | undefined, RegExp]>([
    [
      'goes on with its reason',
      13,
      stopped('reboot', 'zone'),
      shiftedAfter(12),
      /^zone: zonal shift away from us-east-1a/,
    ],
    [
      'and as long as that holds',
      60,
      stopped('reboot', 'zone'),
      shiftedAfter(12),
      /^zone: zonal shift away from us-east-1a/,
    ],
    [
      'waits five minutes where nothing holds it any more',
      16,
      stopped('reboot', 'a'),
      undefined,
      /^ended: .*tried again$/,
    ],
    ['then begins where it stopped', 17, stopped('reboot', 'a'), undefined, /^repair: reboot, replace, page$/],
    ['not again with what was tried', 17, stopped('replace', 'a'), undefined, /^repair: replace, page$/],
    [
      'from the beginning where nothing was',
      17,
      stopped('restart', 'a'),
      undefined,
      /^repair: restart, reboot, replace, page$/,
    ],
    ['tells a person where all was tried', 17, stopped('page', 'a'), undefined, /^page: /],
    [
      'says that the image is bad where only a replacement is left',
      17,
      stopped('replace', 'bad image'),
      (at) => (at > 9 ? { failedJoins: { value: [{ launchTemplate: 'lt-1:1', inARow: 3, instances: [] }] } } : {}),
      /^bad-image: /,
    ],
  ])('%s', (_, until, ledger, changes, expected) => {
    expect(said(passes(until, ledger, changes), id)).toMatch(expected);
  });

  it('gets a number, so that it begins once', () => {
    const last = passes(17, stopped('reboot', 'a'));
    expect(last.verdict.decisions).toMatchObject([{ execution: `repair-${id}-20260301T120000-2` }]);
  });

  function shiftedAfter(minutes: number): (at: number) => Partial<Observations> {
    return (at) => (at > minutes ? shifted() : {});
  }
});
