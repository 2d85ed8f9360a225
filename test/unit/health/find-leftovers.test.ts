import { describe, expect, it } from 'vitest';
import { findLeftovers, type Traces } from '../../../src/health/find-leftovers.ts';
import type { ObservedGroup, ObservedNode } from '../../../src/health/observations.ts';
import type { KnownExecution, KnownLease } from '../../../src/health/ports.ts';

const now = new Date('2026-03-01T12:30:00Z');
const arn = (machine: string, name: string) =>
  `arn:aws:states:us-east-1:111111111111:execution:tender-dev-${machine}:${name}`;
const instances = (state: string): Traces['instances'] => ({
  value: [
    {
      instanceId: 'i-1',
      state,
      launchedAt: '',
      systemStatus: 'ok',
      instanceStatus: 'ok',
      impairedSince: null,
    },
  ],
});
const none: Traces = {
  cluster: 'demo',
  leases: [],
  claims: [],
  nodes: { value: [] },
  instances: instances('stopped'),
  groups: { value: [] },
};

function known(over: Partial<KnownExecution>): KnownExecution {
  return { status: 'FAILED', outcome: '', endedAt: '2026-03-01T12:00:00Z', input: { cluster: 'demo' }, ...over };
}

const find = (traces: Partial<Traces>, execution: KnownExecution | undefined) =>
  findLeftovers({ ...none, ...traces }, { describe: async () => execution }, now);

const claim = (machine = 'node-retire') => ({ claims: [{ instanceId: 'i-1', owner: arn(machine, 'one') }] });

function leaseOf(execution: string): KnownLease {
  return { instanceId: 'i-1', nodeName: 'a', groupName: 'g', zone: '', reason: '', execution, takenAt: '' };
}

function nodeThatIs(ready: 'True' | 'Unknown'): ObservedNode {
  return {
    name: 'a',
    uid: 'u',
    instanceId: 'i-1',
    createdAt: '',
    zone: '',
    unschedulable: true,
    joining: false,
    paused: null,
    owner: null,
    bootId: '',
    conditions: [{ type: 'Ready', status: ready, reason: '', message: '', since: '', heardAt: '' }],
    leaseRenewedAt: null,
  };
}

function groupWith(lifecycleState: string): ObservedGroup {
  return {
    name: 'g',
    role: 'worker',
    min: 0,
    desired: 1,
    max: 1,
    paused: null,
    refreshing: false,
    launchTemplate: '',
    suspended: [],
    members: [{ instanceId: 'i-1', lifecycleState, healthy: true, zone: '', launchTemplate: '' }],
  };
}

describe('what dead executions left', () => {
  it.each([
    ['FAILED', 'node-retire', 'sweep-retire'],
    ['TIMED_OUT', 'node-drain', 'sweep-retire'],
    ['ABORTED', 'node-repair', 'sweep-retire'],
    ['ABORTED', 'node-bootstrap', 'sweep'],
  ])('%s %s is given to %s, with what it was started with', async (status, machine, sweep) => {
    const found = await find(
      claim(machine),
      known({ status, input: { cluster: 'demo', signal: 'spot-interruption' } }),
    );
    expect(found).toEqual([
      {
        workflow: sweep,
        name: 'left-one-2026030112',
        input: { cluster: 'demo', signal: 'spot-interruption', instanceId: 'i-1', owner: arn(machine, 'one') },
      },
    ]);
  });

  it.each([
    ['runs', known({ status: 'RUNNING', endedAt: '' })],
    ['may be gone on with', known({ status: 'PENDING_REDRIVE' })],
    ['succeeded, and left a node cordoned on purpose', known({ status: 'SUCCEEDED' })],
    ['ended a moment ago, so that its own sweep is under way', known({ endedAt: '2026-03-01T12:21:00Z' })],
    ['nobody knows any more', undefined],
  ])('is not looked for where the execution %s', async (_, execution) => {
    expect(await find(claim(), execution)).toEqual([]);
  });

  it.each([
    ['an event', { detail: { executionArn: arn('node-drain', 'first') } }],
    ['a person', { cluster: 'demo', owner: arn('node-drain', 'first') }],
  ])('and that a sweep, started by %s, did not finish, is given to another sweep of the same', async (_, input) => {
    const describe = async (execution: string) =>
      known(execution.endsWith(':one') ? { input } : { input: { cluster: 'demo', nodeName: 'a' } });
    const found = await findLeftovers({ ...none, ...claim('sweep-retire') }, { describe }, now);
    expect(found).toEqual([
      {
        workflow: 'sweep-retire',
        name: 'left-first-2026030112',
        input: { cluster: 'demo', nodeName: 'a', instanceId: 'i-1', owner: arn('node-drain', 'first') },
      },
    ]);
  });

  describe('on a node that went into a warm pool', () => {
    const owner = arn('node-retire', 'one');
    const nodes = { value: [{ ...nodeThatIs('True'), owner, pooled: true }] };
    const inState = (lifecycleState: string) => ({
      nodes,
      instances: instances('running'),
      groups: { value: [groupWith(lifecycleState)] },
    });

    it.each([
      ['FAILED', { nodes }],
      ['SUCCEEDED', { nodes }],
      ['FAILED', inState('Pending')],
    ] as const)('stays, where its execution %s, while it is not in service: %o', async (status, traces) => {
      expect(await find(traces, known({ status }))).toEqual([]);
    });

    it.each([known({ status: 'SUCCEEDED' }), known({ status: 'FAILED' }), undefined])(
      'is put back once it is in service: %o',
      async (execution) => {
        expect(await find(inState('InService'), execution)).toEqual([
          {
            workflow: 'sweep-retire',
            name: 'left-one-2026030112',
            input: { cluster: 'demo', instanceId: 'i-1', owner },
          },
        ]);
      },
    );

    it('is left to an execution that runs', async () => {
      expect(await find(inState('InService'), known({ status: 'RUNNING' }))).toEqual([]);
    });
  });

  describe('of an instance that was stopped, with a note of where it was registered,', () => {
    const stopped = known({ status: 'SUCCEEDED', input: { cluster: 'demo', signal: 'instance-stopped' } });

    it('is swept at once when its Node is Ready again, and not retired once more', async () => {
      const found = await find(
        { ...claim(), instances: instances('running'), nodes: { value: [nodeThatIs('True')] } },
        { ...stopped, endedAt: now.toISOString() },
      );
      expect(found).toEqual([
        {
          workflow: 'sweep-retire',
          name: 'left-one-2026030112',
          input: { cluster: 'demo', instanceId: 'i-1', owner: arn('node-retire', 'one') },
        },
      ]);
    });

    it('is left when its sweep did not finish and it is stopped once more', async () => {
      const sweep = known({ input: { cluster: 'demo', owner: arn('node-retire', 'first') } });
      const describe = async (execution: string) => (execution.endsWith(':one') ? sweep : stopped);
      expect(await findLeftovers({ ...none, ...claim('sweep-retire') }, { describe }, now)).toEqual([]);
    });

    it('is swept again, for what it was kept for, when its sweep did not finish', async () => {
      const sweep = known({ input: { cluster: 'demo', owner: arn('node-retire', 'first') } });
      const describe = async (execution: string) => (execution.endsWith(':one') ? sweep : stopped);
      const back = { instances: instances('running'), nodes: { value: [nodeThatIs('True')] } };
      expect(await findLeftovers({ ...none, ...claim('sweep-retire'), ...back }, { describe }, now)).toEqual([
        {
          workflow: 'sweep-retire',
          name: 'left-first-2026030112',
          input: { cluster: 'demo', instanceId: 'i-1', owner: arn('node-retire', 'first') },
        },
      ]);
    });

    it.each<[string, Traces['instances']]>([
      ['terminated', instances('terminated')],
      ['forgotten', { value: [] }],
    ])('is swept when its instance is %s', async (_, seen) => {
      expect(await find({ ...claim(), instances: seen }, stopped)).toHaveLength(1);
    });

    it.each<[string, Partial<Traces>, KnownExecution]>([
      ['while instances cannot be seen', { ...claim(), instances: { problem: 'throttled' } }, stopped],
      ['as long as its Node is not Ready', { ...claim(), nodes: { value: [nodeThatIs('Unknown')] } }, stopped],
      ['while its Node only says that it is Ready', { ...claim(), nodes: { value: [nodeThatIs('True')] } }, stopped],
      ['while Nodes cannot be seen', { ...claim(), nodes: { problem: 'away' } }, stopped],
      [
        'once another execution has the instance',
        {
          leases: [leaseOf(arn('node-retire', 'one'))],
          instances: instances('running'),
          nodes: { value: [nodeThatIs('True')] },
        },
        stopped,
      ],
      [
        'for another signal: that was drained on purpose',
        { ...claim(), instances: instances('running'), nodes: { value: [nodeThatIs('True')] } },
        known({ status: 'SUCCEEDED', input: { cluster: 'demo', signal: 'manual' } }),
      ],
    ])('is left %s', async (_, traces, execution) => {
      expect(await find(traces, execution)).toEqual([]);
    });
  });

  describe('on a node that a drain emptied on purpose', () => {
    const owner = arn('node-drain', 'one');
    const drained = known({ status: 'SUCCEEDED', input: { cluster: 'demo', nodeName: 'a', reason: 'noisy disk' } });
    const node = (unschedulable: boolean) => ({ ...nodeThatIs('True'), owner, unschedulable });

    const uncordoned = { nodes: { value: [node(false)] }, instances: instances('running') };

    it('is put back once somebody has uncordoned it', async () => {
      expect(await find(uncordoned, drained)).toEqual([
        {
          workflow: 'sweep-retire',
          name: 'left-one-2026030112',
          input: { cluster: 'demo', instanceId: 'i-1', owner },
        },
      ]);
    });

    it('is put back once it has joined anew, without the marks', async () => {
      const anew = { ...nodeThatIs('True'), unschedulable: false };
      const traces = { ...claim('node-drain'), ...uncordoned, groups: { value: [groupWith('InService')] } };
      expect(
        await find({ ...traces, groups: { value: [groupWith('Standby')] }, nodes: { value: [anew] } }, drained),
      ).toEqual([]);
      expect(await find({ ...traces, nodes: { value: [anew] } }, drained)).toEqual([
        {
          workflow: 'sweep-retire',
          name: 'left-one-2026030112',
          input: { cluster: 'demo', instanceId: 'i-1', owner },
        },
      ]);
      const others = ['joining', 'cordoned', 'marked by another'] as const;
      const changes = { joining: { joining: true }, cordoned: { unschedulable: true } };
      for (const other of others) {
        const change = other === 'marked by another' ? { owner: arn('os-update', 'two') } : changes[other];
        expect(await find({ ...traces, nodes: { value: [{ ...anew, ...change }] } }, drained), other).toEqual([]);
      }
    });

    it.each([
      ['while it is cordoned', node(true), drained],
      ['while the drain runs', node(false), known({ status: 'RUNNING', endedAt: '' })],
      ['a moment after the drain', node(false), { ...drained, endedAt: '2026-03-01T12:21:00Z' }],
      ['where a join left it', { ...node(false), owner: arn('node-bootstrap', 'one') }, drained],
      ['while it is not Ready', { ...nodeThatIs('Unknown'), owner, unschedulable: false }, drained],
    ])('is left %s', async (_, seen, execution) => {
      expect(await find({ ...uncordoned, nodes: { value: [seen] } }, execution)).toEqual([]);
    });

    it.each(['stopped', 'shutting-down'])('is left while its instance is %s', async (state) => {
      expect(await find({ ...uncordoned, instances: instances(state) }, drained)).toEqual([]);
    });

    it('is swept again when the sweep did not finish, also when its marks are off by then', async () => {
      const sweep = known({ input: { cluster: 'demo', owner } });
      const describe = async (execution: string) => (execution === owner ? drained : sweep);
      expect(await findLeftovers({ ...none, ...claim('sweep-retire') }, { describe }, now)).toMatchObject([
        { workflow: 'sweep-retire', input: { owner, instanceId: 'i-1' } },
      ]);
    });
  });

  describe('as marks on a Node', () => {
    const marked = (machine: string) => ({
      nodes: { value: [{ ...nodeThatIs('True'), owner: arn(machine, 'one') }] },
      instances: instances('running'),
    });

    it.each([
      ['node-update', known({ status: 'SUCCEEDED' })],
      ['node-repair', known({ status: 'SUCCEEDED' })],
      ['node-update', undefined],
      ['node-repair', undefined],
    ])(
      'of a %s that took them off when it succeeded, or that is forgotten, is put back',
      async (machine, execution) => {
        expect(await find(marked(machine), execution)).toEqual([
          {
            workflow: 'sweep-retire',
            name: 'left-one-2026030112',
            input: { cluster: 'demo', instanceId: 'i-1', owner: arn(machine, 'one') },
          },
        ]);
      },
    );

    it.each([
      ['node-drain', known({ status: 'SUCCEEDED' })],
      ['node-retire', known({ status: 'SUCCEEDED' })],
      ['node-drain', undefined],
      ['node-update', known({ status: 'RUNNING', endedAt: '' })],
      ['node-update', known({ status: 'SUCCEEDED', endedAt: '2026-03-01T12:21:00Z' })],
    ])('of a %s that is %o stays', async (machine, execution) => {
      expect(await find(marked(machine), execution)).toEqual([]);
    });

    it('of a repair stays while another execution has the instance', async () => {
      const taken = { ...marked('node-repair'), claims: [{ instanceId: 'i-1', owner: arn('os-update', 'two') }] };
      expect(await find(taken, known({ status: 'SUCCEEDED' }))).toEqual([]);
    });
  });

  describe('in a claim that was offered', () => {
    const offered = (machine: string) => ({
      claims: claim(machine).claims.map((one) => ({ ...one, offered: true })),
      instances: instances('running'),
    });
    const aside = known({ status: 'SUCCEEDED' });

    it.each(['running', 'terminated'])('and that nobody took is put back (%s)', async (state) => {
      const left = { ...offered('node-repair'), instances: instances(state) };
      expect(await find(left, aside)).toMatchObject([{ workflow: 'sweep-retire', input: { instanceId: 'i-1' } }]);
      expect(await find({ ...claim('node-repair'), instances: instances(state) }, aside)).toEqual([]);
    });

    it.each(['stopped', 'stopping', 'shutting-down'])('waits while its instance is %s', async (state) => {
      const owner = arn('node-retire', 'one');
      const traces = { ...offered('node-retire'), instances: instances(state) };
      expect(await find(traces, aside)).toEqual([]);
      expect(await find({ ...traces, nodes: { value: [{ ...nodeThatIs('True'), owner }] } }, known({}))).toEqual([]);
    });
  });

  it('of other machines is theirs', async () => {
    expect(await find(claim('os-update'), known({}))).toEqual([]);
  });

  it('is found by a lease, a claim and a Node’s owner, and swept once', async () => {
    const owner = arn('node-retire', 'one');
    const lease = leaseOf(owner);
    const node = { ...nodeThatIs('True'), owner };
    expect(await find({ leases: [lease], ...claim(), nodes: { value: [node] } }, known({}))).toHaveLength(1);
    expect(await find({ nodes: { value: [node] } }, known({}))).toHaveLength(1);
    expect(await find({ leases: [lease], nodes: { problem: 'away' } }, known({}))).toHaveLength(1);
  });

  it.each([20, 21, 30, 47])('is asked about 20 at a time, and of %i about all in a few minutes', async (count) => {
    const owners = Array.from({ length: count }, (_, index) => arn('node-retire', `e-${index}`));
    const claims = owners.map((owner) => ({ instanceId: 'i-1', owner }));
    const asked: string[] = [];
    for (let minute = 0; minute < 3; minute += 1) {
      const describe = async (owner: string) => {
        asked.push(owner);
        return undefined;
      };
      await findLeftovers({ ...none, claims }, { describe }, new Date(now.getTime() + minute * 60_000));
    }

    expect(asked).toHaveLength(60);
    expect(new Set(asked).size).toBe(count);
  });

  it('has a name of 80 characters at most, whatever the execution is called', async () => {
    const owner = arn('node-retire', 'x'.repeat(80));
    const [sweep] = await find({ claims: [{ instanceId: 'i-1', owner }] }, known({}));
    expect(sweep?.name.length).toBeLessThanOrEqual(80);
  });
});
