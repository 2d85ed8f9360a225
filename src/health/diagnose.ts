import { clusterFindings, ledgerFindings } from './cluster-findings.ts';
import { etcdFindings } from './etcd-findings.ts';
import type { Diagnosis, Finding } from './finding.ts';
import { instanceSymptoms } from './instance-symptoms.ts';
import { newestLease } from './leases.ts';
import type { Ledger } from './ledger.ts';
import { mendedLately } from './mended.ts';
import { nodeSymptoms } from './node-symptoms.ts';
import type { Observations } from './observations.ts';
import { disturbedBy } from './our-doing.ts';
import type { HealthPolicy } from './policy.ts';
import { quietOf } from './quiet-api-server.ts';
import { hasUnplacedNode, isGone, poolsOf, rosterOf, type Subject } from './roster.ts';
import { rulesOf } from './rules.ts';
import { problemOf } from './seen.ts';
import { findingOf, type Sight, symptomOf } from './sight.ts';

/**
 * What is sick in a cluster, and since when: one finding for each thing, however many signs there are of it. It says nothing of what is to be done.
 * Nodes that wait in warm pools are in nobody's service, and not looked at. The same observations give the same findings; what is not seen gives none but that.
 *
 * @param ledger where it was read, or could not be: that is found as well.
 */
export function diagnose(looked: Observations, policy: HealthPolicy, now: Date, ledger?: Ledger): Diagnosis {
  const observations = withoutPooled(looked);
  const quiet = quietOf(observations, policy);
  const roster = rosterOf(observations);
  const unplaced = hasUnplacedNode(roster);
  const disturbed = disturbedBy(ledger, observations.memory, now);
  const sight: Sight = { observations, policy, rules: rulesOf(policy), quiet, disturbed, unplaced, now };
  const newest = newestLease(observations);
  const findings = [
    ...roster.flatMap((subject) => findingAbout(subject, sight, newest)),
    ...etcdFindings(sight),
    ...clusterFindings(sight),
    ...ledgerFindings(ledger, sight),
  ];
  const mended = mendedLately(ledger, observations.memory, policy, now);
  return { observations, quiet, disturbed, mended, findings: findings.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

function withoutPooled(observations: Observations): Observations {
  const { nodes } = observations;
  if ('problem' in nodes) return observations;
  const isPooled = poolsOf(observations);
  return { ...observations, nodes: { value: nodes.value.filter((node) => !isPooled(node)) } };
}

function findingAbout(subject: Subject, sight: Sight, newest: number): readonly Finding[] {
  const { id, instanceId, nodeName, groupName, zone, role, node, instance } = subject;
  const about = { id, instanceId, nodeName, groupName, zone, role };
  const hasNone = instanceId !== '' && problemOf(sight.observations.instances) === undefined && isGone(instance);
  if (node !== undefined && hasNone) {
    const words = `EC2 ${instance === undefined ? 'does not know' : 'has terminated'} ${instanceId}`;
    const symptoms = symptomOf(id, { signal: 'NodeWithoutInstance', since: null, words }, sight);
    return findingOf({ ...about, kind: 'node-without-instance' }, symptoms, sight);
  }
  const symptoms = [...nodeSymptoms(subject, sight, newest), ...instanceSymptoms(subject, sight)];
  return findingOf({ ...about, kind: node === undefined ? 'instance' : 'node' }, symptoms, sight);
}
