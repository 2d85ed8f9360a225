import { describe, expect, it } from 'vitest';
import { aPlace } from '../../support/health/a-place.ts';
import { aCluster, aCondition, aPolicy, minute, type Sickness } from '../../support/health/observed.ts';

const id = 'i-workers-0003';

interface Story {
  /** How the third worker shows that it is sick. */
  readonly sickness?: (since: number) => Sickness;
  /** For how long a repair mends it, the first, the second, …; the last for all after it. */
  readonly lasts: readonly number[];
  readonly policy?: object;
  readonly hours?: number;
}

const notReady = (since: number): Sickness => ({ conditions: [aCondition('Ready', 'False', since)] });

/** Passes of every minute over a node that is sick from noon on, and that the first rung of each repair mends in two minutes. The ladders that were begun, by the minute. */
async function passesOver({ sickness = notReady, lasts, policy = {}, hours = 4 }: Story) {
  const { place, pass } = aPlace();
  const begun: string[] = [];
  let sickFrom = 0;
  let mendedFrom: number | undefined;
  const seen = (at: number) => {
    const isSick = at >= sickFrom && (mendedFrom === undefined || at < mendedFrom);
    const ready = { conditions: [aCondition('Ready', 'True', mendedFrom ?? -1440)] };
    return aCluster({ workers: { size: 10, sick: { 3: isSick ? sickness(sickFrom) : ready } } }, at);
  };
  for (let at = 0; at < hours * 60; at += 1) {
    await pass(seen, at, at, { policy: aPolicy(policy) });
    const latest = place.started[begun.length];
    if (latest !== undefined) {
      const [rung = ''] = latest.input.ladder as string[];
      begun.push(`${at} ${rung}`);
      if (rung === 'replace') break;
      mendedFrom = at + 1;
    }
    const last = place.started.at(-1);
    if (mendedFrom !== undefined && last && at === mendedFrom + 1) {
      const outcome = `mended by ${(last.input.ladder as string[])[0]}`;
      place.running.set(last.name, { status: 'SUCCEEDED', outcome, endedAt: minute(at), input: last.input });
      sickFrom = at + (lasts[begun.length - 1] ?? lasts.at(-1) ?? 0);
    }
    if (mendedFrom !== undefined && at + 1 === sickFrom) mendedFrom = undefined;
  }
  return { begun, place };
}

describe('a node that each repair mends for a while only', () => {
  it.each([3, 8, 12])('is replaced within the hour when it lasts for %i minutes', async (minutes) => {
    const { begun, place } = await passesOver({ lasts: [minutes] });
    const rungs = begun.map((one) => one.split(' ')[1]);
    expect(rungs).toEqual(['restart', 'reboot', 'replace']);
    expect(Number.parseInt(begun.at(-1) ?? '', 10)).toBeLessThan(60);
    expect(place.started.at(-1)?.input.reason).toMatch(
      /^Ready is False, although a reboot had mended it at 2026-03-01T12:\S+Z: replace, then page$/,
    );
  });

  it('is told to a person where no higher rung is left', async () => {
    const rules = [{ signal: 'NotReady', afterMinutes: 5, ladder: ['restart'] }];
    const { begun, place } = await passesOver({ lasts: [8], policy: { rules } });
    expect(begun).toEqual(['5 restart']);
    expect(place.pages).toEqual([`${id} of cluster demo needs a person`]);
  });

  it('is restarted again when it was well for longer than flapping is counted', async () => {
    const { begun } = await passesOver({ lasts: [61, 61, 600], hours: 6 });
    expect(begun).toEqual(['5 restart', '73 restart', '141 restart']);
  });

  it('is left alone when it stays well', async () => {
    const { begun, place } = await passesOver({ lasts: [6000] });
    expect([begun, place.pages, place.document?.findings]).toEqual([['5 restart'], [], []]);
    expect(place.document?.memory.mended).toEqual({});
  });

  it('begins at the first rung for another signal', async () => {
    const signals = [notReady, (since: number) => ({ conditions: [aCondition('KernelDeadlock', 'True', since)] })];
    const rules = [{ signal: 'KernelDeadlock', status: 'True', afterMinutes: 5, ladder: ['restart', 'page'] }];
    const { begun } = await passesOver({
      sickness: (since) => (since === 0 ? signals[0] : signals[1])?.(since) ?? {},
      lasts: [8, 600],
      policy: { rules },
    });
    expect(begun.map((one) => one.split(' ')[1])).toEqual(['restart', 'restart']);
  });
});
