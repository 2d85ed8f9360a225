import { describe, expect, it } from 'vitest';
import { executionName, orderUpdates, type Situation } from '../../../src/images/order-updates.ts';
import type { KnownUpdate } from '../../../src/images/ports.ts';
import type { GroupReport } from '../../../src/images/watch-document.ts';

const now = new Date('2026-03-01T02:15:00Z');

function report(groupName: string, changes: Partial<GroupReport> = {}): GroupReport {
  return {
    groupName,
    role: 'worker',
    policy: 'auto',
    way: 'image',
    source: 'parameter /aws/service/x',
    verdict: 'available',
    why: 'an image is there',
    launches: { templateId: 'lt-1', version: '7', imageId: 'ami-1' },
    follows: '',
    newest: { imageId: 'ami-2', name: 'two', createdAt: '', architecture: 'x86_64' },
    version: '8',
    madeFrom: '7',
    diff: ['ImageId: ami-1 → ami-2'],
    nodes: 3,
    outdated: 3,
    wanting: [],
    boots: {},
    asked: {},
    window: { open: true, until: '', next: '', why: 'open at any time' },
    paused: null,
    maxNodeAgeDays: 0,
    told: '',
    begun: null,
    resumed: '',
    ...changes,
  };
}

function update(groupName: string, changes: Partial<KnownUpdate> = {}): KnownUpdate {
  return {
    groupName,
    status: 'done',
    execution: `arn:${groupName}`,
    settled: true,
    held: false,
    now: false,
    isEksAtWork: false,
    version: '7',
    imageId: 'ami-1',
    updatedAt: '2026-01-01T00:00:00Z',
    endedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}

function orders(changes: Partial<Situation>) {
  const situation: Situation = {
    cluster: 'demo',
    reports: [report('a')],
    updates: [],
    alive: new Set(),
    held: '',
    now,
    ...changes,
  };
  return orderUpdates(situation).map(({ kind, groupName }) => `${kind} ${groupName}`);
}

const closed = { open: false, until: '', next: '2026-03-02T02:00:00Z', why: 'closed' };

describe('an update that waits', () => {
  const waits = update('a', { status: 'waiting', version: '8', endedAt: '' });

  it('is told to go on once an hour where nothing comes of that, and others begin meanwhile', () => {
    const reports = (resumed: string) => [report('a', { resumed }), report('b')];
    expect(orders({ reports: reports(''), updates: [waits] })).toEqual(['resume a']);
    expect(orders({ reports: reports('2026-03-01T02:00:00Z'), updates: [waits] })).toEqual(['start b']);
    expect(orders({ reports: reports('2026-03-01T01:00:00Z'), updates: [waits] })).toEqual(['resume a']);
    // It went on since, and waits anew.
    const wentOn = { ...waits, updatedAt: '2026-03-01T02:10:00Z' };
    expect(orders({ reports: reports('2026-03-01T02:00:00Z'), updates: [wentOn] })).toEqual(['resume a']);
  });
});

describe('an update that EKS goes on with while nobody watches', () => {
  const reports = [report('a', { window: closed, paused: 'true' }), report('b')];
  const atEks = update('a', { status: 'waiting', isEksAtWork: true, version: '8', endedAt: '' });

  it('is watched again whatever holds others, and no other group begins until it has ended', () => {
    expect(orders({ reports, updates: [atEks] })).toEqual(['resume a']);
    expect(orders({ reports, updates: [{ ...atEks, held: true }], held: 'the andon is on' })).toEqual(['resume a']);
    const refused = [report('a', { resumed: '2026-03-01T02:00:00Z' }), report('b')];
    expect(orders({ reports: refused, updates: [atEks] })).toEqual([]);
    expect(orders({ reports, updates: [{ ...atEks, status: 'done', isEksAtWork: false }] })).toEqual(['start b']);
  });
});

describe('an update whose group is gone', () => {
  it('is ended when it waits, and holds nobody when it has stopped', () => {
    const reports = [report('b')];
    const waits = update('a', { status: 'waiting', isEksAtWork: true, version: '8', endedAt: '' });
    expect(orders({ reports, updates: [waits] })).toEqual(['settle a']);
    const stopped = update('a', { status: 'stopped', imageId: 'ami-2' });
    expect(orders({ reports, updates: [stopped] })).toEqual(['start b']);
    expect(orders({ reports: [...reports, report('a')], updates: [stopped] })).toEqual([]);
  });
});

describe('an update begins', () => {
  it('of one group at a time, workers first, the control plane last', () => {
    const reports = [report('c', { role: 'control-plane' }), report('b'), report('a')];
    expect(orders({ reports })).toEqual(['start a']);
    const running = update('a', { status: 'running', version: '8' });
    expect(orders({ reports, updates: [running], alive: new Set(['arn:a']) })).toEqual([]);
    expect(orders({ reports: [reports[0] ?? report('c'), report('b', { verdict: 'current' })] })).toEqual(['start c']);
  });

  it('with the version that leads to the image, the reason, and a name that is the same for the same minute', () => {
    const [order] = orderUpdates({
      cluster: 'demo',
      reports: [report('a')],
      updates: [],
      alive: new Set(),
      held: '',
      now,
    });
    expect(order).toMatchObject({
      name: 'update-a-8-20260301T0215',
      input: { cluster: 'demo', groupName: 'a', version: '8', reason: 'an image is there', by: 'watch-updates' },
    });
    const long = executionName(`${'x'.repeat(200)} y`, '12345678', now);
    expect(long).toMatch(/^[\w-]{1,80}$/);
    expect(long).not.toBe(executionName(`${'x'.repeat(200)} z`, '12345678', now));
  });

  it.each<[string, Partial<Situation>]>([
    ['notify', { reports: [report('a', { policy: 'notify' })] }],
    ['manual', { reports: [report('a', { policy: 'manual' })] }],
    ['an image that is bad', { reports: [report('a', { verdict: 'bad' })] }],
    ['a closed window', { reports: [report('a', { window: closed })] }],
    ['a paused group', { reports: [report('a', { paused: 'true' })] }],
    ['a group that is paused until later', { reports: [report('a', { paused: '2026-03-01T03:00:00Z' })] }],
    ['the andon', { held: 'the andon is on' }],
    [
      'an update that waits',
      { updates: [update('a', { status: 'waiting', version: '8' })], reports: [report('a', { window: closed })] },
    ],
    [
      'the same image at which another group stopped',
      {
        reports: [report('a'), report('b', { verdict: 'current' })],
        updates: [update('b', { status: 'stopped', imageId: 'ami-2' })],
      },
    ],
    [
      'one that was done today and left the group as it is',
      { updates: [update('a', { version: '8', endedAt: '2026-03-01T00:00:00Z' })] },
    ],
    [
      'one that was begun within the hour, and may have been refused',
      { reports: [report('a', { begun: { version: '8', at: '2026-03-01T01:30:00Z' } })] },
    ],
    [
      'a worker group that waits for its window, for the control plane',
      { reports: [report('c', { role: 'control-plane' }), report('a', { window: closed })] },
    ],
  ])('not with %s', (_, changes) => {
    expect(orders(changes)).toEqual([]);
  });

  it('of nodes that are old with the age that is too much', () => {
    const old = report('a', { verdict: 'old', version: '7', maxNodeAgeDays: 30 });
    const [order] = orderUpdates({ cluster: 'demo', reports: [old], updates: [], alive: new Set(), held: '', now });
    expect(order?.input).toMatchObject({ version: '7', olderThanDays: 30 });
  });

  it('after a pause that is over, and again a day after one that left the group as it is', () => {
    expect(orders({ reports: [report('a', { paused: '2026-03-01T01:00:00Z' })] })).toEqual(['start a']);
    expect(orders({ updates: [update('a', { version: '8', endedAt: '2026-02-27T00:00:00Z' })] })).toEqual(['start a']);
  });
});

describe('an update that waits', () => {
  const waiting = update('a', { status: 'waiting', version: '8' });

  it('goes on when its window opens, before another begins, and whatever the policy is by now', () => {
    const reports = [report('b'), report('a', { policy: 'manual' })];
    expect(orders({ reports, updates: [waiting] })).toEqual(['resume a']);
    expect(orders({ reports: [report('a', { window: closed })], updates: [waiting] })).toEqual([]);
    expect(orders({ reports: [report('a', { window: closed })], updates: [{ ...waiting, now: true }] })).toEqual([
      'resume a',
    ]);
  });

  it('stays where a person holds it, the andon is on, or its execution still runs', () => {
    expect(orders({ updates: [{ ...waiting, held: true }] })).toEqual([]);
    expect(orders({ updates: [waiting], held: 'the andon is on' })).toEqual([]);
    expect(orders({ updates: [waiting], alive: new Set(['arn:a']) })).toEqual([]);
  });
});

describe('an execution that died', () => {
  it('is cleaned up after, under the andon too, and nothing begins meanwhile', () => {
    const dead = update('a', { status: 'running', settled: false });
    expect(orders({ updates: [dead], held: 'the andon is on' })).toEqual(['settle a']);
    expect(orders({ reports: [report('b')], updates: [update('a', { status: 'stopped', settled: false })] })).toEqual([
      'settle a',
    ]);
    expect(orders({ updates: [dead], alive: new Set(['arn:a']) })).toEqual([]);
  });
});
