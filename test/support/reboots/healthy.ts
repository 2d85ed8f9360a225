import type { CheckRebootPorts } from '../../../src/reboots/check-reboot.ts';
import type { PlanRebootPorts } from '../../../src/reboots/plan-reboot.ts';
import type {
  RebootAgents,
  RebootInstance,
  RebootNode,
  RebootNodeChange,
  RebootPlace,
  RebootPolicy,
} from '../../../src/reboots/ports.ts';

export const NOW = new Date('2026-03-01T12:00:00.000Z');
export const OWNER = 'arn:aws:states:us-east-1:123456789012:execution:tender-dev-node-update:one';
export const FLUO = 'flatcar-linux-update.v1.flatcar-linux.net/';

/** What a registry entry says of reboots unless told otherwise. */
export function rebootPolicy(reboots: Partial<RebootPolicy['reboots']> = {}): RebootPolicy {
  return {
    name: 'demo',
    health: {},
    reboots: {
      beforeRebootAnnotations: [],
      afterRebootAnnotations: [],
      checkMinutes: 60,
      updateMinutes: 30,
      bootMinutes: 30,
      readyMinutes: 2,
      ...reboots,
    },
  };
}

/** A worker in service whose Node is Ready. Each field can be another. */
export interface RebootWorld {
  readonly instance?: Partial<RebootInstance> | undefined;
  readonly place?: Partial<RebootPlace> | undefined;
  readonly gone?: 'instance' | 'place';
  readonly node?: Partial<RebootNode> | 'none' | 'unknown';
  readonly claim?: { readonly owner: string; readonly leaving: boolean };
  readonly quorum?: 'kept' | 'lost' | 'unknown';
  readonly andon?: boolean;
  readonly agent?: 'online' | 'offline' | 'elsewhere';
  readonly result?: Awaited<ReturnType<RebootAgents['result']>>;
}

/** Ports onto such a world, and what was done through them. */
export function rebootWorld(world: RebootWorld = {}) {
  const changes: RebootNodeChange[] = [];
  const sent: string[] = [];
  const events: string[] = [];
  const given = world.node;
  let node: RebootNode | 'none' | 'unknown' = typeof given === 'string' ? given : rebootNode(given);
  const agents: RebootAgents = {
    answers: async () => world.agent !== 'offline',
    send: async (_instanceId, { action }) => {
      if (world.agent === 'offline') return 'unreachable';
      sent.push(action);
      return { commandId: 'command-1' };
    },
    result: async () => world.result ?? { status: 'under-way', output: '', errors: '' },
  };
  const ports: PlanRebootPorts & CheckRebootPorts = {
    instances: {
      find: async () => (world.gone === 'instance' ? undefined : rebootInstance(world.instance)),
      reboot: async () => {
        sent.push('ec2');
        return 'rebooting';
      },
    },
    places: { of: async () => (world.gone === 'place' ? undefined : rebootPlace(world.place)) },
    nodes: {
      instanceOf: async () => 'i-0abc',
      find: async () => node,
      change: async (_node, change) => {
        changes.push(change);
        if (typeof node === 'object') node = changed(node, change);
      },
    },
    claims: { read: async () => world.claim },
    executions: { isRunning: async () => true },
    agents: world.agent === 'elsewhere' ? 'elsewhere' : agents,
    andon: { read: async () => (world.andon ? { reason: 'a look', since: '12:00', by: 'ann' } : null) },
    quorum: { without: async () => ({ quorum: world.quorum ?? 'kept', why: 'so says etcd' }) },
    events: { record: async (_name, { reason }) => void events.push(reason) },
  };
  return {
    ports,
    changes,
    sent,
    events,
    node: () => node,
    /** Somebody else writes the Node. */
    write: (change: RebootNodeChange & { readonly node?: Partial<RebootNode> }) => {
      if (typeof node === 'object') node = { ...changed(node, change), ...change.node };
    },
  };
}

export function rebootNode(node: Partial<RebootNode> = {}): RebootNode {
  return {
    name: 'ip-10-0-1-23',
    resourceVersion: '1',
    instanceId: 'i-0abc',
    bootId: 'boot-1',
    osImage: 'Flatcar 4459.2.0',
    kernelVersion: '6.12.58',
    ready: true,
    unschedulable: false,
    labels: {},
    annotations: {},
    ...node,
  };
}

function rebootInstance(instance: Partial<RebootInstance> = {}): RebootInstance {
  return {
    instanceId: 'i-0abc',
    state: 'running',
    zone: 'us-east-1a',
    ipAddress: '10.0.1.23',
    addresses: ['10.0.1.23'],
    dnsNames: ['ip-10-0-1-23'],
    tags: {},
    ...instance,
  };
}

function rebootPlace(place: Partial<RebootPlace> = {}): RebootPlace {
  return {
    groupName: 'demo-workers',
    lifecycleState: 'InService',
    tags: { 'tender:cluster': 'demo' },
    refreshes: 0,
    ...place,
  };
}

function changed(node: RebootNode, { labels, annotations }: RebootNodeChange): RebootNode {
  return { ...node, labels: merged(node.labels, labels), annotations: merged(node.annotations, annotations) };
}

function merged(
  values: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>> = {},
): Record<string, string> {
  const kept = Object.entries({ ...values, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== undefined,
  );
  return Object.fromEntries(kept);
}
