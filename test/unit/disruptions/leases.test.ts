import { beforeEach, describe, expect, it } from 'vitest';
import { LedgerContended } from '../../../src/disruptions/errors.ts';
import { findLease } from '../../../src/disruptions/find-lease.ts';
import { noteSurge } from '../../../src/disruptions/note-surge.ts';
import type { Group, Lease, Ledgers, ServingNode } from '../../../src/disruptions/ports.ts';
import { pruneLeases } from '../../../src/disruptions/prune-leases.ts';
import { releaseLease } from '../../../src/disruptions/release-lease.ts';
import { type LeaseServices, takeLease } from '../../../src/disruptions/take-lease.ts';
import { aGroup, aLease, executionOf, fakeLedgers, noLuck, surroundings, withStates } from './builders.ts';

const budgets = { perGroup: 1, perCluster: '10%' };
const cluster = 'demo';
const healthy: ServingNode = { ready: 'True', unschedulable: false, annotations: {} };

describe('leases', () => {
  let ledgers: Ledgers;
  const stored = async () => (await ledgers.read(cluster))?.ledger.leases ?? [];
  const around = (groups: readonly Group[] = [aGroup(5)], changes: Parameters<typeof surroundings>[1] = {}) =>
    surroundings(groups, { ledgers, ...changes });
  const take = (lease: Lease, services: LeaseServices = around(), looks = 0) =>
    takeLease({ ...lease, cluster, looks }, services, budgets);

  beforeEach(() => {
    ledgers = fakeLedgers();
  });

  it('are written down when they are granted', async () => {
    expect(await take(aLease('workers-1'))).toMatchObject({ granted: true, lookAgainSeconds: 0 });
    expect(await stored()).toEqual([aLease('workers-1')]);
  });

  it('are granted again to the execution that has one, and written once', async () => {
    await take(aLease('workers-1'));
    const again = await take(aLease('workers-1', { takenAt: '2026-03-01T13:00:00.000Z' }));
    expect(again).toEqual({ granted: true, why: 'held already', lookAgainSeconds: 0 });
    expect(await stored()).toEqual([aLease('workers-1')]);
  });

  it('are refused with a time to look again, which grows from ten seconds to five minutes', async () => {
    await take(aLease('workers-1'));
    const lucky = around([aGroup(5)], { luck: { ...noLuck, random: () => 1 } });
    const waits: number[] = [];
    for (const looks of [0, 1, 2, 3, 4, 5, 6, 1000]) {
      waits.push((await take(aLease('workers-2'), lucky, looks)).lookAgainSeconds);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    expect((await take(aLease('workers-2'))).lookAgainSeconds).toBe(8);
    expect(await stored()).toHaveLength(1);
  });

  describe('that are involuntary', () => {
    const spot = (id: string) => aLease(id, { voluntary: false, reason: 'spot-interruption' });

    it('never wait, and count', async () => {
      for (const id of ['workers-1', 'workers-2']) expect((await take(spot(id))).granted).toBe(true);
      expect((await take(aLease('workers-3'))).granted).toBe(false);
      expect(await stored()).toEqual([spot('workers-1'), spot('workers-2')]);
    });

    it('ask nobody but the ledger', async () => {
      const unavailable = () => Promise.reject(new Error('not to be asked'));
      const services = around([], { groups: { ofCluster: unavailable }, instances: { describe: unavailable } });
      expect((await take(spot('workers-1'), services)).granted).toBe(true);
    });

    it('are granted when the ledger cannot be read, and say that they were not written down', async () => {
      const damaged = { ...ledgers, read: () => Promise.reject(new TypeError('unreadable')) };
      expect(await take(spot('workers-1'), around([], { ledgers: damaged }))).toEqual({
        granted: true,
        why: 'cannot wait; not written down: TypeError: unreadable',
        lookAgainSeconds: 0,
      });
      await expect(take(aLease('workers-1'), around([], { ledgers: damaged }))).rejects.toThrow('unreadable');
    });

    it('are granted when others write all the time', async () => {
      const restless: Ledgers = { ...ledgers, write: async () => 'conflict' };
      expect(await take(spot('workers-1'), around([], { ledgers: restless }))).toMatchObject({
        granted: true,
        why: expect.stringContaining('not written down'),
      });
    });
  });

  it('that others contend for all the time are not granted: look again soon', async () => {
    const pauses: number[] = [];
    const luck = { random: () => 0.5, pause: async (ms: number) => void pauses.push(ms) };
    const restless: Ledgers = { ...ledgers, write: async () => 'conflict' };
    expect(await take(aLease('workers-1'), around([aGroup(5)], { ledgers: restless, luck }))).toEqual({
      granted: false,
      why: 'others take and release leases at this moment: look again',
      lookAgainSeconds: 6,
    });
    expect(pauses).toEqual([50, 100, 200, 400, 400]);
  });

  describe('that nobody released', () => {
    const dead = executionOf('workers-1');
    const serving = { 'node-workers-1': healthy };
    const next = (groups: readonly Group[], changes: Parameters<typeof surroundings>[1]) =>
      take(aLease('workers-2'), around(groups, changes));

    beforeEach(() => take(aLease('workers-1')));

    it.each(['terminated', undefined])('are dropped when EC2 says of their instance: %s', async (state) => {
      const replaced = aGroup(6, { desiredCapacity: 5 });
      const groups = [withStates(replaced, { 'workers-1': undefined })];
      expect((await next(groups, { states: { 'workers-1': state } })).granted).toBe(true);
      expect((await stored()).map(({ instanceId }) => instanceId)).toEqual(['workers-2']);
    });

    it('hold on to the gap until Auto Scaling has seen it, and the replacement serves', async () => {
      const states = { 'workers-1': 'terminated' };
      expect((await next([aGroup(5)], { states })).granted).toBe(false);
      expect((await next([withStates(aGroup(5), { 'workers-1': undefined })], { states })).granted).toBe(false);
    });

    it.each(['shutting-down', 'stopped', 'stopping', 'running'])('stay while EC2 says %s', async (state) => {
      expect((await next([aGroup(5)], { states: { 'workers-1': state } })).granted).toBe(false);
    });

    it('are dropped when EC2 says stopped and the instance has left its group: it may stay so for ever', async () => {
      const groups = [withStates(aGroup(6, { desiredCapacity: 5 }), { 'workers-1': undefined })];
      expect((await next(groups, { states: { 'workers-1': 'running' } })).granted).toBe(false);
      expect((await next(groups, { states: { 'workers-1': 'stopped' } })).granted).toBe(true);
    });

    it('are dropped when their execution is closed and the Node rests in a warm pool, where it is no part of the group', async () => {
      const annotations = { 'tender.sh/owner': dead, 'tender.sh/marks': 'cordon,warm-pool' };
      const serving = { 'node-workers-1': { ...healthy, unschedulable: true, annotations } };
      const states = { 'workers-1': 'running' };
      const without = withStates(aGroup(6, { desiredCapacity: 5 }), { 'workers-1': undefined });
      expect((await next([aGroup(5)], { closed: [dead], serving, states })).granted).toBe(false);
      expect((await next([without], { closed: [dead], serving, states })).granted).toBe(true);
    });

    it('are dropped when their execution is closed and the Node serves again', async () => {
      expect((await next([aGroup(5)], { closed: [dead], serving })).granted).toBe(true);
      expect((await stored()).map(({ instanceId }) => instanceId)).toEqual(['workers-2']);
    });

    it('are dropped when they had raised the capacity of a group and their execution has succeeded: it is lowered', async () => {
      ledgers = fakeLedgers();
      await take(aLease('workers-1', { surge: { desiredBefore: 4, at: '2026-03-01T12:00:00.000Z' } }));
      const succeeded = {
        describe: async (arn: string) => ({ status: arn === dead ? 'SUCCEEDED' : 'RUNNING' }) as const,
      };
      expect((await next([aGroup(5)], { executions: succeeded, serving })).granted).toBe(true);
    });

    it('stay when they have raised the capacity of a group, until that is lowered', async () => {
      const raised = aLease('workers-1', { surge: { desiredBefore: 4, at: '2026-03-01T12:00:00.000Z' } });
      ledgers = fakeLedgers();
      await take(raised);
      expect((await next([aGroup(5)], { closed: [dead], serving })).granted).toBe(false);
      await take(aLease('workers-1', { execution: 'again' }), around([aGroup(5)], { closed: [dead], serving }));
      expect(await stored()).toContainEqual(raised);
    });

    it('are dropped when their execution is closed and a retention policy keeps the instance', async () => {
      const replaced = withStates(aGroup(6, { desiredCapacity: 5 }), { 'workers-1': 'Terminating:Retained' });
      expect((await next([replaced], { closed: [dead] })).granted).toBe(true);
    });

    it.each<[string, ServingNode | undefined]>([
      ['is not ready', { ...healthy, ready: 'Unknown' }],
      ['is cordoned', { ...healthy, unschedulable: true }],
      ['carries the mark of an execution that runs', { ...healthy, annotations: { 'tender.sh/owner': 'another' } }],
      ['is not there', undefined],
    ])('stay although their execution is closed while the Node %s', async (_, node) => {
      const known = node ? { 'node-workers-1': node } : {};
      expect((await next([aGroup(5)], { closed: [dead], serving: known })).granted).toBe(false);
    });

    it('are dropped when the mark on the Node is of a dead execution', async () => {
      const marked = { ...healthy, annotations: { 'tender.sh/owner': dead } };
      expect((await next([aGroup(5)], { closed: [dead], serving: { 'node-workers-1': marked } })).granted).toBe(true);
    });

    it('stay for ten minutes while nobody knows their execution: it may be about to be started', async () => {
      const unknown = { serving, executions: { describe: async () => undefined } };
      const later = (takenAt: string) => take(aLease('workers-2', { takenAt }), around([aGroup(5)], unknown));
      expect((await later('2026-03-01T12:09:59.000Z')).granted).toBe(false);
      expect((await later('2026-03-01T12:10:00.000Z')).granted).toBe(true);
    });

    it('stay while their execution runs, and while nobody can be asked', async () => {
      const away = () => Promise.reject(new Error('away'));
      expect((await next([aGroup(5)], { serving })).granted).toBe(false);
      expect((await next([aGroup(5)], { serving, executions: { describe: away } })).granted).toBe(false);
      expect((await next([aGroup(5)], { closed: [dead], nodes: { get: away } })).granted).toBe(false);
    });

    describe('when their own instance is to be disrupted while the other of a group of two leaves', () => {
      const pair = withStates(aGroup(2), { 'workers-2': 'Terminating:Wait' });
      const another = aLease('workers-1', { execution: executionOf('another') });
      const ask = (changes: Parameters<typeof surroundings>[1]) => take(another, around([pair], changes));

      it('count for nothing once the Node serves again: both would be out', async () => {
        expect(await ask({ closed: [dead], serving })).toMatchObject({
          granted: false,
          why: expect.stringContaining('workers-2 (Terminating:Wait)'),
        });
      });

      it('count for nothing while the Node serves still, or nobody can say whether it does', async () => {
        const away = () => Promise.reject(new Error('away'));
        expect((await ask({ closed: [dead], nodes: { get: away } })).granted).toBe(false);
        expect((await ask({ serving, executions: { describe: away } })).granted).toBe(false);
        const nameless = fakeLedgers();
        await take(aLease('workers-1', { nodeName: '' }), around([aGroup(2)], { ledgers: nameless }));
        const unnamed = take({ ...another, nodeName: '' }, around([pair], { closed: [dead], ledgers: nameless }));
        expect((await unnamed).granted).toBe(false);
        expect((await ask({ serving })).granted).toBe(false);
        const held = { ...healthy, annotations: { 'tender.sh/owner': executionOf('another-one') } };
        expect((await ask({ closed: [dead], serving: { 'node-workers-1': held } })).granted).toBe(false);
      });

      it.each<[string, Parameters<typeof surroundings>[1]]>([
        ['it is cordoned', { closed: [dead], serving: { 'node-workers-1': { ...healthy, unschedulable: true } } }],
        ['it is not ready', { closed: [dead], serving: { 'node-workers-1': { ...healthy, ready: 'Unknown' } } }],
        ['it has no Node any more', { closed: [dead] }],
      ])('let it go at once while %s: that costs nothing more', async (_, changes) => {
        expect(await ask(changes)).toMatchObject({ granted: true, why: 'workers-1 is out of service already' });
      });

      it('leave it to the budget when the other serves, whatever they say', async () => {
        const away = () => Promise.reject(new Error('away'));
        const alone = around([aGroup(2)], { closed: [dead], nodes: { get: away } });
        expect(await take(another, alone)).toMatchObject({
          granted: true,
          why: expect.stringContaining('1 of at most 1'),
        });
      });
    });

    it('are not asked about when there is room anyway', async () => {
      let asked = 0;
      const nobody = {
        describe: async () => {
          asked += 1;
          return undefined;
        },
      };
      const services = around([aGroup(5), aGroup(20, { name: 'others' })], { executions: nobody });
      expect((await take(aLease('others-1', { groupName: 'others' }), services)).granted).toBe(true);
      expect(asked).toBe(0);
    });
  });

  describe('of instances that are gone', () => {
    const instanceIds = ['workers-1', 'workers-2'];
    const spot = (id: string, changes: Partial<Lease> = {}) => aLease(id, { voluntary: false, ...changes });
    const states = { 'workers-1': 'terminated', 'workers-2': undefined, 'workers-3': undefined };
    const gone = withStates(aGroup(5), { 'workers-1': undefined, 'workers-2': undefined });
    const prune = (groups: readonly Group[], changes: Parameters<typeof surroundings>[1] = {}) =>
      pruneLeases({ cluster, instanceIds }, around(groups, { states, ...changes }));

    beforeEach(async () => {
      for (const id of [...instanceIds, 'workers-3']) await take(spot(id));
    });

    it('are dropped where EC2 and Auto Scaling say so, and no others', async () => {
      expect(await prune([gone])).toEqual({ pruned: 2 });
      expect(await stored()).toEqual([spot('workers-3')]);
      expect(await prune([gone])).toEqual({ pruned: 0 });
    });

    it('stay while Auto Scaling has not seen it, or EC2 says something else by now', async () => {
      expect(await prune([aGroup(5)])).toEqual({ pruned: 0 });
      expect(await prune([gone], { states: { 'workers-1': 'running', 'workers-2': 'shutting-down' } })).toEqual({
        pruned: 0,
      });
      expect(await stored()).toHaveLength(3);
    });

    it('stay where a raised capacity is noted with them: whoever takes that back reads it there', async () => {
      const owner = executionOf('workers-1');
      await noteSurge({ cluster, instanceId: 'workers-1', owner, at: '2026-03-01T12:00:05.000Z' }, around());
      expect(await prune([gone])).toEqual({ pruned: 1 });
      expect((await stored()).map(({ instanceId }) => instanceId)).toEqual(['workers-1', 'workers-3']);
    });

    it('are left for the next look when others write all the time', async () => {
      const restless: Ledgers = { ...ledgers, write: async () => 'conflict' };
      expect(await prune([gone], { ledgers: restless })).toEqual({ pruned: 0 });
    });
  });

  describe('are given back', () => {
    it('by their owner and by nobody else', async () => {
      await take(aLease('workers-1'));
      const question = { cluster, instanceId: 'workers-1', owner: executionOf('workers-1') };
      const services = { ledgers, luck: noLuck };
      expect(await releaseLease({ ...question, owner: 'another' }, services)).toEqual({ released: false });
      expect(await releaseLease({ ...question, instanceId: 'workers-2' }, services)).toEqual({ released: false });
      expect(await releaseLease(question, services)).toEqual({ released: true });
      expect(await releaseLease(question, services)).toEqual({ released: false });
      expect(await stored()).toEqual([]);
    });

    it('or fail by name when others write all the time', async () => {
      await take(aLease('workers-1'));
      const restless: Ledgers = { ...ledgers, write: async () => 'conflict' };
      const question = { cluster, instanceId: 'workers-1', owner: executionOf('workers-1') };
      await expect(releaseLease(question, { ledgers: restless, luck: noLuck })).rejects.toBeInstanceOf(LedgerContended);
    });
  });

  describe('of those who launch first', () => {
    const question = {
      cluster,
      instanceId: 'workers-1',
      owner: executionOf('workers-1'),
      at: '2026-03-01T12:00:05.000Z',
    };
    const note = (group: Group) => noteSurge(question, around([group]));

    it('note what the desired capacity was, and keep to it', async () => {
      await take(aLease('workers-1'));
      expect(await note(aGroup(5))).toMatchObject({ noted: true, groupName: 'workers', desiredBefore: 5 });
      expect(await note(aGroup(6, { maxSize: 6 }))).toMatchObject({ noted: true, desiredBefore: 5 });
      expect(await findLease(question, ledgers)).toEqual({
        found: true,
        instanceId: 'workers-1',
        groupName: 'workers',
        desiredBefore: 5,
        surgedAt: question.at,
      });
    });

    it('wait while the group has one more for another one, and note what it is without it when that has left', async () => {
      await take(aLease('workers-1'));
      await take(aLease('workers-2', { voluntary: false }));
      expect(await note(aGroup(5))).toMatchObject({ noted: true, waits: false });
      const second = { ...question, instanceId: 'workers-2', owner: executionOf('workers-2') };
      const noteSecond = (size: number) => noteSurge(second, around([aGroup(size)]));
      expect(await noteSecond(6)).toEqual({
        noted: false,
        waits: true,
        why: 'group workers has one more for workers-1 until that has left',
        groupName: '',
        desiredBefore: -1,
        surgedAt: '',
      });
      await releaseLease(question, { ledgers, luck: noLuck });
      expect(await noteSecond(5)).toMatchObject({ noted: true, waits: false, desiredBefore: 5 });
    });

    it('wait on while the one that leaves has left its surplus behind, and no longer', async () => {
      await take(aLease('workers-1'));
      await take(aLease('workers-2', { voluntary: false }));
      await note(aGroup(5));
      const second = { ...question, instanceId: 'workers-2', owner: executionOf('workers-2') };
      const noteSecond = (desiredCapacity: number, state: string | undefined) =>
        noteSurge(second, around([withStates(aGroup(6, { desiredCapacity }), { 'workers-1': state })]));
      expect(await noteSecond(6, 'Terminating:Wait')).toMatchObject({ noted: false, waits: true });
      expect(await noteSecond(6, undefined)).toMatchObject({ noted: false, waits: true });
      expect(await noteSecond(5, 'Terminating:Wait')).toMatchObject({ noted: true, desiredBefore: 5 });
    });

    it('are found by the execution alone, which may not have come to an instance', async () => {
      await take(aLease('workers-1'));
      expect(await findLease({ ...question, instanceId: '' }, ledgers)).toMatchObject({ instanceId: 'workers-1' });
      expect(await findLease({ ...question, instanceId: '', owner: 'another' }, ledgers)).toMatchObject({
        found: false,
        instanceId: '',
      });
    });

    it('note nothing without a lease, without a group, or where the group cannot grow', async () => {
      const nothing = (why: RegExp) => ({ noted: false, desiredBefore: -1, why: expect.stringMatching(why) });
      expect(await note(aGroup(5))).toMatchObject(nothing(/holds no lease on workers-1$/));
      await take(aLease('workers-1'));
      expect(await note(aGroup(5, { name: 'others' }))).toMatchObject(nothing(/no group "workers"$/));
      expect(await note(aGroup(5, { maxSize: 5 }))).toMatchObject(nothing(/has its maximum size, 5$/));
      expect(await findLease(question, ledgers)).toMatchObject({
        found: true,
        groupName: 'workers',
        desiredBefore: -1,
      });
      expect(await findLease({ ...question, owner: 'another' }, ledgers)).toMatchObject({ found: false });
      expect(await findLease({ ...question, instanceId: 'workers-2' }, ledgers)).toMatchObject({ found: false });
    });
  });
});
