import { type ClusterNode, conditionOf } from '../../../simulator/kubernetes/api/objects.ts';
import { nothingFails } from './plan-troubles.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Violations } from './violations.ts';
import { podsToMove } from './watch-kubernetes.ts';

/** What the first look, and the answer, take. */
const TOLERANCE_MS = 5_000;

/**
 * Where nothing fails, no terminate hook is answered while pods that nobody has asked to end are on a node that is Ready, before they have had the time of the policy since the
 * hook began (S10): whatever another execution did before, and how long ago that began. An instance that EC2 takes has less.
 */
export function watchAnswers(seed: SeedWorld, violations: Violations): void {
  if (!nothingFails(seed.plan)) return;
  const began = new Map<string, number>();
  const taken = new Set<string>();
  seed.world.history.listen(({ at, source, event, details }) => {
    const instanceId = String(details.instanceId);
    if (source === 'ec2' && /SpotInstanceInterruption|MaintenanceScheduled/.test(event)) taken.add(instanceId);
    if (source !== 'autoscaling' || details.hook !== 'tender-terminate') return;
    if (event === 'LifecycleHookWaiting') began.set(instanceId, at);
    if (event !== 'LifecycleActionCompleted' || details.result !== 'CONTINUE' || taken.has(instanceId)) return;
    const node = seed.nodeOf(instanceId);
    const left = node && answers(seed, node, instanceId) ? unasked(seed, node) : [];
    const seconds = (at - (began.get(instanceId) ?? at)) / 1000;
    const { timeoutSeconds } = seed.plan.policy.drain;
    if (left.length === 0 || seconds >= timeoutSeconds - TOLERANCE_MS / 1000) return;
    violations.add(
      'answers',
      `the hook of ${instanceId} is answered after ${Math.round(seconds)} s of ${timeoutSeconds}, with ${left.join(', ')} on its node`,
    );
  });
}

function answers({ deployment }: SeedWorld, node: ClusterNode, instanceId: string): boolean {
  const isRunning = deployment.cloud.fleet.instances.all.get(instanceId)?.state === 'running';
  return isRunning && conditionOf(node, 'Ready')?.status === 'True';
}

function unasked({ cluster }: SeedWorld, { metadata: { name } }: ClusterNode): readonly string[] {
  return podsToMove(cluster.kubernetes, name).flatMap(({ metadata }) =>
    metadata.deletionTimestamp ? [] : [metadata.name],
  );
}
