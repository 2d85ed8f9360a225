import { beforeEach, describe, expect, it } from 'vitest';
import type { InstanceEntry, Origin } from '../../../src/signals/ports.ts';
import { routeSignal } from '../../../src/signals/route-signal.ts';
import { hookEvent, hookNotification, terminateEvent } from './hook-notifications.ts';
import { healthEvent, instanceEvent, instanceId } from './instance-notifications.ts';

/** Half a minute after the events. */
const now = new Date('2026-03-01T12:00:30Z');
const home = '123456789012';
const second = 'i-0fedcba9876543210';

describe('routeSignal', () => {
  let tags: Map<string, Readonly<Record<string, string>>>;
  let remembered: Map<string, Readonly<Record<string, string>>>;
  let started: Map<string, unknown>;
  let workflowsHere: string[];
  let members: Map<string, InstanceEntry>;
  let lookups: (readonly string[])[];
  let asked: Map<string, number>;
  const ports = {
    instances: {
      find: async (ids: readonly string[], { account }: Origin) => {
        lookups.push(ids);
        const known = ids.flatMap((id) => members.get(id) ?? []);
        return new Map(account === home ? known.map((entry) => [entry.instanceId, entry]) : []);
      },
    },
    groups: {
      recall: async (name: string) => {
        const known = remembered.get(name);
        return known && { tags: known, elsewhere: false };
      },
      find: async (name: string, { account }: Origin) => {
        if (name === 'throttled') throw Object.assign(new Error('Rate exceeded'), { name: 'AwsThrottled' });
        const found = account === home ? tags.get(name) : undefined;
        return found && { tags: found, elsewhere: false };
      },
    },
    clusters: {
      believes: async (name: string, { account }: Origin) => name === 'demo' && account === home,
    },
    passes: {
      claim: async (cluster: string, seconds: number, at: Date) => {
        if (at.getTime() - (asked.get(cluster) ?? 0) < seconds * 1000) return false;
        asked.set(cluster, at.getTime());
        return true;
      },
    },
    workflows: {
      has: (workflow: string) => workflowsHere.includes(workflow),
      start: async (workflow: string, name: string, input: unknown) => {
        if (started.has(name)) return 'already-started' as const;
        started.set(name, { workflow, input });
        return 'started' as const;
      },
    },
  };

  beforeEach(() => {
    tags = new Map([['demo-workers', { 'tender:cluster': 'demo' }]]);
    members = new Map(
      [instanceId, second].map((id) => [id, { instanceId: id, cluster: 'demo', groupName: 'demo-workers' }]),
    );
    remembered = new Map();
    lookups = [];
    asked = new Map();
    started = new Map();
    workflowsHere = ['node-bootstrap', 'node-retire'];
  });

  const sqs = (messageId: string, body: unknown) => ({
    eventSource: 'aws:sqs',
    messageId,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

  it('starts by what is remembered of the group, although Auto Scaling answers nobody now', async () => {
    remembered.set('throttled', { 'tender:cluster': 'demo' });
    const { routed } = await routeSignal(hookEvent({ AutoScalingGroupName: 'throttled' }), ports, now);
    expect(routed).toMatchObject([{ outcome: 'started', detail: 'node-bootstrap' }]);
  });

  describe('a problem of a node that a cluster tells of', () => {
    const problem = (changes: object = {}, detail: object = { cluster: 'demo' }) => ({
      source: 'tender.health',
      'detail-type': 'Node Problem',
      id: 'an-event',
      account: home,
      region: 'us-east-1',
      detail,
      ...changes,
    });
    const tell = (event: object, seconds = 0) => {
      workflowsHere.push('check-health');
      return routeSignal(event, ports, new Date(now.getTime() + seconds * 1000));
    };

    it('has the cluster looked at, once within twenty seconds however many tell', async () => {
      const outcomes: string[] = [];
      for (const seconds of [0, 0, 5, 19, 20, 39, 40]) {
        const { routed } = await tell(problem(), seconds);
        outcomes.push(...routed.map(({ outcome }) => outcome));
      }
      expect(outcomes).toEqual(['started', 'dropped', 'dropped', 'dropped', 'started', 'dropped', 'started']);
      expect([...started.values()]).toEqual(
        Array.from({ length: 3 }, () => ({ workflow: 'check-health', input: { cluster: 'demo' } })),
      );
    });

    it.each([
      ['is not registered', problem({}, { cluster: 'another' })],
      ['does not live where it comes from', problem({ account: '999999999999' })],
    ])('is dropped where its cluster %s', async (_, event) => {
      const { routed } = await tell(event);
      expect(routed).toEqual([{ outcome: 'dropped', detail: expect.stringMatching(/^no cluster \w+ is registered/) }]);
      expect([started.size, asked.size]).toEqual([0, 0]);
    });
  });

  it('starts by what somebody else was told meanwhile, when it is refused itself', async () => {
    let asked = 0;
    const recall = async () => (asked++ === 0 ? undefined : { tags: { 'tender:cluster': 'demo' }, elsewhere: false });
    const event = hookEvent({ AutoScalingGroupName: 'throttled' });
    const { routed } = await routeSignal(event, { ...ports, groups: { ...ports.groups, recall } }, now);
    expect(routed).toMatchObject([{ outcome: 'started', detail: 'node-bootstrap' }]);
  });

  it('drops nothing by what is remembered: the group may have been tagged since', async () => {
    remembered.set('demo-workers', { 'tender:cluster': 'demo', 'tender:launch-hook': 'another' });
    expect((await routeSignal(hookEvent(), ports, now)).routed).toMatchObject([{ outcome: 'started' }]);
  });

  it('starts a bootstrap for a launch hook of ours', async () => {
    const { routed } = await routeSignal(hookEvent(), ports, now);
    expect(routed).toEqual([{ outcome: 'started', detail: 'node-bootstrap', execution: [...started.keys()][0] }]);
  });

  it('starts one execution for an event that comes twice, once as an event and once through a queue', async () => {
    await routeSignal(hookEvent(), ports, now);
    const { routed } = await routeSignal({ Records: [sqs('m-1', hookNotification())] }, ports, now);
    expect(routed.map(({ outcome }) => outcome)).toEqual(['already-started']);
    expect(started.size).toBe(1);
  });

  it('lets one malformed message of a batch come again alone, and routes the others', async () => {
    const batch = [
      sqs('good', hookEvent()),
      sqs('bad', hookEvent({ EC2InstanceId: 'nonsense' })),
      sqs('last', terminateEvent()),
    ];
    const outcome = await routeSignal({ Records: batch }, ports, now);
    expect(outcome.batchItemFailures).toEqual([{ itemIdentifier: 'bad' }]);
    expect(outcome.problems).toEqual([expect.stringContaining('EC2InstanceId is "nonsense"')]);
    expect(outcome.routed.map(({ detail }) => detail)).toEqual(['node-bootstrap', 'node-retire']);
  });

  it('lets a message of a batch come again when AWS throttles, and says which', async () => {
    const batch = [sqs('m-1', hookEvent({ AutoScalingGroupName: 'throttled' })), sqs('m-2', hookEvent())];
    const outcome = await routeSignal({ Records: batch }, ports, now);
    expect(outcome.batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
    expect(outcome.problems).toEqual(['message m-1: AwsThrottled: Rate exceeded']);
    expect(started.size).toBe(1);
  });

  it('throws what a lone event cannot be read for, so that it reaches the failure destination', async () => {
    const routing = routeSignal(hookEvent({ LifecycleActionToken: undefined }), ports, now);
    await expect(routing).rejects.toMatchObject({ name: 'MalformedSignal' });
  });

  it('throws when AWS throttles on a lone event, so that Lambda tries again', async () => {
    await expect(routeSignal(hookEvent({ AutoScalingGroupName: 'throttled' }), ports, now)).rejects.toThrow(
      'Rate exceeded',
    );
  });

  it.each([
    ['a foreign group', hookEvent({ AutoScalingGroupName: 'theirs' }), 'group theirs does not exist'],
    [
      'a group of an account that nobody registered',
      { ...hookEvent(), account: '999999999999' },
      'no cluster is registered',
    ],
    ['a foreign hook', hookEvent({ LifecycleHookName: 'theirs' }), 'hook theirs of group demo-workers'],
    ['a test notification', { Event: 'autoscaling:TEST_NOTIFICATION' }, 'a test notification'],
    ['another event', { 'detail-type': 'EC2 Instance Launch Successful', detail: {} }, 'no workflow for'],
  ])('drops %s quietly and starts nothing', async (_what, event, why) => {
    const { routed, batchItemFailures, problems } = await routeSignal(event, ports, now);
    expect(routed).toEqual([{ outcome: 'dropped', detail: expect.stringContaining(why) }]);
    expect([batchItemFailures, problems, started.size]).toEqual([[], [], 0]);
  });

  it('drops a signal whose workflow this deployment does not have, and says so', async () => {
    workflowsHere = ['node-bootstrap'];
    const { routed } = await routeSignal(terminateEvent(), ports, now);
    expect(routed).toEqual([{ outcome: 'dropped', detail: 'this deployment has no node-retire' }]);
  });

  describe('given an event about instances', () => {
    const spot = instanceEvent('EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' });
    const affectedEntities = [instanceId, second, 'i-0aaaaaaaaaaaaaaaa'].map((entityValue) => ({ entityValue }));

    it('retires the node, with the deadline that the event leaves', async () => {
      await routeSignal(spot, ports, now);
      expect([...started]).toEqual([
        [
          expect.stringMatching(/^demo-i-0123456789abcdef0-[0-9a-f]{12}$/),
          {
            workflow: 'node-retire',
            input: {
              cluster: 'demo',
              instanceId,
              signal: 'spot-interruption',
              deadline: '2026-03-01T12:01:50.000Z',
            },
          },
        ],
      ]);
    });

    describe('long after it was written', () => {
      const later = (minutes: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + minutes * 60_000);
      const advice = instanceEvent('EC2 Instance Rebalance Recommendation');
      const inputs = () => [...started.values()].map((one) => (one as { input: unknown }).input);

      it('follows a recommendation for an hour, and drops it after that, saying why', async () => {
        await routeSignal(advice, ports, later(60));
        expect(inputs()).toMatchObject([{ signal: 'rebalance-recommendation' }]);
        started.clear();
        const { routed } = await routeSignal({ Records: [sqs('m-1', advice)] }, ports, later(61));
        const why = expect.stringMatching(/of 2026-03-01T12:00:00Z for i-\S+ is more than an hour old/);
        expect([routed, started.size, lookups.length]).toEqual([[{ outcome: 'dropped', detail: why }], 0, 1]);
      });

      it.each([
        ['terminate', 'instance-terminated'],
        ['stop', 'instance-stopped'],
        ['hibernate', 'instance-stopped'],
      ])(
        'takes a spot warning for word that the instance is gone (%s), which empties none that is up',
        async (action, signal) => {
          const warning = { ...spot, detail: { 'instance-id': instanceId, 'instance-action': action } };
          await routeSignal(warning, ports, later(5));
          expect(inputs()).toMatchObject([{ signal: 'spot-interruption', deadline: '2026-03-01T12:01:50.000Z' }]);
          started.clear();
          await routeSignal(warning, ports, later(6));
          expect(inputs()).toEqual([{ cluster: 'demo', instanceId, signal }]);
        },
      );

      it('follows everything else, however old: hooks, instances that are gone, maintenance', async () => {
        const gone = instanceEvent('EC2 Instance State-change Notification', { state: 'terminated' });
        for (const event of [hookEvent(), terminateEvent(), gone, healthEvent()]) {
          started.clear();
          const { routed } = await routeSignal(event, ports, later(60 * 24 * 14));
          expect(routed).toMatchObject([{ outcome: 'started' }]);
        }
      });
    });

    it('starts once what comes twice, and again what is another event', async () => {
      await routeSignal(spot, ports, now);
      const { routed } = await routeSignal(
        { Records: [sqs('m-1', spot), sqs('m-2', { ...spot, id: 'other' })] },
        ports,
        now,
      );
      expect(routed.map(({ outcome }) => outcome)).toEqual(['already-started', 'started']);
    });

    it('starts one execution for each instance that maintenance affects, and looks them up together', async () => {
      const { routed } = await routeSignal(healthEvent({ affectedEntities }), ports, now);
      expect(routed.map(({ outcome, detail }) => [outcome, detail])).toEqual([
        ['started', 'node-retire'],
        ['started', 'node-retire'],
        ['dropped', expect.stringContaining('instance i-0aaaaaaaaaaaaaaaa is in no group of a cluster')],
      ]);
      expect(lookups).toEqual([[instanceId, second, 'i-0aaaaaaaaaaaaaaaa']]);
      const again = await routeSignal(
        { ...healthEvent({ affectedEntities, communicationId: 'x-2' }), id: 'y' },
        ports,
        now,
      );
      expect(again.routed.map(({ outcome }) => outcome)).toEqual(['already-started', 'already-started', 'dropped']);
    });

    it('starts only the rest of maintenance that failed halfway when it comes again', async () => {
      const { start } = ports.workflows;
      let calls = 0;
      const failing = async (...call: Parameters<typeof start>) => {
        if (++calls === 2) throw new Error('Rate exceeded');
        return start(...call);
      };
      const event = healthEvent({ affectedEntities: affectedEntities.slice(0, 2) });
      await expect(
        routeSignal(event, { ...ports, workflows: { ...ports.workflows, start: failing } }, now),
      ).rejects.toThrow();
      const { routed } = await routeSignal(event, ports, now);
      expect(routed.map(({ outcome }) => outcome)).toEqual(['already-started', 'started']);
    });

    it.each([
      ['of an instance of nobody we know', { ...spot, detail: { 'instance-id': 'i-0aaaaaaaaaaaaaaaa' } }],
      ['of an account that nobody registered', { ...spot, account: '999999999999' }],
    ])('%s drops it quietly', async (_what, event) => {
      const { routed, problems } = await routeSignal(event, ports, now);
      expect(routed).toEqual([{ outcome: 'dropped', detail: expect.stringContaining('is in no group of a cluster') }]);
      expect([problems, started.size]).toEqual([[], 0]);
    });

    it('asks nobody about an event that needs nothing', async () => {
      await routeSignal(instanceEvent('EC2 Instance State-change Notification', { state: 'running' }), ports, now);
      await routeSignal(healthEvent({ statusCode: 'closed' }), ports, now);
      expect(lookups).toEqual([]);
    });
  });
});
