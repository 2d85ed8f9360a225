import { describe, expect, it } from 'vitest';
import { beginUpdate } from '../../../src/updates/begin-update.ts';
import { windowHold } from '../../../src/updates/holds.ts';
import type { UpdateSight } from '../../../src/updates/sight.ts';
import type { UpdateRecord } from '../../../src/updates/update-record.ts';
import { UpdateModel } from '../../support/updates/model.ts';
import { aRecord } from '../../support/updates/record.ts';

const DAY = 1440;

/** A model with a window from midnight to four, each night. */
class Nightly extends UpdateModel {
  override sight(...more: Parameters<UpdateModel['sight']>): UpdateSight {
    const midnight = Math.floor(this.minutes / DAY) * DAY;
    const open = this.minutes - midnight < 240;
    const isoOf = (minutes: number) => new Date(Date.UTC(2026, 2, 1) + minutes * 60_000).toISOString();
    const times = { since: isoOf(midnight), until: isoOf(midnight + 240), next: '' };
    const window = open
      ? { open, ...times, why: 'open' }
      : { open, until: '', next: isoOf(midnight + DAY), why: 'closed' };
    return { ...super.sight(...more), window };
  }
}

function luck(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

/** Goes through the nights as the watch does, until the update is over, or so many days have passed. */
async function goesOn(model: UpdateModel, days: number, each: () => void = () => undefined): Promise<UpdateRecord> {
  await model.begin();
  const over = ['done', 'rolled-back', 'stopped'];
  const isOpen = () => model.sight().window.open;
  while (model.minutes < days * DAY && !over.includes(model.record?.status ?? '')) {
    each();
    if (model.record?.status === 'running') model.turn();
    else model.pass(15);
    if (model.record?.status === 'waiting') {
      await model.settle();
      if (isOpen() && !model.andon) await model.begin({ resume: true });
    }
  }
  return model.record as UpdateRecord;
}

it('an andon of ten hours in the middle of a wave is no time of the wave: the update is done in the next nights', async () => {
  const model = new Nightly({ nodes: 9, room: 3, random: luck() });
  let pulled = false;
  const record = await goesOn(model, 6, () => {
    if (!pulled && model.record?.phase === 'waves' && model.record.wave?.stage === 'surge') {
      pulled = true;
      model.andon = true;
    }
    if (model.andon && model.minutes > 600) model.andon = false;
  });
  expect([pulled, record.status, model.violations]).toEqual([true, 'done', []]);
  expect(record.lastWaveSeconds).toBeLessThan(4 * 3600);
});

describe('a wave', () => {
  const now = new Date('2026-03-01T02:00:00Z');
  const holds = (minutesOpen: number, minutesLeft: number, lastWaveSeconds: number) => {
    const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString();
    const window = { open: true, since: at(-minutesOpen), until: at(minutesLeft), next: '', why: '' };
    const turn = { record: aRecord({ lastWaveSeconds }), sight: { window }, now };
    return windowHold(turn as unknown as Parameters<typeof windowHold>[0])?.why;
  };

  it.each<[string, number, number, number, boolean]>([
    ['at the first second of a quarter of an hour', 0, 15, 0, true],
    ['in the first half of half an hour', 14, 16, 0, true],
    ['in its second half', 16, 14, 0, false],
    ['of ten hours, in the first half of a window of four', 60, 180, 36_000, true],
    ['of ten hours, in its second half', 180, 60, 36_000, false],
    ['of an hour, an hour before the end', 180, 60, 3600, true],
    ['of an hour, less before the end', 190, 50, 3600, false],
  ])('%s may begin: %#', (_, open, left, lasts, may) => {
    expect(holds(open, left, lasts) === undefined).toBe(may);
  });
});

describe('a person who lets the group launch the version before again, in the waves', () => {
  const inWaves = async () => {
    const model = new UpdateModel({ nodes: 6, room: 3, random: () => 0.4 });
    await model.begin();
    while (model.record?.phase !== 'waves' || model.record.pinned !== 'seen') model.turn();
    return model;
  };

  it('is not overruled: what is under way is finished, and the update stops and says so', async () => {
    const model = await inWaves();
    model.version = '1';
    const turns = [];
    for (let turn = 0; model.record?.status === 'running' && turn < 200; turn += 1) turns.push(model.turn());
    expect(turns.flatMap(({ actions }) => actions.filter(({ kind }) => kind === 'pin'))).toEqual([]);
    expect([model.version, model.record?.status]).toEqual(['1', 'stopped']);
    expect(model.record?.why).toContain('somebody let group workers launch version 1 of lt-1 again');
  });

  it('is not what one old answer of Auto Scaling is taken for', async () => {
    const model = await inWaves();
    model.version = '1';
    model.turn();
    model.version = '2';
    for (let turn = 0; model.record?.status === 'running' && turn < 500; turn += 1) model.turn();
    expect(model.record?.status).toBe('done');
  });
});

it('a group that gives way to another one keeps in mind what a dead execution before it had suspended', async () => {
  const dead = aRecord({ execution: 'dead', settled: false, suspended: ['AZRebalance', 'ReplaceUnhealthy'] });
  const rival = aRecord({ groupName: 'alpha', execution: 'alive' });
  const state = { record: dead, looks: 0 };
  const { target, previous } = dead;
  const begun = await beginUpdate(
    {
      cluster: 'demo',
      groupName: 'workers',
      execution: 'new',
      resume: true,
      rollBack: false,
      now: false,
      reason: 'test',
      by: 'ann',
      plan: { way: 'image', target, previous, followed: '', launchedBefore: '', managed: null },
    },
    {
      records: {
        read: async () => ({ record: state.record, etag: '1' }),
        write: async (record) => {
          state.record = record;
          return { etag: '1' };
        },
        keep: async () => undefined,
        // It begins at the same moment: the first look does not see it yet.
        ofCluster: async () => (state.looks++ === 0 ? [] : [rival, state.record]),
      },
      groups: {
        describe: async () => new UpdateModel({ nodes: 3, room: 1, random: () => 0.5 }).group,
        suspend: async () => undefined,
      },
      workflows: { isRunning: async (execution) => execution === 'alive' },
    },
    new Date(),
  );
  expect(begun).toEqual({ begun: false, why: 'group alpha of the cluster is updated now' });
  expect(state.record).toMatchObject({ status: 'waiting', settled: false, suspended: dead.suspended });
});
