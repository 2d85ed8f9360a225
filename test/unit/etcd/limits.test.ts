import { describe, expect, it } from 'vitest';
import { assertInTime } from '../../../src/etcd/pace.ts';
import { partBytes } from '../../../src/etcd/part-size.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

describe('partBytes', () => {
  it('is 8 MiB for every database that etcd can have, and never so small that 10,000 parts do not suffice', () => {
    expect([0, 100 * MiB, 8 * GiB, 70 * GiB].map(partBytes)).toEqual([8, 8, 8, 8].map((size) => size * MiB));
    expect(partBytes(100 * GiB)).toBe(12 * MiB);
    expect((100 * GiB) / partBytes(100 * GiB)).toBeLessThan(10_000);
  });
});

describe('assertInTime', () => {
  const startedAt = new Date('2026-11-29T10:00:00Z');
  const second = (seconds: number) => new Date(startedAt.getTime() + seconds * 1000);
  const progress = { startedAt, deadline: second(900), databaseBytes: 8 * GiB };

  it('passes at a rate that suffices', () => {
    assertInTime({ ...progress, now: second(100), readBytes: 1 * GiB });
  });

  it('fails early at one that does not, with the numbers', () => {
    expect(() => assertInTime({ ...progress, now: second(100), readBytes: 0.5 * GiB })).toThrow(
      expect.objectContaining({
        name: 'SnapshotTooSlow',
        message: expect.stringMatching(
          /^Of 8192 MiB 512 were read in 100 s\. .*the rest takes 1500 s, and 785 s are left/,
        ),
      }),
    );
  });

  it('does not judge the first seconds', () => {
    assertInTime({ ...progress, now: second(9), readBytes: 1 });
  });

  it('fails when the time is over, at any rate', () => {
    const over = expect.objectContaining({ name: 'SnapshotTooSlow' });
    expect(() => assertInTime({ ...progress, now: second(886), readBytes: 8 * GiB })).toThrow(over);
    expect(() => assertInTime({ ...progress, deadline: second(10), now: second(0), readBytes: 0 })).toThrow(over);
  });

  it('passes when the database grew meanwhile', () => {
    assertInTime({ ...progress, now: second(100), readBytes: 9 * GiB });
  });
});
