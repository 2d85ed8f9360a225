import { describe, expect, it } from 'vitest';
import { beginUpdate } from '../../../src/updates/begin-update.ts';
import type { DescribedGroup, UpdateRecord } from '../../../src/updates/ports.ts';
import { settleUpdate } from '../../../src/updates/settle-update.ts';
import { UpdateModel } from '../../support/updates/model.ts';
import { aRecord } from '../../support/updates/record.ts';

const now = new Date('2026-03-01T12:00:00Z');
const asked = { cluster: 'demo', groupName: 'workers', execution: 'one', why: 'somebody pressed Stop' };

/** A group of three, and a record that is kept. */
function world(record: UpdateRecord | undefined, group: Partial<DescribedGroup> = {}) {
  const model = new UpdateModel({ nodes: 3, room: 3, random: () => 0.5 });
  const did: string[] = [];
  const state: { record: UpdateRecord | undefined; others: readonly UpdateRecord[] } = { record, others: [] };
  const described = { ...model.group, ...group };
  const nodes = model.group.members.map(({ instanceId }, index) => ({
    name: `node-${index}`,
    instanceId,
    ready: true,
    outdated: index === 0,
    held: false,
    heldByUs: false,
    owner: '',
  }));
  const services = {
    records: {
      read: async () => state.record && { record: state.record, etag: '1' },
      write: async (written: UpdateRecord) => {
        state.record = written;
        return { etag: '2' };
      },
      keep: async () => {
        did.push('keep');
      },
      ofCluster: async (): Promise<readonly UpdateRecord[]> => state.others,
    },
    groups: {
      describe: async () => described,
      pin: async (_: string, __: string, version: string) => {
        did.push(`pin ${version}`);
      },
      resume: async (_: string, processes: readonly string[]) => {
        did.push(`resume ${processes.join()}`);
      },
      suspend: async (_: string, processes: readonly string[]) => {
        did.push(`suspend ${processes.join()}`);
      },
    },
    nodes: {
      list: async () => nodes,
      mark: async (name: string) => {
        did.push(`unmark ${name}`);
      },
    },
    workflows: { isRunning: async (execution: string) => execution === 'other' },
  };
  return { services, did, state };
}

describe('settling', () => {
  it('stops an update whose execution died, resumes first, and leaves the group with what is proven', async () => {
    const { services, did, state } = world(aRecord(), { version: '2' });
    expect(await settleUpdate(asked, services, now)).toMatchObject({ outcome: 'settled', status: 'stopped' });
    expect(did).toEqual(['resume AZRebalance,ReplaceUnhealthy', 'unmark node-0', 'pin 1', 'keep']);
    expect(state.record).toMatchObject({ settled: true, suspended: [], why: 'somebody pressed Stop' });
    expect(await settleUpdate(asked, services, now)).toMatchObject({ outcome: 'none' });
  });

  it('leaves what EKS has begun to be watched again, and stops what EKS was not asked for yet', async () => {
    const managed = { clusterName: 'demo', nodeGroup: 'general', askedAt: '', updateId: '', refused: '' };
    const before = aRecord({ way: 'managed', phase: 'waves', suspended: [] });
    const atEks = world({ ...before, managed: { ...managed, askedAt: '2026-03-01T11:00:00Z', updateId: 'u' } });
    await settleUpdate(asked, atEks.services, now);
    expect(atEks.state.record).toMatchObject({
      status: 'waiting',
      waitsFor: 'EKS',
      settled: true,
      why: 'somebody pressed Stop; EKS goes on with node group general, and is watched again soon',
    });
    const early = world({ ...before, managed });
    await settleUpdate(asked, early.services, now);
    expect(early.state.record).toMatchObject({ status: 'stopped', why: 'somebody pressed Stop' });
  });

  it('ends one that waits for a group that is gone', async () => {
    const waits = world(aRecord({ status: 'waiting', waitsFor: 'window', settled: true }));
    expect(await settleUpdate(asked, waits.services, now)).toMatchObject({ outcome: 'none' });
    const gone = { ...waits.services.groups, describe: async () => undefined };
    const settled = await settleUpdate(asked, { ...waits.services, groups: gone }, now);
    expect(settled).toMatchObject({
      outcome: 'settled',
      status: 'stopped',
      why: 'group workers is gone',
      groupIsGone: true,
    });
    const stops = world(aRecord({ status: 'stopped', why: 'group workers is gone' }));
    const told = await settleUpdate(asked, { ...stops.services, groups: gone }, now);
    expect(told).toMatchObject({ outcome: 'settled', status: 'stopped', groupIsGone: true });
    const other = world(aRecord({ status: 'waiting', waitsFor: 'window', settled: false }));
    expect(await settleUpdate(asked, other.services, now)).toMatchObject({ outcome: 'settled', groupIsGone: false });
  });

  it('has resumed everything, and settles again, when Auto Scaling refuses the version', async () => {
    const { services, did, state } = world(aRecord(), { version: '2' });
    const refused = {
      ...services,
      groups: { ...services.groups, pin: () => Promise.reject(new Error('no such image')) },
    };
    await expect(settleUpdate(asked, refused, now)).rejects.toThrow('no such image');
    expect([did, state.record?.settled]).toEqual([['resume AZRebalance,ReplaceUnhealthy', 'unmark node-0'], false]);
  });

  it('leaves an update to the execution that works on it, and the version that somebody else has given the group', async () => {
    const running = world(aRecord({ execution: 'other' }));
    expect(await settleUpdate(asked, running.services, now)).toMatchObject({ outcome: 'not-ours' });
    expect(running.did).toEqual([]);
    const foreign = world(aRecord(), { version: '7' });
    await settleUpdate(asked, foreign.services, now);
    expect(foreign.did).not.toContain('pin 1');
  });

  it('takes its marks off a member that was detached meanwhile, unless another group’s update may have put them there', async () => {
    const detached = world(aRecord(), { members: [] });
    await settleUpdate(asked, detached.services, now);
    expect(detached.did).toContain('unmark node-0');
    const beside = world(aRecord(), { members: [] });
    beside.state.others = [aRecord({ groupName: 'blue', execution: 'other' })];
    await settleUpdate(asked, beside.services, now);
    expect(beside.did).not.toContain('unmark node-0');
  });

  it('leaves what has baked to a group whose update waits', async () => {
    const { services, did, state } = world(aRecord({ status: 'waiting', waitsFor: 'window', phase: 'waves' }), {
      version: '2',
    });
    expect(await settleUpdate(asked, services, now)).toMatchObject({ outcome: 'settled', status: 'waiting' });
    expect([did.includes('pin 1'), state.record?.endedAt]).toEqual([false, '']);
  });
});

describe('beginning', () => {
  const launches = (version: string) => ({ launchTemplateId: 'lt-1', version, imageId: `ami-${version}` });
  const plan = {
    way: 'image',
    target: launches('2'),
    previous: launches('1'),
    followed: '',
    launchedBefore: '',
    managed: null,
  } as const;
  const beginning = { ...asked, resume: false, rollBack: false, now: false, reason: 'test', by: 'ann', plan };

  it('is no conflict with itself when the answer to its write was lost', async () => {
    const { services, state } = world(undefined);
    const lost = {
      ...services,
      records: {
        ...services.records,
        write: async (record: UpdateRecord) => {
          state.record = record;
          return 'conflict' as const;
        },
      },
    };
    expect(await beginUpdate(beginning, lost, now)).toMatchObject({ begun: true });
  });

  it('waits for nobody’s record that is still put back', async () => {
    const { services } = world(aRecord({ status: 'stopped', settled: false, execution: 'other' }));
    expect(await beginUpdate({ ...beginning, resume: true }, services, now)).toMatchObject({ begun: false });
  });

  it('holds to what a person has said since the watch looked, and lets a person go on with what stopped', async () => {
    const stopped = aRecord({ status: 'stopped', settled: true, execution: 'before', why: 'ann ended it' });
    const watch = world(stopped);
    const wish = { ...beginning, resume: true };
    expect(await beginUpdate({ ...wish, by: 'watch-updates' }, watch.services, now)).toMatchObject({
      begun: false,
      why: expect.stringContaining('ann ended it'),
    });
    expect(watch.state.record).toBe(stopped);
    expect(await beginUpdate(wish, watch.services, now)).toMatchObject({ begun: true });
    const paused = aRecord({
      status: 'waiting',
      settled: true,
      execution: 'before',
      asked: { what: 'pause', by: 'ann', at: '', reason: 'a sale' },
    });
    expect(await beginUpdate({ ...wish, by: 'watch-updates' }, world(paused).services, now)).toMatchObject({
      begun: false,
    });
  });

  it('goes on with a bake by what was left of it, and with what was counted before there was a canary', async () => {
    const bake = {
      until: '2026-03-01T11:20:00.000Z',
      countedAt: '2026-03-01T10:45:00.000Z',
      podsNotReady: 2,
      notReady: ['default/Job/report'],
      notReadyOf: {},
      revisions: [],
      restarting: [],
      notReadySince: '2026-03-01T11:05:00.000Z',
      ownNotReady: { 'default/shop-1': '2026-03-01T11:05:00.000Z' },
      restarts: {},
    };
    const waiting = aRecord({
      status: 'waiting',
      settled: true,
      phase: 'bake',
      bake,
      updatedAt: '2026-03-01T11:10:00.000Z',
    });
    const { services, state } = world(waiting);
    await beginUpdate({ ...beginning, resume: true }, services, now);
    expect(state.record?.bake).toEqual({
      ...bake,
      until: '2026-03-01T12:10:00.000Z',
      notReadySince: '',
      ownNotReady: {},
    });
  });
});
