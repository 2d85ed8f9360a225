import { attemptAll } from './attempt-all.ts';
import type { Candidates } from './candidates.ts';
import type { TargetFailure } from './errors.ts';
import { type FoundTarget, healthyBeside } from './find-targets.ts';
import type { NotedTarget, RegisteredInstances, RegisteredTargets } from './ports.ts';
import { balancerName, targetName } from './target-name.ts';

/**
 * The load balancers that would have no healthy target without the node, or that an earlier try has left without one. Those that controllers have marked don't
 * count: with `externalTrafficPolicy: Local` their targets follow the pods, and PodDisruptionBudgets watch over those.
 *
 * @param noted what earlier tries took out: Elastic Load Balancing calls all of it draining, whatever it was before
 */
export function lastHealthyIn(found: readonly FoundTarget[], noted: readonly NotedTarget[]): readonly string[] {
  const missed = new Set(noted.filter((target) => !target.idle).map(targetName));
  const last = found.filter(
    (one) =>
      (one.healthy || (one.leaving && missed.has(targetName(one.target)))) &&
      !one.controllerOwned &&
      one.healthyOthers === 0,
  );
  return distinct(last.map(({ target }) => placeOf(target)));
}

/**
 * The load balancers that have no healthy target now that the node is out: two that look at the same time each see the other healthy, and both leave.
 * Looks at all that was taken out by any try, also where others failed, and where Elastic Load Balancing shows nothing of the node any more. What is gone has nobody to serve.
 * Reads only.
 */
export async function leftWithoutHealthy(
  taken: readonly NotedTarget[],
  { targetGroups, classicLoadBalancers }: Candidates,
  ports: { targets: RegisteredTargets; instances: RegisteredInstances },
): Promise<{ last: readonly string[]; failures: readonly TargetFailure[] }> {
  const ours = new Set(
    [
      ...targetGroups.map(({ arn, controllerOwned }) => ({ place: arn, controllerOwned })),
      ...classicLoadBalancers.map(({ name, controllerOwned }) => ({ place: name, controllerOwned })),
    ].flatMap(({ place, controllerOwned }) => (controllerOwned ? [] : place)),
  );
  const missed = taken.filter(
    (target) => !target.idle && ours.has(target.kind === 'classic' ? target.name : target.arn),
  );
  const { results, failures } = await attemptAll(
    missed,
    (target) => `who else serves in ${placeOf(target)}`,
    async (target) => ({ target, others: await healthyBeside(target, ports) }),
  );
  const last = results.filter(({ others }) => others === 0);
  return { last: distinct(last.map(({ target }) => placeOf(target))), failures };
}

function placeOf(target: NotedTarget): string {
  return target.kind === 'classic' ? target.name : balancerName(target.arn);
}

function distinct(some: readonly string[]): readonly string[] {
  return [...new Set(some)];
}
