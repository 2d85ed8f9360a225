import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { notificationsIn, openBody } from '../../../src/signals/envelopes.ts';
import { readNotification } from '../../../src/signals/read-notification.ts';
import type { Reading, Signal } from '../../../src/signals/signal.ts';

interface Fixture {
  readonly file: string;
  readonly kind: Signal['kind'] | 'dropped' | 'malformed';
  /** Documentation page, or where else the shape is from. */
  readonly source: string;
  readonly expected: Reading | { readonly malformed: string };
}

const kinds: readonly Fixture['kind'][] = [
  'launch-hook',
  'terminate-hook',
  'spot-interruption',
  'rebalance-recommendation',
  'scheduled-maintenance',
  'instance-stopped',
  'instance-terminated',
  'instance-alarm',
  'node-problem',
  'dropped',
  'malformed',
];
const folder = resolve(import.meta.dirname, '../../fixtures/events');
const manifest: readonly Fixture[] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));

/** Before them all, so that none is too old. */
const now = new Date(0);

function read(file: string): readonly Reading[] {
  const event: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return notificationsIn(event).map(({ body }) => readNotification(openBody(body), now));
}

describe('the recorded events', () => {
  it('are all in the manifest, and all there', () => {
    const files = readdirSync(folder).filter((file) => file !== 'manifest.json');
    expect(manifest.map(({ file }) => file)).toEqual(files.toSorted());
  });

  it('cover every kind of signal, warm pools both ways, and what is dropped or malformed', () => {
    expect(new Set(manifest.map(({ kind }) => kind))).toEqual(new Set(kinds));
    const signals = manifest.flatMap(({ expected }) => ('signals' in expected ? expected.signals : []));
    const ways = signals.flatMap((signal) =>
      'hookName' in signal ? [`${signal.origin} to ${signal.destination}`] : [],
    );
    expect(new Set(ways)).toEqual(
      new Set([
        'EC2 to AutoScalingGroup',
        'EC2 to WarmPool',
        'WarmPool to AutoScalingGroup',
        'AutoScalingGroup to EC2',
        'AutoScalingGroup to WarmPool',
        'WarmPool to EC2',
      ]),
    );
  });

  it.each(manifest.filter(({ kind }) => kind !== 'malformed'))('$file is read as $kind', ({ file, kind, expected }) => {
    expect(read(file)).toEqual([expected]);
    const kindsRead = 'signals' in expected ? expected.signals.map((signal) => signal.kind) : ['dropped'];
    expect(new Set(kindsRead)).toEqual(new Set([kind]));
  });

  it.each(
    manifest.flatMap(({ file, expected }) => ('malformed' in expected ? [{ file, text: expected.malformed }] : [])),
  )('$file is refused: $text', ({ file, text }) => {
    expect(() => read(file)).toThrow(
      expect.objectContaining({ name: 'MalformedSignal', message: expect.stringContaining(text) }),
    );
  });

  it.each(manifest)('$file says where its shape is from', ({ source }) => {
    expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/|^recorded field list S3$|^made from [\w-]+\.json$/);
  });
});
