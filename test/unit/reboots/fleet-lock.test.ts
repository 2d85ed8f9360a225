import { describe, expect, it } from 'vitest';
import { fleetLockId } from '../../../src/reboots/fleet-lock-id.ts';
import { readFleetLockRequest } from '../../../src/reboots/fleet-lock-request.ts';
import type { FleetNode, PreRebootPorts } from '../../../src/reboots/lock-ports.ts';
import { preReboot } from '../../../src/reboots/pre-reboot.ts';
import { steadyState } from '../../../src/reboots/steady-state.ts';
import { NOW, rebootNode, rebootPolicy } from '../../support/reboots/healthy.ts';

const body = JSON.stringify({ client_params: { id: 'c988', group: 'workers' } });
const question = { method: 'POST', path: '/demo/v1/pre-reboot', headers: { 'fleet-lock-protocol': 'true' }, body };

describe('a request of FleetLock', () => {
  it('is read as the protocol has it, extra fields and a trailing slash included', () => {
    const request = { cluster: 'demo', operation: 'pre-reboot', id: 'c988', group: 'workers' };
    expect(readFleetLockRequest(question)).toEqual(request);
    const more = JSON.stringify({ client_params: { id: 'c988', group: 'workers', more: 1 }, also: {} });
    expect(readFleetLockRequest({ ...question, path: '/demo/v1/steady-state/', body: more })).toEqual({
      ...request,
      operation: 'steady-state',
    });
  });

  it.each([
    { method: 'GET' },
    { path: '/v1/pre-reboot' },
    { path: '/demo/v2/pre-reboot' },
    { path: '/../v1/pre-reboot' },
    { headers: {} },
    { headers: { 'fleet-lock-protocol': 'TRUE' } },
    { body: '' },
    { body: '[]' },
    { body: JSON.stringify({ client_params: { id: 1, group: 'a' } }) },
    { body: JSON.stringify({ client_params: { id: 'a', group: '' } }) },
    { body: JSON.stringify({ client_params: { id: 'a', group: 'a/b' } }) },
  ])('is refused with a kind and words: %j', (wrong) => {
    expect(readFleetLockRequest({ ...question, ...wrong })).toMatchObject({ status: 400, kind: 'bad_request' });
  });
});

// The pair is from the tests of github.com/poseidon/fleetlock.
it('a machine is known by the hash that systemd makes of its id for Zincati', () => {
  expect(fleetLockId('1c09ca98-649c-4c7a-bc77-9cd04c96812e')).toBe('978a225b3d7b40e9acd7ce9b62f68444');
  expect(fleetLockId('1C09CA98649C4C7ABC779CD04C96812E')).toBe('978a225b3d7b40e9acd7ce9b62f68444');
  expect(fleetLockId('')).toBeUndefined();
});

/** A fleet whose ledger has room for so many. */
function fleet(size: number, room = 1) {
  const nodes: FleetNode[] = Array.from({ length: size }, (_, index) => ({
    ...rebootNode({ name: `node-${index}`, instanceId: `i-${index}` }),
    machineId: index.toString(16).padStart(32, '0'),
  }));
  const held = new Map<string, string>();
  const started: string[] = [];
  const ports: PreRebootPorts = {
    nodes: {
      list: async () => nodes,
      change: async ({ name }, { annotations = {} }) => {
        const index = nodes.findIndex((node) => node.name === name);
        const node = nodes[index];
        if (node)
          nodes[index] = { ...node, annotations: { ...node.annotations, ...(annotations as Record<string, string>) } };
      },
    },
    places: {
      of: async () => ({
        groupName: 'demo-workers',
        lifecycleState: 'InService',
        tags: { 'tender:cluster': 'demo' },
        refreshes: 0,
      }),
    },
    executions: { isRunning: async (arn) => started.includes(arn) },
    andon: { read: async () => null },
    slots: {
      holderOf: async (_, instanceId) => held.get(instanceId),
      take: async ({ instanceId, execution }) => {
        if (held.size >= room) return { granted: false, why: 'full' };
        held.set(instanceId, execution);
        return { granted: true, why: '' };
      },
      release: async ({ instanceId }) => void held.delete(instanceId),
    },
    workflow: {
      arnOf: (name) => `arn:aws:states:us-east-1:123456789012:execution:tender-dev-node-update:${name}`,
      start: async (name) => {
        const arn = `arn:aws:states:us-east-1:123456789012:execution:tender-dev-node-update:${name}`;
        if (started.includes(arn)) return 'already-started';
        started.push(arn);
        return 'started';
      },
    },
    gates: { window: async () => ({ open: true, why: '' }), openBreakers: async () => [] },
  };
  const ask = (index: number, more: Partial<PreRebootPorts> = {}) =>
    preReboot(
      { cluster: 'demo', group: 'default', id: fleetLockId(nodes[index]?.machineId ?? '') ?? '' },
      { ...ports, ...more },
      rebootPolicy(),
      NOW,
    );
  const leave = (index: number) =>
    steadyState({ cluster: 'demo', id: fleetLockId(nodes[index]?.machineId ?? '') ?? '' }, ports, NOW);
  return { nodes, held, started, ports, ask, leave };
}

describe('a lock', () => {
  it('of two hundred machines that ask at once one gets its drain, the others the reason', async () => {
    const { nodes, started, ask } = fleet(200);
    const kinds = (await Promise.all(nodes.map((_, index) => ask(index)))).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'failed_node_not_drained')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'failed_lock_semaphore_full')).toHaveLength(199);
    expect(started).toHaveLength(1);
  });

  it('asked for again and again starts one drain', async () => {
    const { started, ask } = fleet(1);
    for (let again = 0; again < 5; again += 1) expect(await ask(0)).toMatchObject({ kind: 'failed_node_not_drained' });
    expect(started).toHaveLength(1);
  });

  it('is not granted while anything speaks against it, and nothing is started then', async () => {
    const { started, ask, ports } = fleet(1);
    const { gates } = ports;
    expect(await ask(0, { gates: { ...gates, window: async () => 'off' as const } })).toMatchObject({
      kind: 'failed_stopped',
    });
    expect(
      await ask(0, { gates: { ...gates, window: async () => ({ open: false, why: 'closed until 02:00' }) } }),
    ).toMatchObject({
      kind: 'failed_window_closed',
      value: 'closed until 02:00',
    });
    expect(
      await ask(0, { gates: { ...gates, openBreakers: async () => ['the breaker of zone a is open'] } }),
    ).toMatchObject({
      kind: 'failed_breaker_open',
    });
    const andon = { read: async () => ({ reason: 'a look', since: '12:00', by: 'ann' }) };
    expect(await ask(0, { andon })).toMatchObject({ kind: 'failed_stopped' });
    const away = { ...ports.nodes, list: async () => 'unknown' as const };
    expect(await ask(0, { nodes: away })).toMatchObject({ status: 503, kind: 'failed_unavailable' });
    expect(started).toEqual([]);
  });

  it('is told yes only if all that was asked before the drain still holds, and then again and again', async () => {
    const { nodes, started, ask, ports } = fleet(1);
    const { gates } = ports;
    started.push('arn:lives');
    const hold = (step: string) => {
      const mark = { owner: 'arn:lives', way: 'lock', bootId: 'boot-1', step, since: NOW.toISOString() };
      const [node] = nodes;
      const annotations = { 'tender.sh/owner': 'arn:lives', 'tender.sh/reboot': JSON.stringify(mark) };
      if (node) nodes[0] = { ...node, unschedulable: true, annotations };
    };
    const markNow = () => JSON.parse(nodes[0]?.annotations['tender.sh/reboot'] ?? '');
    const breakers = { gates: { ...gates, openBreakers: async () => ['the breaker of zone a is open'] } };

    hold('asked');
    expect(await ask(0, { gates: { ...gates, openBreakers: async () => 'unknown' as const } })).toMatchObject({
      status: 503,
      kind: 'failed_unavailable',
    });
    expect(markNow()).toMatchObject({ step: 'asked' });
    expect(markNow().told).toBeUndefined();
    expect(await ask(0, breakers)).toMatchObject({ kind: 'failed_breaker_open' });
    expect(markNow()).toMatchObject({ step: 'released', refused: 'the breaker of zone a is open' });
    expect(await ask(0)).toMatchObject({ kind: 'failed_node_busy' });

    hold('asked');
    // What only counts nodes that are out of service on purpose counts its own.
    const counting = async (_: string, which: string) => (which === 'all' ? ['the breaker of group w is open'] : []);
    expect(await ask(0, { gates: { ...gates, openBreakers: counting } })).toMatchObject({ status: 200 });
    // Functions of the version before read it, too.
    expect(markNow()).toMatchObject({ step: 'asked', told: true });
    // It may be on its way down.
    expect(await ask(0, breakers)).toMatchObject({ status: 200 });
  });

  it('is asked for as any other where a drain by hand has left its place behind and the node serves', async () => {
    const { nodes, held, started, ask, ports } = fleet(1);
    const byHand = 'arn:aws:states:us-east-1:123456789012:execution:tender-dev-node-drain:one';
    const slots = { ...ports.slots, take: async () => ({ granted: true, why: '' }) };
    const [node] = nodes;
    held.set('i-0', byHand);
    if (node) nodes[0] = { ...node, unschedulable: true };
    expect(await ask(0, { slots })).toMatchObject({ kind: 'failed_node_busy' });
    if (node) nodes[0] = { ...node, annotations: { 'tender.sh/owner': byHand } };
    expect(await ask(0, { slots })).toMatchObject({ kind: 'failed_node_busy' });
    expect(started).toEqual([]);
    if (node) nodes[0] = node;
    expect(await ask(0, { slots })).toMatchObject({ kind: 'failed_node_not_drained' });
    expect(started).toHaveLength(1);
  });

  it('whose execution is dead is nobody’s until it is put back', async () => {
    const { nodes, ask } = fleet(1);
    const mark = { owner: 'arn:dead', way: 'lock', bootId: 'boot-1', step: 'asked', since: NOW.toISOString() };
    const [node] = nodes;
    if (node) nodes[0] = { ...node, annotations: { 'tender.sh/reboot': JSON.stringify(mark) } };
    expect(await ask(0)).toMatchObject({ status: 409, kind: 'failed_node_busy' });
  });

  it('given back before it was granted is noted for the execution that empties the node', async () => {
    const { nodes, started, ask, leave } = fleet(1);
    await ask(0);
    expect(await leave(0)).toMatchObject({ status: 200 });
    expect(JSON.parse(nodes[0]?.annotations['tender.sh/reboot'] ?? '{}')).toMatchObject({
      owner: started[0],
      step: 'released',
    });
    expect(await leave(0)).toMatchObject({ status: 200, value: 'it holds no lock' });
    expect(await ask(0)).toMatchObject({ kind: 'failed_node_busy' });
  });
});
