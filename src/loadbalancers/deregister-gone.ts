import { attemptAll } from './attempt-all.ts';
import type { TargetFailure } from './errors.ts';
import { healthyBeside } from './find-targets.ts';
import type { BalancerPlan, BalancerView } from './plan-sync.ts';
import type { NotedTarget, RegisteredInstances, RegisteredTargets, TargetChanges } from './ports.ts';
import { targetName } from './target-name.ts';
import type { LookedAtBalancer } from './view-balancers.ts';

interface DeregisterPorts {
  readonly targets: RegisteredTargets;
  readonly instances: Pick<RegisteredInstances, 'instances'>;
  readonly changes: TargetChanges;
}

/** How one place is judged, and whether what it takes out there still runs. */
export interface Verdicts {
  readonly plan: (view: BalancerView) => BalancerPlan;
  readonly runs: (target: NotedTarget) => boolean;
}

interface Deregistered {
  readonly targets: readonly NotedTarget[];
  /** What was to go, and stays. */
  readonly drift: readonly string[];
}

/**
 * Deregisters what is planned, and never the last healthy target (S21), whatever drains take out meanwhile: each place is looked at and judged again
 * right before, and looked at once more when a healthy one has left. If nobody else serves there by then, or nobody can say, what runs is put back: a
 * drain that leaves at the same moment looks in the same way.
 */
export async function deregisterGone(
  planned: readonly { readonly view: LookedAtBalancer; readonly deregister: readonly NotedTarget[] }[],
  verdicts: Verdicts,
  ports: DeregisterPorts,
): Promise<Deregistered & { readonly failures: readonly TargetFailure[] }> {
  const { results, failures } = await attemptAll(
    planned.filter(({ deregister }) => deregister.length > 0),
    ({ deregister }) => deregister.map(targetName).join(', '),
    ({ view, deregister }) => inOnePlace(view, deregister, verdicts, ports),
  );
  return {
    targets: results.flatMap(({ targets }) => targets),
    drift: results.flatMap(({ drift }) => drift),
    failures,
  };
}

async function inOnePlace(
  before: LookedAtBalancer,
  planned: readonly NotedTarget[],
  { plan, runs }: Verdicts,
  ports: DeregisterPorts,
): Promise<Deregistered> {
  const view = await before.lookAgain();
  const going = among(planned, plan(view).deregister);
  const present = view.registered.filter(({ leaving }) => !leaving).map(({ target }) => target);
  const kept = among(present, planned).filter((target) => !isOneOf(target, going));
  const healthy = view.registered.filter((one) => one.healthy).map(({ target }) => target);
  const back = await leave(going, among(going, healthy), runs, ports);
  return {
    targets: going.filter((target) => !isOneOf(target, back)),
    drift: [...kept, ...back].map(
      (target) => `${targetName(target)}: stays as the last target that may answer, since others have left meanwhile`,
    ),
  };
}

/** Gives those that were put back. Also where some could not be deregistered, others may have been. */
async function leave(
  going: readonly NotedTarget[],
  healthy: readonly NotedTarget[],
  runs: Verdicts['runs'],
  ports: DeregisterPorts,
): Promise<readonly NotedTarget[]> {
  if (going.length === 0) return [];
  const [failure] = await Promise.allSettled([ports.changes.deregisterAll(going)]);
  const missed = healthy.filter(runs);
  const [one] = missed;
  const others = one && (await healthyBeside(one, ports).catch(() => 0));
  const back = others === 0 ? await ports.changes.registerAll(missed) : [];
  if (failure.status === 'rejected') throw failure.reason;
  return back;
}

function among(some: readonly NotedTarget[], others: readonly NotedTarget[]): readonly NotedTarget[] {
  return some.filter((target) => isOneOf(target, others));
}

function isOneOf(target: NotedTarget, others: readonly NotedTarget[]): boolean {
  return others.some((one) => targetName(one) === targetName(target));
}
