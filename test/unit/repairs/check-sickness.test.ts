import { describe, expect, it } from 'vitest';
import { checkSickness } from '../../../src/repairs/check-sickness.ts';
import type { Sight } from '../../../src/repairs/observe.ts';
import type { RepairPolicy, Standing } from '../../../src/repairs/ports.ts';
import {
  aCondition,
  ago,
  aNode,
  anInstance,
  aPlace,
  aPolicy,
  aSight,
  inTouch,
  noon,
  showing,
  us,
} from './repair-builder.ts';

const sick: Partial<Sight> = { node: aNode([aCondition('KernelDeadlock', 'True')]) };
const others = 'arn:aws:states:us-east-1:111122223333:execution:tender-dev-node-drain:by-hand';

function check(sight: Partial<Sight>, changes: object = {}, policy: RepairPolicy = aPolicy(), standing?: Standing) {
  const events: string[] = [];
  const input = {
    cluster: 'demo',
    instanceId: 'i-0abc',
    nodeName: 'node-a',
    owner: us,
    signal: 'KernelDeadlock',
    bootId: 'boot-1',
    conditions: '',
    rungSince: '',
    rungDone: false,
    contact: inTouch,
    until: ago(-60),
    ...changes,
  };
  const ports = {
    ...showing(aSight(sight), { standings: { of: async () => standing } }),
    events: { record: async (_node: string, { reason }: { reason: string }) => void events.push(reason) },
  };
  return checkSickness(input, ports, policy, noon).then(({ next, why }) => ({ next, why, events }));
}

describe('a node that a repair wants replaced', () => {
  it.each<readonly [string, Partial<Sight>, string]>([
    ['is sick still', sick, 'go-on'],
    ['is well again', { node: aNode() }, 'well'],
    ['is not Ready, though its condition is gone', { node: aNode([aCondition('Ready', 'Unknown')]) }, 'go-on'],
    ['cannot be asked about', { node: 'unknown' }, 'wait'],
    ['goes anyway, and is well', { node: aNode(), place: aPlace({ lifecycleState: 'Terminating:Wait' }) }, 'go-on'],
    ['is gone', { instance: undefined }, 'go-on'],
    ['is sick, and in the hands of another', { ...sick, claim: { owner: others, leaving: false } }, 'aside'],
    ['is in the hands of another, and well', { node: aNode(), claim: { owner: others, leaving: false } }, 'well'],
    ['is sick, while its group is refreshed', { ...sick, place: aPlace({ refreshes: 1 }) }, 'aside'],
    ['is sick, and out of service', { ...sick, place: aPlace({ lifecycleState: 'Standby' }) }, 'aside'],
    ['is well, while its group is refreshed', { node: aNode(), place: aPlace({ refreshes: 1 }) }, 'well'],
    ['is well, and out of service', { node: aNode(), place: aPlace({ lifecycleState: 'Standby' }) }, 'well'],
    ['is well, and nobody knows of refreshes', { node: aNode(), place: aPlace({ refreshes: 'unknown' }) }, 'well'],
    ['is sick, and nobody knows of refreshes', { ...sick, place: aPlace({ refreshes: 'unknown' }) }, 'wait'],
    [
      'is paused, and nobody knows of refreshes',
      {
        node: aNode([aCondition('KernelDeadlock', 'True')], { annotations: { 'tender.sh/paused': 'x' } }),
        place: aPlace({ refreshes: 'unknown' }),
      },
      'stopped',
    ],
    ['is ours, drained, and well', { node: aNode(), claim: { owner: us, leaving: false } }, 'well'],
    ['is ours, but a later signal takes it', { node: aNode(), claim: { owner: us, leaving: true } }, 'go-on'],
    [
      'is paused',
      { node: aNode([aCondition('KernelDeadlock', 'True')], { annotations: { 'tender.sh/paused': 'x' } }) },
      'stopped',
    ],
  ])('that %s', async (_what, sight, next) => {
    expect((await check(sight)).next).toBe(next);
  });

  it('goes though it looks well when a person asked for its replacement, and stays when that one paused it', async () => {
    const asked = { signal: '', asked: true };
    expect(await check({ node: aNode() }, asked)).toMatchObject({ next: 'go-on', why: 'a person asked for it' });
    expect((await check({ node: aNode() }, { ...asked, asked: false })).next).toBe('well');
    const paused = aNode([], { annotations: { 'tender.sh/paused': 'true' } });
    expect((await check({ node: paused }, asked)).next).toBe('stopped');
  });

  it('is told of where people look at it when it stays', async () => {
    expect((await check({ node: aNode() })).events).toEqual(['ReplacementCalledOff']);
    expect((await check(sick)).events).toEqual([]);
  });

  it('stays where nobody can say until its time is up, and no sooner', async () => {
    const away = { ...inTouch, lookedAt: ago(1), awaySince: ago(600) };
    expect((await check({ node: 'unknown' }, { contact: away })).next).toBe('wait');
    expect(await check({ node: 'unknown' }, { contact: away, until: ago(0) })).toMatchObject({
      next: 'aside',
      why: `until ${ago(0)} nobody could say how it is: the API server does not answer, or not which Node is its`,
    });
  });

  it('stays where nobody can say until its time is up whether its group is refreshed', async () => {
    expect(await check({ ...sick, place: aPlace({ refreshes: 'unknown' }) }, { until: ago(0) })).toMatchObject({
      next: 'aside',
      why: expect.stringMatching(/^until \S+ nobody could say how it is: nobody can say whether group \S+ is being/),
    });
  });

  it('is not judged by its silence right after the API server was away', async () => {
    const contact = { ...inTouch, awaySince: ago(2) };
    expect((await check({ node: aNode([aCondition('Ready', 'Unknown')]) }, { signal: 'Unknown', contact })).next).toBe(
      'wait',
    );
  });

  it('stays when repair is off by now, unless a person began it', async () => {
    const off = aPolicy({ repair: 'off' });
    expect((await check(sick, {}, off)).next).toBe('stopped');
    expect((await check(sick, { signal: '' }, off)).next).toBe('go-on');
  });

  it('goes though a status check says nothing, when a rung was tried; and waits for it when none was', async () => {
    const sight = { node: aNode(), instance: anInstance({ systemStatus: 'insufficient-data' as const }) };
    expect((await check(sight, { signal: 'SystemStatus' })).next).toBe('wait');
    expect((await check(sight, { signal: 'SystemStatus', rungSince: ago(9) })).next).toBe('go-on');
  });

  it('does not stay because the last pass counts the instance that is launched for it as missing', async () => {
    const holds = [{ because: 'capacity', words: 'a member is missing', of: 'replace' as const }];
    const standing = { at: ago(1), repair: { holds, launchFirst: true } };
    expect((await check(sick, {}, aPolicy(), standing)).next).toBe('go-on');
  });
});
