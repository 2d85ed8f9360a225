import type { Sight } from '../../../src/repairs/observe.ts';
import type { PlanRepairInput, PlanRepairPorts } from '../../../src/repairs/plan-repair.ts';
import type { Place, RepairPolicy, SickCondition, SickInstance, SickNode } from '../../../src/repairs/ports.ts';
import type { Episode } from '../../../src/repairs/why-sick.ts';

export const noon = new Date('2026-03-01T12:00:00Z');
export const ago = (minutes: number) => new Date(noon.getTime() - minutes * 60_000).toISOString();
export const us = 'arn:aws:states:us-east-1:111122223333:execution:tender-dev-node-repair:repair-i-1';

export function aPolicy(health: Partial<RepairPolicy['health']> = {}): RepairPolicy {
  return {
    name: 'demo',
    schedules: { healthMinutes: 1 },
    health: {
      repair: 'on',
      rules: [],
      quietMinutes: 5,
      flapping: { withinMinutes: 60 },
      rungMinutes: { restart: 5, reboot: 10, replace: 30 },
      ...health,
    },
  };
}

export function anInstance(changes: Partial<SickInstance> = {}): SickInstance {
  return {
    instanceId: 'i-0abc',
    state: 'running',
    zone: 'us-east-1a',
    ipAddress: '10.0.1.23',
    addresses: ['10.0.1.23'],
    dnsNames: ['ip-10-0-1-23.ec2.internal'],
    tags: { 'tender:role': 'worker' },
    systemStatus: 'ok',
    instanceStatus: 'ok',
    ...changes,
  };
}

export function aPlace(changes: Partial<Place> = {}): Place {
  return {
    groupName: 'demo-workers',
    lifecycleState: 'InService',
    tags: { 'tender:cluster': 'demo', 'tender:role': 'worker' },
    inService: 3,
    refreshes: 0,
    ...changes,
  };
}

export function aCondition(type: string, status: string, since = ago(30)): SickCondition {
  return { type, status, reason: 'Told', since };
}

/** Ready since two hours, unless told otherwise. */
export function aNode(conditions: readonly SickCondition[] = [], changes: Partial<SickNode> = {}): SickNode {
  const ready = conditions.some(({ type }) => type === 'Ready') ? [] : [aCondition('Ready', 'True', ago(120))];
  return { name: 'node-a', bootId: 'boot-1', annotations: {}, conditions: [...ready, ...conditions], ...changes };
}

/** A node that is well, in service, and nobody's. */
export function aSight(changes: Partial<Sight> = {}): Sight {
  return {
    instance: anInstance(),
    place: aPlace(),
    node: aNode(),
    claim: undefined,
    keptBy: undefined,
    leaseRenewedAt: ago(0),
    ...changes,
  };
}

export function anEpisode(changes: Partial<Episode> = {}): Episode {
  return { signal: 'NotReady', bootId: 'boot-1', conditions: '', rungSince: '', ...changes };
}

export const inTouch = { lookedAt: '', awaySince: '', backSince: '' };

export function anInput(changes: Partial<PlanRepairInput> = {}): PlanRepairInput {
  return {
    cluster: 'demo',
    instanceId: 'i-0abc',
    nodeName: 'node-a',
    owner: us,
    ladder: [],
    tried: [],
    rungDone: false,
    contact: inTouch,
    planOnly: false,
    ...anEpisode(),
    ...changes,
  };
}

/** A world that shows this. */
export function showing(
  sight: Sight,
  changes: Partial<Pick<PlanRepairPorts, 'agents' | 'andon' | 'quorum' | 'standings'>> = {},
): PlanRepairPorts {
  const { claim } = sight;
  return {
    instances: { find: async () => sight.instance, reboot: async () => 'rebooting' },
    places: { of: async () => sight.place },
    nodes: {
      instanceOf: async () => 'i-0abc',
      find: async () => sight.node,
      leaseRenewedAt: async () => sight.leaseRenewedAt,
    },
    claims: { read: async () => claim },
    executions: { isRunning: async () => true },
    agents: {
      answers: async () => true,
      restart: async () => ({ commandId: 'c-1' }),
      result: async () => ({ status: 'done', output: '', errors: '' }),
    },
    andon: { read: async () => null },
    quorum: { without: async () => ({ quorum: 'kept', why: '' }) },
    standings: { of: async () => ({ at: ago(0), repair: { holds: [], launchFirst: false } }) },
    ...changes,
  };
}
