import { describe, expect, it } from 'vitest';
import type { PassServices } from '../../../src/health/check-health.ts';
import type { ObservedCondition } from '../../../src/health/observations.ts';
import { aPlace } from '../../support/health/a-place.ts';
import { aCluster, aCondition, aPolicy, minute } from '../../support/health/observed.ts';

const sick: ObservedCondition = aCondition('Ready', 'False', 0);
/** Ten workers, the third of which says since noon that it is not ready. */
const seenAt = (at: number) => aCluster({ workers: { size: 10, sick: { 3: { conditions: [sick] } } } }, at);
const wellAt = (at: number) => aCluster({ workers: { size: 10 } }, at);
const id = 'i-workers-0003';
const name = 'repair-i-workers-0003-20260301T120000';

describe('a health pass', () => {
  it('starts one repair for one episode, named after it, however often it looks', async () => {
    const { place, pass } = aPlace();
    await pass(seenAt, 0, 30);
    expect(place.started).toEqual([
      {
        workflow: 'node-repair',
        name,
        input: expect.objectContaining({ cluster: 'demo', instanceId: id, nodeName: 'workers-3', signal: 'NotReady' }),
      },
    ]);
  });

  it('that is overtaken by another one does nothing at all', async () => {
    const { place, pass } = aPlace();
    await pass(seenAt, 0, 4);
    place.meanwhile = () => {
      place.etag += 1;
    };
    expect(await pass(seenAt, 5)).toMatchObject({ outcome: 'overtaken', started: [], paged: 0 });
    expect(place.started).toEqual([]);
  });

  it('that could not start what it meant to says so, and the next one does', async () => {
    const { place, pass } = aPlace();
    place.startFails = true;
    expect(await pass(seenAt, 0, 6)).toMatchObject({ started: [], problems: [expect.stringContaining(name)] });
    expect(place.document?.problems).toEqual({ [id]: expect.stringContaining('AwsThrottled: Rate exceeded') });
    place.startFails = false;
    await pass(seenAt, 7, 12);
    expect(place.started.map((one) => one.name)).toEqual([name]);
    expect(place.document?.problems).toEqual({});
  });

  it('that dies once it has written down what it does is gone on with by the next', async () => {
    const { place, pass } = aPlace();
    const dies = new Error('the sandbox ended');
    const workflows: PassServices['workflows'] = {
      start: () => Promise.reject(dies),
      named: async (_, execution) => place.running.get(execution),
      running: async () => [],
      describe: async () => undefined,
    };
    await pass(seenAt, 0, 5, { workflows });
    expect(place.started).toEqual([]);
    await pass(seenAt, 6, 9);
    expect(place.started.map((one) => one.name)).toEqual([name]);
  });

  it('tells a person once, and again until it is heard', async () => {
    const { place, pass } = aPlace();
    const policy = aPolicy({ repair: 'notify' });
    place.pageFails = true;
    await pass(seenAt, 0, 6, { policy });
    expect(place.document?.unsent).toHaveLength(1);
    place.pageFails = false;
    await pass(seenAt, 7, 20, { policy });
    expect(place.pages).toEqual([`${id} of cluster demo needs a person`]);
    expect(place.document?.unsent).toEqual([]);
  });

  it('writes an Event when what is done about a node changes, and none while it does not', async () => {
    const { place, pass } = aPlace();
    await pass(seenAt, 0, 12);
    await pass(wellAt, 13, 15);
    expect(place.events.map(({ node, event }) => `${node} ${event.reason}`)).toEqual([
      'workers-3 NodeSick',
      'workers-3 NodeRepairStarted',
      'workers-3 NodeSick',
      'workers-3 NodeWell',
    ]);
    expect(place.events[0]?.event.message).toContain('waits 5 min more');
    expect(place.kept).toHaveLength(4);
  });

  it('asks nothing of an API server that does not answer, and takes no silence for news', async () => {
    const { place, pass } = aPlace();
    await pass(seenAt, 0, 3);
    const away = { reachable: false, ready: false, failingChecks: [], latencyMs: null, problem: 'refused' };
    const asked: string[] = [];
    await pass((at) => ({ ...seenAt(at), apiServer: away }), 4, 10, {
      events: { record: async (node) => void asked.push(node) },
    });
    expect(place.document).toMatchObject({ nodes: null, apiServer: away });
    expect(place.started).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('goes by a pause that somebody asked for as by one of the registry', async () => {
    const { place, pass } = aPlace();
    await pass((at) => ({ ...seenAt(at), pause: { value: minute(600) } }), 0, 12);
    expect(place.started).toEqual([]);
    expect(place.document?.decisions).toMatchObject([
      { because: 'paused', words: `paused by tender pause until ${minute(600)}` },
    ]);
  });

  it('repairs nothing while a pause cannot be read, says why, and tells a person', async () => {
    const { place, pass } = aPlace();
    await pass((at) => ({ ...seenAt(at), pause: { problem: 'AccessDenied' } }), 0, 15);
    expect(place.started).toEqual([]);
    const words = 'whether somebody has paused the cluster could not be read: Error: AccessDenied';
    expect(place.document?.decisions).toMatchObject([
      { finding: id, action: 'none', because: 'unknown', words },
      { finding: 'part/pause', action: 'page', words },
    ]);
    expect(place.pages).toEqual(['part/pause of cluster demo needs a person']);
  });

  it('starts the sweep of what a dead execution left', async () => {
    const { place, pass } = aPlace();
    const owner = 'arn:aws:states:us-east-1:1:execution:tender-dev-node-retire:dead';
    const dead = { status: 'ABORTED', outcome: '', endedAt: minute(-30), input: { cluster: 'demo' } };
    const started: string[] = [];
    const outcome = await pass(wellAt, 0, 0, {
      claims: { of: async () => [{ instanceId: 'i-1', owner, claimedAt: minute(-60), deadline: minute(60) }] },
      workflows: {
        start: async (workflow, execution) => void started.push(`${workflow} ${execution}`),
        named: async () => undefined,
        running: async () => [],
        describe: async () => dead,
      },
    });
    expect(started).toEqual(['sweep-retire left-dead-2026030112']);
    expect(outcome.swept).toEqual(['left-dead-2026030112']);
    expect(place.document?.findings).toEqual([]);
  });

  it('sweeps and sees to hooks although one claim cannot be read, leaves that instance alone, and tells a person', async () => {
    const { place, pass } = aPlace();
    const owner = 'arn:aws:states:us-east-1:1:execution:tender-dev-node-retire:dead';
    const dead = { status: 'ABORTED', outcome: '', endedAt: minute(-30), input: { cluster: 'demo' } };
    const unread = { instanceId: 'i-workers-0002', owner: '', claimedAt: '', deadline: '', problem: 'not JSON' };
    const claim = { instanceId: 'i-1', owner, claimedAt: minute(-60), deadline: minute(60) };
    const started: string[] = [];
    const waits = { member: { lifecycleState: 'Terminating:Wait' } };
    const waiting = (at: number) => aCluster({ workers: { size: 10, sick: { 1: waits, 2: waits } } }, at);
    const outcome = await pass(waiting, 0, 15, {
      claims: { of: async () => [claim, unread] },
      workflows: {
        start: async (workflow, execution) => void started.push(`${workflow} ${execution}`),
        named: async (_, execution) =>
          started.some((one) => one.endsWith(execution)) ? { ...dead, status: 'RUNNING' } : undefined,
        running: async () => [],
        describe: async () => dead,
      },
    });
    expect([...new Set(started)]).toEqual([
      'sweep-retire left-dead-2026030112',
      'node-retire hook-i-workers-0001-20260301T120000',
    ]);
    expect(outcome.hooksUnattended).toBe(1);
    expect(place.document?.decisions).toMatchObject([
      {
        finding: 'part/claims',
        action: 'page',
        words: 'who has claimed which instance could not be read: i-workers-0002: not JSON',
      },
    ]);
  });

  it('tells a person that claims cannot be listed', async () => {
    const { place, pass } = aPlace();
    const refuse = async () => Promise.reject(new Error('AccessDenied'));
    expect(await pass(wellAt, 0, 15, { claims: { of: refuse } })).toMatchObject({ hooksUnattended: null });
    expect(place.document?.decisions).toMatchObject([{ finding: 'part/claims', action: 'page' }]);
  });

  describe('that finds a place in the disruption budget', () => {
    const of = (instanceId: string, takenAt = minute(-30)) => ({
      instanceId,
      nodeName: 'workers-3',
      groupName: 'workers',
      zone: '',
      reason: 'instance-stopped',
      execution: 'arn:aws:states:us-east-1:1:execution:tender-dev-node-retire:r',
      takenAt,
    });
    /** Passes for a quarter of an hour, and what Step Functions says of the execution that has the place. */
    const passes = async (
      lease: ReturnType<typeof of>,
      describe: PassServices['workflows']['describe'],
      look = seenAt,
    ) => {
      const { place, pass } = aPlace();
      const pruned: (readonly string[])[] = [];
      const outcome = await pass(look, 0, 6, {
        leases: { of: async () => [lease], prune: async (_, ids) => void pruned.push(ids) },
        workflows: {
          start: async (workflow, execution, input) => void place.started.push({ workflow, name: execution, input }),
          named: async () => undefined,
          running: async () => [],
          describe,
        },
      });
      return { place, pruned, outcome };
    };
    const status = (said: string) => async () => ({ status: said, outcome: '', endedAt: minute(-20), input: {} });

    it('of an execution that has ended repairs the node all the same', async () => {
      const { place } = await passes(of(id), status('SUCCEEDED'));
      expect(place.started.map((one) => one.name)).toContain(name);
    });

    it.each<[string, PassServices['workflows']['describe'], string]>([
      ['runs', status('RUNNING'), minute(-30)],
      ['is driven again', status('PENDING_REDRIVE'), minute(-30)],
      ['nobody can say anything of', () => Promise.reject(new Error('Rate exceeded')), minute(-30)],
      ['is about to be started', async () => undefined, minute(0)],
    ])('of an execution that %s leaves the node to that', async (_, describe, takenAt) => {
      const { place } = await passes(of(id, takenAt), describe);
      expect(place.started).toEqual([]);
      expect(place.document?.decisions).toMatchObject([{ finding: id, because: 'under-way' }]);
    });

    it('of an instance that is not there has it dropped, and of no other', async () => {
      expect((await passes(of('i-gone'), status('RUNNING'), wellAt)).pruned[0]).toEqual(['i-gone']);
      expect((await passes(of(id), status('RUNNING'), wellAt)).pruned).toEqual([]);
    });

    it('of an instance that nobody can say anything of touches nothing', async () => {
      const blind = (at: number) => ({ ...wellAt(at), instances: { problem: 'Rate exceeded' } });
      expect((await passes(of('i-gone'), status('RUNNING'), blind)).pruned).toEqual([]);
    });

    it('and cannot drop it says so, and goes on', async () => {
      const { pass } = aPlace();
      const prune = async () => Promise.reject(new Error('AccessDenied'));
      const outcome = await pass(wellAt, 0, 0, { leases: { of: async () => [of('i-gone')], prune } });
      expect(outcome).toMatchObject({
        outcome: 'done',
        problems: [expect.stringMatching(/^places in .*AccessDenied/)],
      });
    });
  });
});
