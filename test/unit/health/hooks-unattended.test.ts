import { describe, expect, it } from 'vitest';
import { attendHooks, neglectedMembers } from '../../../src/health/attend-hooks.ts';
import type { PassServices } from '../../../src/health/check-health.ts';
import { rememberUnattended, unattendedMembers } from '../../../src/health/hooks-unattended.ts';
import { seenOr } from '../../../src/health/seen.ts';
import { aCluster, minute } from '../../support/health/observed.ts';

const now = new Date(minute(30));
const { groups } = aCluster({ workers: { size: 4 } }, 30);
const members = 'value' in groups ? groups.value.flatMap((group) => group.members) : [];
const [first, second] = members;

function waiting(states: Readonly<Record<string, string>>) {
  if ('problem' in groups) throw new Error(groups.problem);
  const value = groups.value.map((group) => ({
    ...group,
    members: group.members.map((one) => ({ ...one, lifecycleState: states[one.instanceId] ?? one.lifecycleState })),
  }));
  return { value };
}

/** How many. */
function hooksUnattended(...given: Parameters<typeof unattendedMembers>): number | null {
  return unattendedMembers(...given)?.length ?? null;
}

describe('hooks that nobody keeps alive', () => {
  const id = first?.instanceId ?? '';
  const claim = { instanceId: id, owner: 'arn', claimedAt: minute(20), deadline: minute(40) };

  it('are those of instances without a claim, of both kinds', () => {
    const seen = waiting({ [id]: 'Pending:Wait', [second?.instanceId ?? '']: 'Terminating:Wait' });
    expect(hooksUnattended(seen, [], now)).toBe(2);
    expect(hooksUnattended(seen, [claim], now)).toBe(1);
  });

  it('are those whose owner should have answered more than a minute ago', () => {
    const seen = waiting({ [id]: 'Terminating:Wait' });
    expect(hooksUnattended(seen, [{ ...claim, deadline: minute(29.5) }], now)).toBe(0);
    expect(hooksUnattended(seen, [{ ...claim, deadline: minute(29) }], now)).toBe(1);
  });

  it('are none of an instance whose claim cannot be read', () => {
    const seen = waiting({ [id]: 'Terminating:Wait', [second?.instanceId ?? '']: 'Terminating:Wait' });
    const unread = { instanceId: id, owner: '', claimedAt: '', deadline: '', problem: 'StateObjectUnreadable' };
    expect(hooksUnattended(seen, [unread], now)).toBe(1);
  });

  it('are none where nobody waits, and unknown where groups could not be seen', () => {
    expect(hooksUnattended(groups, [], now)).toBe(0);
    expect(hooksUnattended({ problem: 'AwsThrottled' }, [], now)).toBeNull();
  });
});

describe('a hook that nobody sees to', () => {
  const id = first?.instanceId ?? '';
  const gone = waiting({ [id]: 'Terminating:Wait' });
  const leaving = unattendedMembers(gone, [], now);
  const unattended = leaving ?? [];
  const since = rememberUnattended({}, gone, leaving, minute(30));
  const asked = (
    has: readonly ('launching' | 'terminating')[] = ['terminating'],
    running: readonly string[] = [],
    known: readonly string[] = [],
    ownersStatus?: string,
  ) => ({
    groups: { hooksOfTender: async () => new Set(has) },
    workflows: {
      named: async (_: string, name: string) =>
        known.includes(name) ? { status: 'FAILED', outcome: '', endedAt: '', input: {} } : undefined,
      describe: async () =>
        ownersStatus === undefined ? undefined : { status: ownersStatus, outcome: '', endedAt: '', input: {} },
      running: async (workflow: string) =>
        running.map((instanceId) => ({
          ...{ instanceId, nodeName: '', groupName: '', zone: '', workflow },
          ...{ execution: 'one', reason: '', since: minute(0) },
        })),
    },
  });

  /** What is started for them. */
  async function attendances(
    cluster: string,
    waits: {
      unattended: typeof unattended;
      since: typeof since;
      nodes?: Parameters<typeof neglectedMembers>[1]['nodes'];
    },
    { groups: sees, workflows }: ReturnType<typeof asked>,
    at: Date,
  ) {
    const started: { workflow: string; name: string; input: Readonly<Record<string, unknown>> }[] = [];
    const start: PassServices['workflows']['start'] = async (workflow, name, input) =>
      void started.push({ workflow, name, input });
    const neglected = await neglectedMembers(
      cluster,
      { nodes: { value: [] }, ...waits },
      { groups: sees, workflows },
      at,
    );
    const { problems } = await attendHooks({ workflows: { ...workflows, start } }, neglected);
    expect(problems).toEqual([]);
    return started;
  }

  it('is seen to after two minutes, by the name of since when it waits', async () => {
    expect(await attendances('demo', { unattended, since }, asked(), new Date(minute(31.9)))).toEqual([]);
    const [one, ...others] = await attendances('demo', { unattended, since }, asked(), new Date(minute(32)));
    expect(one).toMatchObject({ workflow: 'node-retire', input: { cluster: 'demo', instanceId: id } });
    expect(others).toEqual([]);
    const seenAgain = rememberUnattended(since, gone, leaving, minute(33));
    expect(await attendances('demo', { unattended, since: seenAgain }, asked(), new Date(minute(33)))).toEqual([one]);
  });

  it('is left where its group has no hook of Tender’s for it, or an execution is at work on it', async () => {
    expect(await attendances('demo', { unattended, since }, asked(['launching']), new Date(minute(32)))).toEqual([]);
    expect(
      await attendances('demo', { unattended, since }, asked(['terminating'], [id]), new Date(minute(32))),
    ).toEqual([]);
  });

  it('is left where an execution has marked its Node: what that one has left is a sweep’s, or meant to expire', async () => {
    const { nodes } = aCluster({ workers: { size: 4 } }, 30);
    const marked = { value: seenOr(nodes, []).map((node) => ({ ...node, owner: 'arn' })) };
    const at = new Date(minute(32));
    expect(await attendances('demo', { unattended, since, nodes: marked }, asked(), at)).toEqual([]);
    expect(await attendances('demo', { unattended, since, nodes }, asked(), at)).toHaveLength(1);
  });

  it('is seen to where the execution that has marked its Node succeeded before: one that ended the instance waits for no hook', async () => {
    const { nodes } = aCluster({ workers: { size: 4 } }, 30);
    const marked = { value: seenOr(nodes, []).map((node) => ({ ...node, owner: 'arn' })) };
    const at = new Date(minute(32));
    const ownedBy = (status: string) =>
      attendances('demo', { unattended, since, nodes: marked }, asked(['terminating'], [], [], status), at);
    expect(await ownedBy('SUCCEEDED')).toHaveLength(1);
    expect(await ownedBy('RUNNING')).toEqual([]);
    expect(await ownedBy('FAILED')).toEqual([]);
  });

  it('joins where it is a launch hook', async () => {
    const pending = waiting({ [id]: 'Pending:Wait' });
    const coming = unattendedMembers(pending, [], now) ?? [];
    const known = { unattended: coming, since: rememberUnattended(since, pending, coming, minute(31)) };
    expect(await attendances('demo', known, asked(['launching']), new Date(minute(32.5)))).toEqual([]);
    const [one] = await attendances('demo', known, asked(['launching']), new Date(minute(33)));
    expect(one).toMatchObject({ workflow: 'node-bootstrap', input: { cluster: 'demo', instanceId: id } });
  });

  it('is remembered while groups cannot be seen, and forgotten when it is over', () => {
    expect(rememberUnattended(since, gone, null, minute(31))).toEqual(since);
    expect(rememberUnattended(since, waiting({}), [], minute(31))).toEqual({});
    expect(rememberUnattended(since, gone, [], minute(31)), 'somebody came in time').toEqual({});
  });

  it('is seen to once, and not again when that has given it up: a policy may want it to expire', async () => {
    const claimed = rememberUnattended(since, gone, [], minute(33));
    expect(claimed, 'who has come is who was started').toEqual(since);
    const given = { unattended, since: rememberUnattended(claimed, gone, leaving, minute(50)) };
    const [first] = await attendances('demo', given, asked(), new Date(minute(50)));
    expect(
      await attendances('demo', given, asked(['terminating'], [], [first?.name ?? '']), new Date(minute(50))),
    ).toEqual([]);
  });
});
