import type { Sight } from './observe.ts';
import type { RepairPolicy, SickCondition, SickInstance, SickNode } from './ports.ts';

/** A lease is renewed each 10 s, and lasts 40 s (nodeLeaseDurationSeconds); four of them is a kubelet that stopped. */
const LEASE_STOPPED_MS = 160_000;

/** What monitors tell of nodes (S16): EKS's monitoring agent says False, the node problem detector says True. */
const KNOWN_CONDITIONS: Readonly<Record<string, string>> = {
  AcceleratedHardwareReady: 'False',
  ContainerRuntimeReady: 'False',
  KernelReady: 'False',
  NetworkingReady: 'False',
  StorageReady: 'False',
  CorruptDockerOverlay2: 'True',
  FrequentContainerdRestart: 'True',
  FrequentDockerRestart: 'True',
  FrequentKubeletRestart: 'True',
  FrequentUnregisterNetDevice: 'True',
  KernelDeadlock: 'True',
  ReadonlyFilesystem: 'True',
};

type Rules = RepairPolicy['health']['rules'];

/** What the repair is about, and how far it has come. */
export interface Episode {
  /** What brought it about; empty: a person, and anything counts. */
  readonly signal: string;
  /** The boot with which it began; empty when nobody knows. */
  readonly bootId: string;
  /** The node's conditions then, each with its last transition: {@link namesOf}. */
  readonly conditions: string;
  /** When the last rung began; ISO 8601, empty when none has. */
  readonly rungSince: string;
}

/**
 * Why a node is sick still, in words; undefined when it is well (S16, S17). It has to be Ready, and what brought the repair about has to be over. A condition that
 * latches, and has not been found again since the machine booted, is over: nobody took it back. Told by what it says of itself, whatever the node's clock shows.
 */
export function whySick(
  { instance, node, leaseRenewedAt }: Sight,
  episode: Episode,
  { health }: RepairPolicy,
  now: Date,
): string | undefined {
  const { signal } = episode;
  if (node === 'unknown') return 'the API server cannot be asked';
  if (node === 'none') return instance?.tags['tender:role'] === 'etcd' ? ofChecks(instance, signal) : 'it has no Node';
  const ready = node.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True')
    return `Ready is ${ready?.status ?? 'not told'}${ready?.reason ? ` (${ready.reason})` : ''}`;
  switch (signal) {
    case 'NotReady':
    case 'Unknown':
    case 'NeverJoined':
    case 'Ready':
      return undefined;
    case 'SystemStatus':
    case 'InstanceStatus':
      return ofChecks(instance, signal);
    case 'LeaseStopped':
      return ofLease(leaseRenewedAt, episode, now);
    case 'Flapping':
      return ofFlapping(ready, health.flapping.withinMinutes, now);
    case '':
      return ofAnything({ instance, node, leaseRenewedAt }, episode, health.rules);
    default:
      return isAnnounced(signal) ? `${signal} was told of` : ofCondition(signal, node, episode, health.rules);
  }
}

/**
 * Why nobody can say yet whether it is sick, in words: before anything was tried, a check of which EC2 says neither that it passes nor that it fails makes
 * nobody sick. undefined: {@link whySick} says.
 */
export function whyUnsure({ instance, node }: Sight, { signal, rungSince }: Episode): string | undefined {
  const isReady =
    typeof node === 'object' && node.conditions.some((one) => one.type === 'Ready' && one.status === 'True');
  const byChecks = isReady
    ? signal === 'SystemStatus' || signal === 'InstanceStatus'
    : node === 'none' && instance?.tags['tender:role'] === 'etcd';
  if (rungSince !== '' || !byChecks) return undefined;
  return badCheck(instance, signal)?.[1] === 'impaired' ? undefined : ofChecks(instance, signal);
}

function ofChecks(instance: SickInstance | undefined, signal: string): string | undefined {
  const bad = badCheck(instance, signal);
  return bad && `EC2's ${bad[0]} status check says ${bad[1] ?? 'nothing'}`;
}

/** One that fails, or else one that does not pass. */
function badCheck(instance: SickInstance | undefined, signal: string) {
  const checks = [
    ...(signal === 'InstanceStatus' ? [] : [['system', instance?.systemStatus] as const]),
    ...(signal === 'SystemStatus' ? [] : [['instance', instance?.instanceStatus] as const]),
  ];
  return checks.find(([, status]) => status === 'impaired') ?? checks.find(([, status]) => status !== 'ok');
}

/** At first by our clock; then by whether it was renewed since, whatever the node's clock shows. */
function ofLease(renewedAt: string, { conditions }: Episode, now: Date): string | undefined {
  if (hasLease(conditions)) return ofKnownLease(renewedAt, conditions);
  const stopped = now.getTime() - Date.parse(renewedAt || '1970-01-01') > LEASE_STOPPED_MS;
  return stopped ? stoppedLease(renewedAt) : undefined;
}

/** Of one that was looked at before. */
function ofKnownLease(renewedAt: string, conditions: string): string | undefined {
  return conditions.split(' ').includes(`lease@${renewedAt}`) ? stoppedLease(renewedAt) : undefined;
}

function hasLease(conditions: string): boolean {
  return conditions.split(' ').some((one) => one.startsWith('lease@'));
}

function stoppedLease(renewedAt: string): string {
  return `its kubelet renews its lease no more (last ${renewedAt || 'never'})`;
}

function ofFlapping(ready: SickCondition, withinMinutes: number, now: Date): string | undefined {
  const lastsMs = now.getTime() - Date.parse(ready.since);
  return lastsMs >= withinMinutes * 60_000
    ? undefined
    : `it is Ready only since ${ready.since}, after it came and went`;
}

/** Signals that say that something was wrong, and that nobody can ask about again: it is sick until they are told no more, and then whether it is Ready counts. */
export function isAnnounced(signal: string): boolean {
  return /^(Alarm|Event):/.test(signal) || signal === 'AutoScalingUnhealthy' || signal === 'NodeWithoutInstance';
}

/** All that can be seen of a node that is Ready: a person asked for its repair, and knows best why. */
function ofAnything(
  { instance, node, leaseRenewedAt }: { readonly node: SickNode } & Pick<Sight, 'instance' | 'leaseRenewedAt'>,
  episode: Episode,
  rules: Rules,
): string | undefined {
  const impaired = [instance?.systemStatus, instance?.instanceStatus].includes('impaired');
  if (impaired) return ofChecks(instance, '');
  const shown = new Set(rules.filter(({ ladder }) => ladder.length === 0).map(({ signal }) => signal));
  const types = [...Object.keys(KNOWN_CONDITIONS).filter((type) => !shown.has(type)), ...own(rules)];
  const found = types.flatMap((type) => ofCondition(type, node, episode, rules) ?? []);
  return found[0] ?? (leaseRenewedAt === '' ? undefined : ofKnownLease(leaseRenewedAt, episode.conditions));
}

function own(rules: Rules): readonly string[] {
  return rules.filter(({ ladder }) => ladder.length > 0).map(({ signal }) => signal);
}

function ofCondition(type: string, node: SickNode, episode: Episode, rules: Rules): string | undefined {
  const named = rules.filter(({ signal }) => signal === type).map(({ status }) => status ?? usualStatus(type));
  const sick: readonly string[] = named.length > 0 ? named : [KNOWN_CONDITIONS[type] ?? usualStatus(type)];
  const condition = node.conditions.find((one) => one.type === type);
  if (condition === undefined || !sick.includes(condition.status)) return undefined;
  return isStale(condition, node, episode)
    ? undefined
    : `${type} is ${condition.status} (${condition.reason}) since ${condition.since}`;
}

function usualStatus(type: string): 'True' | 'False' {
  return type.endsWith('Ready') ? 'False' : 'True';
}

/** From before the boot: whoever found it has not found it again. */
function isStale(condition: SickCondition, node: SickNode, episode: Episode): boolean {
  return hasBooted(node, episode.bootId) && episode.conditions.split(' ').includes(nameOf(condition));
}

/** Whether it is known to have booted since the repair began. */
export function hasBooted({ bootId }: SickNode, before: string): boolean {
  return before !== '' && bootId !== '' && bootId !== before;
}

/** The conditions of a node, each with its last transition, so that one that is found again can be told from one that nobody took back; and its lease. */
export function namesOf({ conditions }: SickNode, leaseRenewedAt: string): string {
  return [...conditions.map(nameOf), `lease@${leaseRenewedAt}`].join(' ');
}

function nameOf({ type, status, since }: SickCondition): string {
  return `${type}=${status}@${since}`;
}
