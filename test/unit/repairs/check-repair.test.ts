import { describe, expect, it } from 'vitest';
import { type CheckRepairInput, checkRepair } from '../../../src/repairs/check-repair.ts';
import type { Sight } from '../../../src/repairs/observe.ts';
import type { Agents } from '../../../src/repairs/ports.ts';
import { rebootInstance } from '../../../src/repairs/reboot-instance.ts';
import { restartKubelet } from '../../../src/repairs/restart-kubelet.ts';
import {
  aCondition,
  ago,
  aNode,
  anEpisode,
  aPlace,
  aPolicy,
  aSight,
  inTouch,
  noon,
  showing,
  us,
} from './repair-builder.ts';

const events: string[] = [];
const telling = { record: async (_node: string, event: { reason: string }) => void events.push(event.reason) };

async function check(sight: Partial<Sight>, changes: Partial<CheckRepairInput> = {}, agents?: Partial<Agents>) {
  events.length = 0;
  const ports = showing(aSight(sight));
  const input: CheckRepairInput = {
    cluster: 'demo',
    instanceId: 'i-0abc',
    nodeName: 'node-a',
    owner: us,
    rung: 'reboot',
    commandId: 'c-1',
    until: new Date(noon.getTime() + 60_000).toISOString(),
    wellSince: ago(2),
    contact: inTouch,
    ...anEpisode({ rungSince: ago(5) }),
    ...changes,
  };
  const answering = { ...(ports.agents as Agents), ...agents };
  return checkRepair(input, { ...ports, agents: answering, events: telling }, aPolicy(), noon);
}

const booted = { node: aNode([], { bootId: 'boot-2' }) };

describe('a reboot', () => {
  it('has mended a node that booted again and has been well for a minute', async () => {
    expect(await check(booted)).toMatchObject({ next: 'mended' });
    expect(events).toEqual(['NodeMended']);
  });

  it.each(['Alarm:gpu', 'Event:SoftLockup'])(
    'has mended one of which %s was told, when it booted again',
    async (signal) => {
      expect(await check(booted, { signal })).toMatchObject({ next: 'mended' });
      expect(await check({}, { signal })).toMatchObject({ next: 'wait', why: 'it has not booted again yet' });
    },
  );

  it('is watched for that minute, by our own clock', async () => {
    expect(await check(booted, { wellSince: '' })).toMatchObject({ next: 'wait', wellSince: noon.toISOString() });
    expect(await check(booted, { wellSince: ago(0.5) })).toMatchObject({ next: 'wait', wellSince: ago(0.5) });
  });

  it('is waited for while the node is as it was, and begins its minute anew', async () => {
    expect(await check({})).toMatchObject({ next: 'wait', why: 'it has not booted again yet', wellSince: '' });
    const silent = { node: aNode([aCondition('Ready', 'Unknown')], { bootId: 'boot-2' }) };
    expect(await check(silent)).toMatchObject({ next: 'wait', wellSince: '' });
  });

  it('has failed when its time is up', async () => {
    expect(await check({}, { until: noon.toISOString() })).toMatchObject({ next: 'failed' });
    expect(events).toEqual(['RepairFailed']);
  });

  it('loses none of its time while the API server cannot be asked, whatever its command says', async () => {
    const away = { lookedAt: ago(1), awaySince: ago(30), backSince: '' };
    const changes = { contact: away, until: ago(0.5), commandId: '' };
    for (const rung of ['restart', 'reboot'] as const)
      expect(await check({ node: 'unknown' }, { ...changes, rung })).toMatchObject({
        next: 'wait',
        until: ago(-0.5),
        contact: { lookedAt: noon.toISOString(), awaySince: ago(30) },
      });
    expect(events).toEqual([]);
    const back = await check(booted, changes);
    expect(back.contact).toEqual({ lookedAt: noon.toISOString(), awaySince: '', backSince: noon.toISOString() });
  });

  it('is given up, and nothing above it tried, when that lasts for an hour', async () => {
    const contact = { lookedAt: ago(1), awaySince: ago(60), backSince: '' };
    expect(await check({ node: 'unknown' }, { contact })).toMatchObject({ next: 'aside', leaves: false });
  });

  it('is left to whoever comes for the instance', async () => {
    expect(await check({ claim: { owner: us, leaving: true } })).toMatchObject({ next: 'aside', leaves: true });
    expect(await check({ place: aPlace({ lifecycleState: 'Terminating:Wait' }) })).toMatchObject({
      next: 'aside',
      leaves: true,
    });
  });

  it('of a node that flaps is watched for three minutes', async () => {
    expect(await check(booted, { signal: 'Flapping', wellSince: ago(2) })).toMatchObject({ next: 'wait' });
    expect(await check(booted, { signal: 'Flapping', wellSince: ago(3) })).toMatchObject({ next: 'mended' });
  });

  it('is asked for once: a node that tells of another boot is left alone', async () => {
    const { instances, nodes } = showing(aSight(booted));
    const input = { instanceId: 'i-0abc', nodeName: 'node-a', bootId: 'boot-1', reason: 'repair' };
    expect(await rebootInstance(input, { instances, nodes, events: telling })).toEqual({ outcome: 'booted' });
    const asBefore = showing(aSight());
    const ports = { instances: asBefore.instances, nodes: asBefore.nodes, events: telling };
    expect(await rebootInstance(input, ports)).toEqual({ outcome: 'rebooting' });
  });
});

describe('a restart', () => {
  const restart = { rung: 'restart' } as const;

  it('says whether it was done, whatever it has helped: by then what was only told of is over', async () => {
    const late = { node: aNode([aCondition('Ready', 'False')]) };
    const over = { ...restart, until: noon.toISOString(), signal: 'Event:SoftLockup' };
    expect(await check(late, over)).toMatchObject({ next: 'failed', done: true });
    const refused = async () => ({ status: 'failed', output: '', errors: 'no shell' }) as const;
    expect(await check(late, over, { result: refused })).toMatchObject({ next: 'failed', done: false });
    expect(await check({}, { ...over, rung: 'reboot' })).toMatchObject({ next: 'failed', done: false });
  });

  it('has mended a node once its command is done', async () => {
    expect(await check({}, restart)).toMatchObject({ next: 'mended' });
    const runs = async () => ({ status: 'under-way', output: '', errors: '' }) as const;
    expect(await check({}, restart, { result: runs })).toMatchObject({ next: 'wait' });
  });

  it('that was refused or failed is not waited for', async () => {
    const refused = async () =>
      ({ status: 'failed', output: 'a', errors: 'refused: Bottlerocket has no shell\n' }) as const;
    expect(await check({}, restart, { result: refused })).toMatchObject({
      next: 'failed',
      why: 'the restart failed: refused: Bottlerocket has no shell',
    });
    expect(await check({}, { ...restart, commandId: '' })).toMatchObject({
      next: 'failed',
      why: 'its agent took no command',
    });
  });

  it('is told to people when it is sent, and not when the agent has gone', async () => {
    const input = { instanceId: 'i-0abc', nodeName: 'node-a', reason: 'repair: NotReady' };
    events.length = 0;
    const { agents } = showing(aSight());
    expect(await restartKubelet(input, { agents, events: telling })).toEqual({ commandId: 'c-1' });
    const gone = { ...(agents as Agents), restart: async () => 'unreachable' as const };
    expect(await restartKubelet(input, { agents: gone, events: telling })).toEqual({ commandId: '' });
    expect(events).toEqual(['KubeletRestarting']);
  });
});
