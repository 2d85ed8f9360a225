import { describe, expect, it } from 'vitest';
import type { Ledger, Work } from '../../../src/health/ledger.ts';
import type { ObservedCondition } from '../../../src/health/observations.ts';
import { seenOr } from '../../../src/health/seen.ts';
import { aCluster, aCondition, aPolicy, minute, type Sickness } from '../../support/health/observed.ts';
import { type Pass, pass, said, type Watch, watch } from '../../support/health/watch.ts';

const id = 'i-workers-0003';
const fromReboot = 'repair: reboot, replace, page';

/** Passes over ten nodes of which the third is like this, by the minute. */
function passes(minutes: number, sickness: (at: number) => Sickness, options: Watch = {}): Pass {
  return watch(minutes, (at) => aCluster({ workers: { size: 10, sick: { 3: sickness(at) } } }, at), options);
}

describe('a condition that latches', () => {
  /** Raised at noon; the node boots at minute 20. `heard` is the condition's last heartbeat. */
  const booted =
    (heard: (at: number) => number, changes: Partial<ObservedCondition> = {}) =>
    (at: number): Sickness => ({
      node: { bootId: at < 20 ? 'boot-1' : 'boot-2' },
      conditions: [aCondition('KernelDeadlock', 'True', 0, { heardAt: minute(heard(at)), ...changes })],
    });
  const every5 = (at: number) => Math.floor(at / 5) * 5;

  it.each<[string, (at: number) => Sickness, number, string]>([
    [
      'counts while the node has not booted',
      booted((at) => at),
      19,
      'waits: KernelDeadlock is True: waits 11 min more',
    ],
    ['is over with the next boot', booted(() => 19), 20, 'well'],
    ['and stays over while nobody says it again', booted(() => 19), 90, 'well'],
    ['heartbeats of before the boot do not count', booted((at) => Math.min(at, 19.9)), 90, 'well'],
    [
      'counts from the boot when it is said again',
      booted(every5),
      54,
      'waits: KernelDeadlock is True: waits 1 min more',
    ],
    ['and is repaired after its time', booted(every5), 55, fromReboot],
  ])('%s', (_, sickness, minutes, expected) => {
    expect(said(passes(minutes, sickness), id)).toContain(expected);
  });

  it('is another one when it began after the boot', () => {
    const sickness = (at: number) => (at < 21 ? {} : booted((now) => now, { since: minute(21) })(at));

    expect(said(passes(51, sickness), id)).toBe(fromReboot);
  });

  it('is over again with the boot after that', () => {
    const sickness = (at: number) => ({ ...booted(every5)(at), node: { bootId: `boot-${Math.floor(at / 20)}` } });

    expect(said(passes(39, sickness), id)).toMatch(/^waits/);
    expect(said(passes(40, sickness), id)).toBe('well');
  });

  it('says nothing of Ready, which a kubelet that boots says anew', () => {
    const sickness = (at: number) => ({
      node: { bootId: at < 3 ? 'boot-1' : 'boot-2' },
      conditions: [aCondition('Ready', 'False', 0)],
    });

    expect(said(passes(5, sickness), id)).toMatch(/^repair/);
  });

  it('that is over leaves no breaker open and nothing to be repaired', () => {
    const last = passes(
      40,
      booted(() => 19),
    );

    expect(last.memory.subjects).toEqual({});
    expect(last.verdict.breakers.filter(({ open }) => open)).toEqual([]);
  });
});

/** Ready is this from these minutes on, and True before. */
function changingTo(...changes: readonly [number, ObservedCondition['status']][]) {
  return (at: number): Sickness => {
    const [since, status] = changes.filter(([from]) => from <= at).at(-1) ?? [-1440, 'True'];
    return { conditions: [aCondition('Ready', status, since)] };
  };
}

/** An execution that is seen at work on the third worker from a minute until before another one. */
function atWork({ from, until, ...changes }: Partial<Work> & { readonly from: number; readonly until: number }) {
  const third = { instanceId: id, nodeName: 'workers-3', groupName: 'workers', zone: 'us-east-1a' };
  const work: Work = {
    ...third,
    workflow: 'node-repair',
    execution: `repair-${id}-20260301T120100`,
    reason: '',
    since: minute(from),
    ...changes,
  };
  const ended = { execution: work.execution, status: 'SUCCEEDED', outcome: 'mended by reboot', at: minute(until) };
  return (at: number): Ledger => ({
    work: { value: at >= from && at < until ? [work] : [] },
    ended: at >= until ? [ended] : [],
  });
}

function signals({ diagnosis }: Pass): readonly string[] {
  return diagnosis.findings.flatMap(({ symptoms }) => symptoms.map(({ signal }) => signal));
}

describe('a node that comes and goes', () => {
  /** Ready changes at these minutes, and is True before the first. */
  const changing =
    (...at: readonly number[]) =>
    (now: number): Sickness => {
      const changes = at.filter((one) => one <= now);
      const status = changes.length % 2 === 0 ? 'True' : 'False';
      return { conditions: [aCondition('Ready', status, changes.at(-1) ?? -1440)] };
    };

  it.each<[string, (at: number) => Sickness, number, RegExp]>([
    ['four times within the hour is let be', changing(1, 3, 5, 7), 8, /^well$/],
    ['five times is sick', changing(1, 3, 5, 7, 9), 9, /^repair: replace, page$/],
    ['six times as well, although it is Ready', changing(1, 3, 5, 7, 9, 11), 11, /^under-way/],
    ['five times in more than an hour is let be', changing(1, 20, 40, 50, 62), 63, /^waits: Ready is False/],
    [
      'for less than a minute, twice, is seen by its times',
      (at) => ({ conditions: [aCondition('Ready', 'True', at < 2 ? -1440 : at < 4 ? 2.5 : 4.5)] }),
      9,
      /^well$/,
    ],
    [
      'for less than a minute, three times, is sick',
      (at) => ({ conditions: [aCondition('Ready', 'True', at < 2 ? -1440 : Math.min(at, 6) - 0.5)] }),
      6,
      /^under-way|^repair: replace, page$/,
    ],
  ])('%s', (_, sickness, minutes, expected) => {
    expect(said(passes(minutes, sickness), id)).toMatch(expected);
  });

  it('says how often', () => {
    expect(passes(9, changing(1, 3, 5, 7, 9)).diagnosis.findings[0]?.symptoms.map(({ words }) => words)).toContain(
      'it became Ready or not Ready 5 times within 60 minutes',
    );
  });

  it('is well again when that is an hour ago', () => {
    const policy = aPolicy({ rules: [{ signal: 'Flapping', afterMinutes: 60, ladder: ['replace'] }] });

    expect(said(passes(60, changing(1, 3, 5, 7, 9, 10), { policy }), id)).toMatch(/^waits/);
    expect(said(passes(64, changing(1, 3, 5, 7, 9, 10), { policy }), id)).toBe('well');
  });

  it('may come and go as often as the registry says', () => {
    const policy = aPolicy({ flapping: { transitions: 8, withinMinutes: 60 } });

    expect(said(passes(11, changing(1, 3, 5, 7, 9, 10), { policy }), id)).toBe('well');
  });

  it('while it joins is not counted, nor after the API server was away', () => {
    const joining = passes(10, (at) => ({ ...changing(1, 2, 3, 4, 5, 6)(at), node: { joining: at < 8 } }));
    const back = watch(10, (at) => {
      const away = { reachable: false, ready: false, failingChecks: [], latencyMs: null, problem: '' };
      const apiServer = at < 2 ? { apiServer: away } : {};
      return aCluster({ workers: { size: 10, sick: { 3: changing(1, 2, 3, 4, 5, 6)(at) } } }, at, apiServer);
    });

    expect([said(joining, id), said(back, id)]).toEqual(['well', 'well']);
  });

  describe('by what Tender does to it', () => {
    /** Silent from noon; a restart helps for two minutes, then a reboot does: Unknown, True, Unknown, False, True. */
    const mended = changingTo([0.5, 'Unknown'], [8.5, 'True'], [10.5, 'Unknown'], [17.5, 'False'], [18.5, 'True']);
    const workflows = ['node-repair', 'node-update', 'node-retire'];

    it.each(workflows)('is not counted: %s', (workflow) => {
      expect(said(passes(40, mended, { ledger: atWork({ workflow, from: 6, until: 20 }) }), id)).toBe('well');
    });

    it('is counted where nobody is at work on it', () => {
      const ledger = atWork({ instanceId: 'i-workers-0004', nodeName: 'workers-4', from: 6, until: 20 });
      const policy = aPolicy({ repair: 'notify' });

      expect(signals(passes(19, mended, { ledger, policy }))).toContain('Flapping');
    });

    it('is not counted although its repair ends between two passes, and it settles after that', () => {
      const ended = atWork({ from: 6, until: 17 });

      expect(said(passes(40, mended, { ledger: ended }), id)).toBe('well');
    });

    it('is not counted between passes of every half hour', () => {
      const seen = (at: number) => aCluster({ workers: { size: 10, sick: { 3: mended(at) } } }, at);
      const working = pass(seen(10), { ledger: atWork({ from: 6, until: 20 })(10) });
      const after = pass({ ...seen(40), memory: working.memory }, { ledger: atWork({ from: 6, until: 20 })(40) });

      expect(after.memory.nodes['uid-workers-3']?.transitions.every(({ excused }) => excused)).toBe(true);
    });

    it('is over once it is Ready again: what comes and goes after that flaps', () => {
      const later = changing(15, 20.5, 22, 26, 27, 28, 29);
      const ledger = atWork({ from: 6, until: 20 });
      const policy = aPolicy({ repair: 'notify' });

      expect(signals(passes(28, later, { ledger, policy }))).not.toContain('Flapping');
      expect(signals(passes(29, later, { ledger, policy }))).toContain('Flapping');
    });

    it('does not excuse that it is not Ready again minutes after each of its repairs', () => {
      const repairs = [6, 16, 26, 36, 46].map((from) => atWork({ from, until: from + 2 }));
      const ledger = (at: number): Ledger => ({
        work: { value: repairs.flatMap((one) => seenOr(one(at).work, [])) },
        ended: [],
      });
      const everyTen = changing(1, 7, 11, 17, 21, 27, 31, 37, 41, 47);
      const policy = aPolicy({ repair: 'notify' });

      expect(signals(passes(40, everyTen, { ledger, policy }))).not.toContain('Flapping');
      expect(signals(passes(41, everyTen, { ledger, policy }))).toContain('Flapping');
    });

    it('is not counted while nobody can say who works on what', () => {
      const unread = () => ({ work: { problem: 'AccessDenied' }, ended: [] });

      expect(signals(passes(9, changing(1, 3, 5, 7, 9), { ledger: unread }))).not.toContain('Flapping');
    });
  });

  it('by a clock ten minutes wrong is counted as anybody', () => {
    const skewed = (skew: number) => (at: number) => {
      const { conditions = [] } = changing(21, 23, 25, 27, 29)(at);
      return {
        conditions: conditions.map((one) => ({
          ...one,
          since: minute((Date.parse(one.since) - Date.parse(minute(0))) / 60_000 + skew),
        })),
      };
    };

    expect(said(passes(29, skewed(-10)), id)).toBe('repair: replace, page');
    expect(said(passes(29, skewed(10)), id)).toBe('repair: replace, page');
    expect(said(passes(28, skewed(-10)), id)).toBe('well');
  });
});
