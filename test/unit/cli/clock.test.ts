import { describe, expect, it } from 'vitest';
import { byItsClock, type Deployment } from '../../../cli/deployment.ts';
import { progressOn } from '../../../cli/progress.ts';
import type { CommandContext } from '../../../cli/surroundings.ts';

const HOUR_MS = 3_600_000;

/** What a command takes for now, hours from what this machine does; a little less than it was by the time that it is compared. */
function now(clockOffsetMs: number, surroundings: () => Date): number {
  const context = { now: surroundings } as CommandContext;
  const taken = byItsClock(context, { clockOffsetMs } as Deployment).now();
  return (taken.getTime() - Date.now()) / HOUR_MS;
}

describe('the time that a command goes by', () => {
  it('is this machine’s where AWS’s is about the same, and else AWS’s', () => {
    expect(now(0, () => new Date())).toBeCloseTo(0, 1);
    expect(now(-100 * HOUR_MS, () => new Date())).toBeCloseTo(-100, 1);
  });

  it('is left alone where it is AWS’s already', () => {
    expect(now(-100 * HOUR_MS, () => new Date(Date.now() - 100 * HOUR_MS))).toBeCloseTo(-100, 1);
  });
});

describe('progress', () => {
  const told = (isTTY: boolean) => {
    let text = '';
    const sink = { isTTY, columns: 80, rows: 24, write: (more: string) => (text += more) };
    const progress = progressOn(sink);
    progress.now('EvictPods for 3 s');
    progress.line('12:00:00 EvictPods');
    progress.now('EvictPods for 4 s');
    progress.end();
    return text;
  };

  it('is plain lines without a terminal', () => {
    expect(told(false)).toBe('12:00:00 EvictPods\n');
  });

  it('is rewritten in place on a terminal, and leaves its lines there', () => {
    const text = told(true);
    expect(text).toContain('EvictPods for 3 s');
    expect(text).toContain('12:00:00 EvictPods\n');
    expect(text.indexOf('\u001b[')).toBeGreaterThan(-1);
  });
});
