import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseWorkflow } from '../../../src/signals/choose-workflow.ts';
import type { HookSignal } from '../../../src/signals/signal.ts';

const launch: HookSignal = {
  kind: 'launch-hook',
  groupName: 'demo-workers',
  instanceId: 'i-0123456789abcdef0',
  hookName: 'tender-launch',
  token: '87654321-4321-4321-4321-210987654321',
  at: '2026-03-01T12:00:00Z',
};
const terminate: HookSignal = { ...launch, kind: 'terminate-hook', hookName: 'tender-terminate' };
const ours = { 'tender:cluster': 'demo' };
const group = (tags: Record<string, string> = ours, elsewhere = false) => ({ tags, elsewhere });

const nameOf = (signal: HookSignal, tags: Record<string, string> = ours) => {
  const choice = chooseWorkflow(signal, group(tags));
  return 'name' in choice ? choice.name : choice.drop;
};

describe('chooseWorkflow', () => {
  it('bootstraps what launches, with an input that is small enough to type', () => {
    expect(chooseWorkflow(launch, group())).toEqual({
      workflow: 'node-bootstrap',
      name: expect.stringMatching(/^demo-i-0123456789abcdef0-[0-9a-f]{12}$/),
      input: {
        cluster: 'demo',
        instanceId: launch.instanceId,
        hook: { groupName: 'demo-workers', name: 'tender-launch', token: launch.token, elsewhere: false },
      },
    });
  });

  it('says that a hook is to be answered in another account or region', () => {
    expect(chooseWorkflow(launch, group(ours, true))).toMatchObject({ input: { hook: { elsewhere: true } } });
  });

  it('retires what terminates', () => {
    const hook = { groupName: 'demo-workers', name: 'tender-terminate', token: terminate.token, elsewhere: false };
    expect(chooseWorkflow(terminate, group())).toEqual({
      workflow: 'node-retire',
      name: expect.stringMatching(/^demo-i-0123456789abcdef0-[0-9a-f]{12}$/),
      input: {
        cluster: 'demo',
        instanceId: terminate.instanceId,
        signal: 'terminate-hook',
        // The hook's own timeouts count from here.
        hook: { ...hook, since: '2026-03-01T12:00:00Z' },
      },
    });
  });

  it('says of a warm pool where an instance comes from, and where it goes', () => {
    const out = chooseWorkflow({ ...launch, origin: 'WarmPool', destination: 'AutoScalingGroup' }, group());
    expect(out).toMatchObject({ input: { hook: { fromPool: true } } });
    const into = chooseWorkflow({ ...terminate, origin: 'AutoScalingGroup', destination: 'WarmPool' }, group());
    expect(into).toMatchObject({ input: { hook: { intoPool: true } } });
  });

  it.each([
    ['a group that is gone', launch, undefined, 'group demo-workers does not exist (any more)'],
    ['a foreign group', launch, {}, 'group demo-workers has no tag tender:cluster'],
    ['a foreign launch hook', { ...launch, hookName: 'theirs' }, ours, 'hook theirs of group demo-workers is not'],
    ['a foreign terminate hook', { ...terminate, hookName: 'theirs' }, ours, "not Tender's, which is tender-terminate"],
    ['our terminate hook on a launch', { ...launch, hookName: 'tender-terminate' }, ours, 'which is tender-launch'],
    ['the usual name where the group has another', launch, { ...ours, 'tender:launch-hook': 'own' }, 'which is own'],
  ])('drops %s, and says why', (_what, signal, tags, why) => {
    expect(chooseWorkflow(signal, tags && group(tags))).toEqual({ drop: expect.stringContaining(why) });
  });

  it('answers the hook that the group names by its tag', () => {
    const tags = { ...ours, 'tender:launch-hook': 'join', 'tender:terminate-hook': 'leave' };
    expect(chooseWorkflow({ ...launch, hookName: 'join' }, group(tags))).toMatchObject({ workflow: 'node-bootstrap' });
    expect(chooseWorkflow({ ...terminate, hookName: 'leave' }, group(tags))).toMatchObject({ workflow: 'node-retire' });
  });

  it('names the execution by the token: the same twice, another for another action', () => {
    expect(nameOf({ ...launch, at: '2026-03-01T12:00:09Z' })).toBe(nameOf(launch));
    expect(nameOf({ ...launch, token: 'another' })).not.toBe(nameOf(launch));
  });

  it('names executions as Step Functions allows it, whatever the tag and the token hold', () => {
    const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(anyText, anyText, (cluster, token) => {
        const name = nameOf({ ...launch, token }, { 'tender:cluster': cluster });
        expect(name).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
      }),
    );
  });
});
