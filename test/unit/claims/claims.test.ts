import { beforeEach, describe, expect, it } from 'vitest';
import { checkClaim } from '../../../src/claims/check-claim.ts';
import { claimInstance } from '../../../src/claims/claim-instance.ts';
import { findClaim } from '../../../src/claims/find-claim.ts';
import type { Claim, ClaimStore, Execution } from '../../../src/claims/ports.ts';
import { releaseClaim } from '../../../src/claims/release-claim.ts';
import { fakeClaims, fakeExecutions } from '../../support/nodes/fake-stores.ts';
import { instanceId, later, noon } from '../../support/nodes/healthy.ts';
import { SwappedObjects } from '../../support/nodes/swapped-objects.ts';

function aClaim(owner: string, changes: Partial<Claim> = {}): Claim {
  return {
    cluster: 'demo',
    instanceId,
    owner,
    workflow: 'node-bootstrap',
    claimedAt: noon.toISOString(),
    deadline: later(900).toISOString(),
    ...changes,
  };
}

describe('claims on an instance', () => {
  let objects: SwappedObjects<Claim>;
  let claims: ClaimStore;
  const running = (...owners: string[]) =>
    fakeExecutions(Object.fromEntries(owners.map((owner): [string, Execution['status']] => [owner, 'RUNNING'])));
  const stored = async () => (await claims.read('demo', instanceId))?.claim;

  beforeEach(() => {
    objects = new SwappedObjects();
    claims = fakeClaims(objects);
  });

  it('go to whoever comes first', async () => {
    expect(await claimInstance(aClaim('a'), { claims, executions: running() })).toMatchObject({
      claimed: true,
      owner: 'a',
    });
    expect(await stored()).toEqual(aClaim('a'));
  });

  it('have one owner when fifty executions want one at once, and all learn who it is', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `execution-${index}`);
    const executions = running(...names);
    const outcomes = await Promise.all(names.map((name) => claimInstance(aClaim(name), { claims, executions })));
    expect(outcomes.filter(({ claimed }) => claimed)).toHaveLength(1);
    expect(new Set(outcomes.map(({ owner }) => owner))).toEqual(new Set([(await stored())?.owner]));
  });

  it('learn from a later signal that the instance goes, and never forget it, also when they are taken over', async () => {
    await claimInstance(aClaim('drain'), { claims, executions: running('drain') });
    const spot = aClaim('spot', { leaving: true, deadline: later(110).toISOString() });
    expect(await claimInstance(spot, { claims, executions: running('drain') })).toMatchObject({
      claimed: false,
      owner: 'drain',
    });
    expect(await stored()).toMatchObject({ owner: 'drain', leaving: true, deadline: later(110).toISOString() });
    await claimInstance(aClaim('drain'), { claims, executions: running('drain') });
    expect(await stored()).toMatchObject({ leaving: true, deadline: later(110).toISOString() });
    await claimInstance(aClaim('sweep'), { claims, executions: fakeExecutions({ drain: 'FAILED', sweep: 'RUNNING' }) });
    expect(await stored()).toEqual(aClaim('sweep', { leaving: true }));
  });

  it('forget that the instance goes once whoever was told so has succeeded: it was started again', async () => {
    const deregistered = [{ kind: 'classic', name: 'old', id: instanceId }] as const;
    for (const executions of [fakeExecutions({ stopped: 'SUCCEEDED' }), fakeExecutions({})]) {
      objects = new SwappedObjects();
      claims = fakeClaims(objects);
      await claimInstance(aClaim('stopped', { leaving: true, deregistered }), { claims, executions });
      await claimInstance(aClaim('repair'), { claims, executions });
      expect(await stored()).toEqual(aClaim('repair', { deregistered }));
    }
  });

  it('write nothing for a signal that tells nothing new', async () => {
    await claimInstance(aClaim('drain', { leaving: true }), { claims, executions: running('drain') });
    await claimInstance(aClaim('hook', { leaving: true, deadline: later(9000).toISOString() }), {
      claims,
      executions: running('drain'),
    });
    expect(objects.writes).toBe(1);
  });

  it('have the earliest deadline of all the signals that came at once', async () => {
    const names = ['rebalance', 'spot', 'hook', 'repair'];
    const executions = running(...names);
    const deadlines = [600, 120, 3600, 900].map((seconds) => later(seconds).toISOString());
    const wanted = names.map((name, index) => aClaim(name, { deadline: deadlines[index] ?? '' }));
    const outcomes = await Promise.all(wanted.map((claim) => claimInstance(claim, { claims, executions })));
    expect(outcomes.filter(({ claimed }) => claimed)).toHaveLength(1);
    expect((await stored())?.deadline).toBe(later(120).toISOString());
  });

  it('stay with their owner when another comes, whose earlier deadline counts', async () => {
    const executions = running('a', 'b');
    await claimInstance(aClaim('a'), { claims, executions });
    const outcome = await claimInstance(aClaim('b', { deadline: later(120).toISOString() }), { claims, executions });
    expect(outcome).toMatchObject({ claimed: false, owner: 'a' });
    expect(await stored()).toEqual(aClaim('a', { deadline: later(120).toISOString() }));
  });

  it('tell everybody the deadline that counts', async () => {
    const executions = running('a', 'b');
    const claim = (owner: string, seconds: number) =>
      claimInstance(aClaim(owner, { deadline: later(seconds).toISOString() }), { claims, executions });
    expect((await claim('a', 900)).deadline).toBe(later(900).toISOString());
    expect((await claim('b', 120)).deadline).toBe(later(120).toISOString());
    expect((await claim('b', 3600)).deadline).toBe(later(120).toISOString());
    expect((await claim('a', 900)).deadline).toBe(later(120).toISOString());
  });

  it('that are taken over keep what the dead execution had taken out of load balancers', async () => {
    const deregistered = [{ kind: 'classic', name: 'legacy', id: instanceId }] as const;
    await claims.write(aClaim('dead', { deregistered }), undefined);
    await claimInstance(aClaim('b'), { claims, executions: running('b') });
    expect(await stored()).toEqual(aClaim('b', { deregistered }));
  });

  it('stay with one that has ended and has noted something, for whoever does not want to change that', async () => {
    const deregistered = [{ kind: 'classic', name: 'legacy', id: instanceId }] as const;
    await claims.write(aClaim('drained', { deregistered }), undefined);
    const services = { claims, executions: fakeExecutions({ drained: 'SUCCEEDED' }) };
    const left = { claimed: false, owner: 'drained', left: true };
    expect(await claimInstance(aClaim('rebalance'), services, true)).toMatchObject(left);
    expect(await stored()).toEqual(aClaim('drained', { deregistered }));
    expect(await claimInstance(aClaim('spot'), services)).toMatchObject({ claimed: true, left: false });
    await claims.write(aClaim('drained', { instanceId: 'i-2' }), undefined);
    const free = aClaim('rebalance', { instanceId: 'i-2' });
    expect(await claimInstance(free, services, true)).toMatchObject({ claimed: true, left: false });
  });

  it('are not written for another whose deadline is later', async () => {
    const executions = running('a', 'b');
    await claimInstance(aClaim('a'), { claims, executions });
    await claimInstance(aClaim('b', { deadline: later(3600).toISOString() }), { claims, executions });
    expect([objects.writes, await stored()]).toEqual([1, aClaim('a')]);
  });

  it('keep a deadline that another signal shortened when their owner claims again', async () => {
    const executions = running('a', 'b');
    await claimInstance(aClaim('a'), { claims, executions });
    await claimInstance(aClaim('b', { deadline: later(120).toISOString() }), { claims, executions });
    expect(await claimInstance(aClaim('a'), { claims, executions })).toMatchObject({ claimed: true, owner: 'a' });
    expect((await stored())?.deadline).toBe(later(120).toISOString());
  });

  it.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', undefined] as const)(
    'are taken over when their owner is %s',
    async (status) => {
      await claimInstance(aClaim('dead'), { claims, executions: running('dead') });
      const executions = fakeExecutions(status ? { dead: status } : {});
      expect(await claimInstance(aClaim('b'), { claims, executions })).toMatchObject({ claimed: true, owner: 'b' });
      expect((await stored())?.owner).toBe('b');
    },
  );

  it('are not taken from an execution that waits to be redriven', async () => {
    await claimInstance(aClaim('a'), { claims, executions: running() });
    const executions = fakeExecutions({ a: 'PENDING_REDRIVE' });
    expect(await claimInstance(aClaim('b'), { claims, executions })).toMatchObject({ claimed: false, owner: 'a' });
  });

  it('go to one of two that take over at once', async () => {
    await claimInstance(aClaim('dead'), { claims, executions: running() });
    const executions = running('a', 'b');
    const outcomes = await Promise.all(['a', 'b'].map((name) => claimInstance(aClaim(name), { claims, executions })));
    expect(outcomes.filter(({ claimed }) => claimed)).toHaveLength(1);
  });

  it('fail loudly when they change at every look', async () => {
    const restless: ClaimStore = { ...claims, write: async () => 'conflict' };
    await expect(claimInstance(aClaim('a'), { claims: restless, executions: running() })).rejects.toMatchObject({
      name: 'ClaimContended',
      message: expect.stringContaining(`claims/demo/${instanceId}.json`),
    });
  });

  it('say who holds one, until when, and whether it goes in any case', async () => {
    const question = { cluster: 'demo', instanceId, owner: 'a' };
    expect(await checkClaim(question, claims)).toEqual({ holder: 'nobody', deadline: '', leaving: false });
    const { deadline } = await claimInstance(aClaim('a'), { claims, executions: running() });
    expect(await checkClaim(question, claims)).toEqual({ holder: 'owner', deadline, leaving: false });
    const sooner = new Date(Date.parse(deadline) - 60_000).toISOString();
    await claimInstance({ ...aClaim('b'), deadline: sooner, leaving: true }, { claims, executions: running('a') });
    const another = { ...question, owner: 'b' };
    expect(await checkClaim(another, claims)).toEqual({ holder: 'another', deadline: sooner, leaving: true });
  });

  it('are released by their owner, and by nobody else', async () => {
    const question = { cluster: 'demo', instanceId, owner: 'a' };
    await claimInstance(aClaim('a'), { claims, executions: running() });
    expect(await releaseClaim({ ...question, owner: 'b' }, claims, noon)).toEqual({ released: false });
    expect((await stored())?.owner).toBe('a');
    expect(await releaseClaim(question, claims, noon)).toEqual({ released: true });
    expect(await stored()).toBeUndefined();
    expect(await releaseClaim(question, claims, noon)).toEqual({ released: false });
  });

  describe('are found by their owner', () => {
    const claimMany = async (count: number) => {
      for (let index = 0; index < count; index += 1) {
        await claims.write(aClaim(`execution-${index}`, { instanceId: `i-${index}` }), undefined);
      }
    };

    it('among many, and those of other clusters are not looked at', async () => {
      await claimMany(60);
      await claims.write(aClaim('elsewhere', { cluster: 'demo-2', instanceId: 'i-99' }), undefined);
      expect(await findClaim({ cluster: 'demo', owner: 'execution-57' }, claims)).toEqual({ instanceId: 'i-57' });
      expect(await findClaim({ cluster: 'demo', owner: 'elsewhere' }, claims)).toEqual({ instanceId: '' });
    });

    it('beside one that cannot be read, which fails the search only when nothing is found', async () => {
      await claimMany(3);
      const damaged: ClaimStore = {
        ...claims,
        read: (cluster, id) => (id === 'i-0' ? Promise.reject(new Error('unreadable')) : claims.read(cluster, id)),
      };
      expect(await findClaim({ cluster: 'demo', owner: 'execution-2' }, damaged)).toEqual({ instanceId: 'i-2' });
      await expect(findClaim({ cluster: 'demo', owner: 'nobody' }, damaged)).rejects.toThrow('unreadable');
    });
  });

  it('are released, too, when a signal that came a moment before has changed them, and what it said goes with them', async () => {
    await claimInstance(aClaim('a'), { claims, executions: running('a') });
    let reads = 0;
    const joined: ClaimStore = {
      ...claims,
      read: async (cluster, id) => {
        const held = await claims.read(cluster, id);
        reads += 1;
        if (reads === 1) await claimInstance(aClaim('b', { leaving: true }), { claims, executions: running('a') });
        return held;
      },
    };
    expect(await releaseClaim({ cluster: 'demo', instanceId, owner: 'a' }, joined, noon)).toEqual({ released: true });
    expect(await stored()).toBeUndefined();
  });

  describe('that are offered', () => {
    const deregistered = [{ kind: 'classic', name: 'legacy', id: instanceId }] as const;
    const offer = () => releaseClaim({ cluster: 'demo', instanceId, owner: 'drain', offered: true }, claims, noon);
    const drains = (changes: Partial<Claim> = {}) =>
      claimInstance(aClaim('drain', { leaving: true, ...changes }), { claims, executions: running() });

    it('keep the note, say that nobody has the instance, and nothing else of their owner’s', async () => {
      await drains({ deregistered });
      expect(await offer()).toEqual({ released: true });
      expect(await stored()).toEqual(aClaim('drain', { deadline: noon.toISOString(), deregistered, offered: true }));
      expect(await checkClaim({ cluster: 'demo', instanceId, owner: 'drain' }, claims)).toEqual({
        holder: 'nobody',
        deadline: '',
        leaving: false,
      });
      expect(await offer()).toEqual({ released: false });
    });

    it.each(['another', 'drain'])('go to whoever comes first, with its own time: %s', async (owner) => {
      await drains({ deregistered });
      await offer();
      // The owner may run for a moment yet.
      const services = { claims, executions: running('drain', 'another', 'later') };
      const wanted = aClaim(owner, { deadline: later(3600).toISOString() });
      expect(await claimInstance(wanted, services)).toMatchObject({ claimed: true });
      expect(await stored()).toEqual({ ...wanted, deregistered });
      expect(await claimInstance(aClaim('later'), services)).toMatchObject({ claimed: false, owner });
    });
  });

  it('are not released when another has them by then', async () => {
    await claimInstance(aClaim('a'), { claims, executions: running('a') });
    let reads = 0;
    const takenOver: ClaimStore = {
      ...claims,
      read: async (cluster, id) => {
        const held = await claims.read(cluster, id);
        reads += 1;
        if (reads === 1) await claimInstance(aClaim('b'), { claims, executions: running('b') });
        return held;
      },
    };
    expect(await releaseClaim({ cluster: 'demo', instanceId, owner: 'a' }, takenOver, noon)).toEqual({
      released: false,
    });
    expect((await stored())?.owner).toBe('b');
  });

  it('are not released when they change each time, and that is said', async () => {
    await claimInstance(aClaim('a'), { claims, executions: running('a') });
    const overtaken: ClaimStore = { ...claims, delete: (cluster, id) => claims.delete(cluster, id, '"an older one"') };
    expect(await releaseClaim({ cluster: 'demo', instanceId, owner: 'a' }, overtaken, noon)).toEqual({
      released: false,
    });
    expect((await stored())?.owner).toBe('a');
  });
});
