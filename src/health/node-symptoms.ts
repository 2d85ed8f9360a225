import { eventConditions, eventPrefix } from './event-conditions.ts';
import type { Symptom } from './finding.ts';
import { countTransitions, transitionsOf } from './flapping.ts';
import { isLatched } from './latched.ts';
import { hasStopped, rememberLease } from './leases.ts';
import type { NodeMemory } from './memory.ts';
import type { ObservedCondition, ObservedNode } from './observations.ts';
import { disturbedAt } from './our-doing.ts';
import { type Subject, saysReady } from './roster.ts';
import { sickStatus } from './rules.ts';
import { type Sight, type Sign, symptomOf } from './sight.ts';

/**
 * What the Node says of itself, and what it has stopped to say. One that still joins comes and goes, and is judged by whether it arrives.
 *
 * @param newest the latest renewal of any lease, in milliseconds.
 */
export function nodeSymptoms({ id, node }: Subject, sight: Sight, newest: number): readonly Symptom[] {
  if (node === undefined || node.joining) return [];
  const known = sight.observations.memory.nodes[node.uid];
  const signs = [...readySign(node), ...leaseSign(node, known, sight, newest), ...flappingSign(node, known, sight)];
  return [
    ...signs.flatMap((sign) => symptomOf(id, { ...sign, silence: true }, sight)),
    ...[...node.conditions, ...eventConditions(node, sight.observations)].flatMap((condition) =>
      conditionSymptoms(id, node, condition, known, sight),
    ),
  ];
}

function readySign({ conditions, createdAt }: ObservedNode): Sign[] {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return [];
  if (ready === undefined)
    return [{ signal: 'Unknown', since: createdAt, words: 'the kubelet has never said how it is' }];
  return [{ signal: ready.status === 'False' ? 'NotReady' : 'Unknown', since: ready.since, words: saidBy(ready) }];
}

function leaseSign(node: ObservedNode, known: NodeMemory | undefined, { observations }: Sight, newest: number): Sign[] {
  const { at } = observations;
  const lease = rememberLease(node, known?.lease, newest, at);
  if (!saysReady(node) || lease === null || !hasStopped(lease, at)) return [];
  const words = `it says Ready, but has not renewed its lease since ${lease.renewedAt}`;
  return [{ signal: 'LeaseStopped', since: lease.renewedAt, words }];
}

function flappingSign(
  node: ObservedNode,
  known: NodeMemory | undefined,
  { observations, policy, quiet, disturbed }: Sight,
): Sign[] {
  const { transitions: limit, withinMinutes } = policy.flapping;
  const ours = disturbedAt(node, known, disturbed, observations);
  const transitions = transitionsOf(node, known, { at: observations.at, quiet, withinMinutes, disturbedAt: ours });
  const count = countTransitions(transitions);
  if (count < limit) return [];
  const words = `it became Ready or not Ready ${count} times within ${withinMinutes} minutes`;
  return [{ signal: 'Flapping', since: null, words }];
}

function conditionSymptoms(
  id: string,
  node: ObservedNode,
  condition: ObservedCondition,
  known: NodeMemory | undefined,
  sight: Sight,
): Symptom[] {
  const rule = sight.rules.get(condition.type)?.find((one) => sickStatus(one) === condition.status);
  if (rule === undefined || isLatched(node, condition, known)) return [];
  const silence = condition.status === 'Unknown';
  const since = condition.since === '' && isEvent(condition) ? null : condition.since;
  const sign = { signal: condition.type, since, silence, words: saidBy(condition) };
  return symptomOf(id, sign, sight, rule);
}

function isEvent({ type }: ObservedCondition): boolean {
  return type.startsWith(eventPrefix);
}

function saidBy(condition: ObservedCondition): string {
  const { type, status, reason, message } = condition;
  const why = [reason, message].filter((text) => text !== '').join(': ');
  if (isEvent(condition)) return `an Event tells of ${why}`;
  return `${type} is ${status}${why === '' ? '' : ` (${why})`}`;
}
