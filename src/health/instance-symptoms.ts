import type { Symptom } from './finding.ts';
import type { ObservedInstance, ObservedNode } from './observations.ts';
import { isLeavingGroup, type Subject } from './roster.ts';
import { problemOf, seenOr } from './seen.ts';
import { type Sight, type Sign, symptomOf } from './sight.ts';
import { later } from './time.ts';

/** What EC2, Auto Scaling and CloudWatch say of an instance, and that it never joined. */
export function instanceSymptoms(subject: Subject, sight: Sight): readonly Symptom[] {
  const { id, instance } = subject;
  const signs = [
    ...(instance?.state === 'running' ? checkSigns(instance) : []),
    ...autoScalingSign(subject),
    ...alarmSigns(subject, sight),
  ];
  return [...signs.flatMap((sign) => symptomOf(id, sign, sight)), ...neverJoined(subject, sight)];
}

function checkSigns({ systemStatus, instanceStatus, impairedSince }: ObservedInstance): Sign[] {
  const checks = [
    { signal: 'SystemStatus', status: systemStatus, words: 'EC2 finds its host impaired' },
    { signal: 'InstanceStatus', status: instanceStatus, words: 'EC2 finds the instance impaired' },
  ];
  return checks
    .filter(({ status }) => status === 'impaired')
    .map(({ signal, words }) => ({ signal, words, since: impairedSince, believed: impairedSince !== null }));
}

function autoScalingSign({ member, group }: Subject): Sign[] {
  if (member === undefined || member.healthy || isLeavingGroup(member)) return [];
  const held = ['ReplaceUnhealthy', 'Terminate'].filter((process) => group?.suspended.includes(process));
  const words =
    held.length === 0
      ? 'Auto Scaling finds it unhealthy and replaces it'
      : `Auto Scaling finds it unhealthy, but ${held.join(' and ')} is suspended in its group`;
  return [{ signal: 'AutoScalingUnhealthy', since: null, words }];
}

function alarmSigns({ instanceId }: Subject, { observations }: Sight): Sign[] {
  return seenOr(observations.alarms, [])
    .filter((alarm) => instanceId !== '' && alarm.instanceId === instanceId)
    .map(({ name, since, why }) => ({
      signal: `Alarm:${name}`,
      since,
      believed: true,
      words: `alarm ${name}: ${why}`,
    }));
}

/** Whether it should have a Node, and has none that has come into service. Members of etcd have none. */
export function isNodeless({ member, node, role }: Subject): boolean {
  return member !== undefined && !isLeavingGroup(member) && role !== 'etcd' && (node === undefined || node.joining);
}

// Not while nobody could join, nor while Nodes cannot be seen, nor while a Node may be the instance's that does not say so, or says otherwise. A Node that vanishes is waited for
// as long as one that never came.
function neverJoined(subject: Subject, sight: Sight): readonly Symptom[] {
  const { id, instance, instanceId, node } = subject;
  const { observations, quiet, unplaced, now } = sight;
  const { at, nodes, memory } = observations;
  const canTell = quiet.state === 'well' && problemOf(nodes) === undefined && (node !== undefined || !unplaced);
  if (!isNodeless(subject) || !canTell || instance?.state !== 'running') return [];
  if (node === undefined && isNamedByAnother(instance, seenOr(nodes, []))) return [];
  const seen = later(instance.launchedAt, memory.nodeless[instanceId] ?? at);
  const outage = memory.apiServer.lastOutage;
  const since = outage === null ? seen : later(seen, outage.to);
  const words = node === undefined ? 'it has no Node' : 'its Node still carries the startup taint';
  const sign = { signal: 'NeverJoined', since, believed: true, words: `${words} since ${since}` };
  return symptomOf(id, sign, sight).filter(({ dueAt }) => Date.parse(dueAt) <= now.getTime());
}

/**
 * Whether a Node of its name says that it is of another instance. An address, and with it a name, is given again within minutes in a small subnet; a kubelet that finds a
 * Node of its name there takes it as its own, with the provider id that it has. So the instance may be serving.
 */
function isNamedByAnother({ instanceId, nodeNames = [] }: ObservedInstance, nodes: readonly ObservedNode[]): boolean {
  return nodes.some((node) => node.instanceId !== instanceId && nodeNames.includes(node.name));
}
