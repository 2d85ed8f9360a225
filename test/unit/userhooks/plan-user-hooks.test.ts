import { describe, expect, it } from 'vitest';
import { hooksAt } from '../../../src/clusters/user-hooks.ts';
import { chooseHooks, type Hook } from '../../../src/userhooks/choose-hooks.ts';
import { planUserHooks } from '../../../src/userhooks/plan-user-hooks.ts';
import type { HookRuns } from '../../../src/userhooks/ports.ts';

const now = new Date('2026-03-02T09:00:00Z');
const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();

type Registered = Hook & { readonly at: 'before-drain' | 'after-drain'; readonly groups?: string[] };

function hook(name: string, more: Partial<Registered> = {}): Registered {
  const run = { kind: 'lambda' as const, arn: `arn:aws:lambda:us-east-1:111111111111:function:tender-hook-${name}` };
  return { name, at: 'before-drain', run, timeoutSeconds: 60, onFailure: 'continue', ...more };
}
const wanted = { point: 'before-drain', deadline: '', voluntary: true };

describe('which hooks are run', () => {
  it('are those of the point and of the group, in their order, each with its own time', () => {
    const hooks = [
      hook('one', { timeoutSeconds: 3_600, onFailure: 'block' }),
      hook('of-others', { groups: ['others'] }),
      hook('later', { at: 'after-drain' }),
      hook('two', { groups: ['workers'] }),
    ];
    const plan = chooseHooks(hooksAt(hooks, 'before-drain', 'workers'), wanted, now);
    expect(plan.hooks.map(({ name, timeoutSeconds, blocks }) => [name, timeoutSeconds, blocks])).toEqual([
      ['one', 3_600, true],
      ['two', 60, false],
    ]);
    expect(chooseHooks(hooksAt(hooks, 'before-drain', ''), wanted, now).hooks.map(({ name }) => name)).toEqual([
      'one',
      'of-others',
      'two',
    ]);
  });

  it('hold nothing that goes in any case', () => {
    const plan = chooseHooks([hook('one', { onFailure: 'block' })], { ...wanted, voluntary: false }, now);
    expect(plan.hooks[0]?.blocks).toBe(false);
  });

  it.each([
    ['before-drain', 110, [27], []],
    ['before-drain', 400, [60, 40], ['three']],
    ['after-drain', 200, [60, 60, 20], []],
    ['after-drain', 63, [], ['one', 'two', 'three']],
    ['before-terminate', -5, [], ['one', 'two', 'three']],
  ])('have at %s, %s s before the end, %j seconds; %j are skipped', (point, seconds, times, skipped) => {
    const hooks = ['one', 'two', 'three'].map((name) => hook(name));
    const plan = chooseHooks(hooks, { ...wanted, point, deadline: inSeconds(seconds) }, now);
    expect(plan.hooks.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual(times);
    expect(plan.skipped).toEqual(times.length === 1 ? ['two', 'three'] : skipped);
  });
});

describe('a departure', () => {
  const execution = (machine: string, name: string) =>
    `arn:aws:states:us-east-1:111111111111:execution:tender-dev-${machine}:${name}`;
  const retirement = execution('node-retire', 'a');
  const asked = { ...wanted, cluster: 'demo', instanceId: 'i-0abc', owner: execution('node-retire', 'b') };

  function store(noted?: HookRuns) {
    const written: HookRuns[] = [];
    return {
      written,
      read: async () => noted && { runs: noted, etag: '"1"' },
      write: async (_cluster: string, _instance: string, runs: HookRuns) => {
        written.push(runs);
        return 'written' as const;
      },
    };
  }
  const owners = (status?: string, endedAt?: string) => ({
    describe: async () =>
      status === undefined ? undefined : { status, endedAt: endedAt ? new Date(endedAt) : undefined },
  });

  it.each([
    ['a retirement that has just ended well', retirement, 'SUCCEEDED', inSeconds(-60), 0],
    ['a retirement that runs', retirement, 'RUNNING', undefined, 0],
    ['a retirement that failed, and was put back', retirement, 'FAILED', inSeconds(-60), 1],
    ['a retirement of last week', retirement, 'SUCCEEDED', inSeconds(-600_000), 1],
    ['a retirement that nobody remembers', retirement, undefined, undefined, 1],
    ['a drain by hand, which left the node', execution('node-drain', 'c'), 'SUCCEEDED', inSeconds(-60), 1],
  ])('after %s', async (_what, owner, status, endedAt, count) => {
    const runs = store({ owner, points: ['before-drain'] });
    const going = { ...asked, voluntary: false };
    const plan = await planUserHooks(going, [hook('one')], { runs, owners: owners(status, endedAt) }, now);
    expect(plan.hooks).toHaveLength(count);
    expect(runs.written).toEqual(count === 0 ? [] : [{ owner: asked.owner, points: ['before-drain'] }]);
  });

  it('by choice has its hooks in any case', async () => {
    const runs = store({ owner: retirement, points: ['before-drain'] });
    const plan = await planUserHooks(asked, [hook('one')], { runs, owners: owners('RUNNING') }, now);
    expect(plan.hooks).toHaveLength(1);
  });

  it('remembers every point of its own, and has none to note without hooks or without an instance', async () => {
    const runs = store({ owner: asked.owner, points: ['before-drain'] });
    const after = { ...asked, point: 'after-drain' };
    await planUserHooks(after, [hook('two', { at: 'after-drain' })], { runs, owners: owners() }, now);
    await planUserHooks(after, [], { runs, owners: owners() }, now);
    await planUserHooks(
      { ...after, instanceId: '' },
      [hook('two', { at: 'after-drain' })],
      { runs, owners: owners() },
      now,
    );
    expect(runs.written).toEqual([{ owner: asked.owner, points: ['before-drain', 'after-drain'] }]);
  });
});
