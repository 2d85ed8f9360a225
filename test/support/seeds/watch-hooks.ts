import type { SeedWorld } from './seed-world.ts';
import type { Trouble } from './trouble.ts';
import type { Violations } from './violations.ts';

/** A hook is to be answered in so much time without trouble: route, plan, and a first heartbeat. */
const ENOUGH_MS = 45_000;

/**
 * No hook is left to expire while Tender could act: Auto Scaling, the registry and Step Functions answered, functions lived, events came, and nobody had
 * just pressed Stop, for the greater part of the hook's time (at least {@link ENOUGH_MS}). The policy `expire` may leave it, after a drain that failed.
 */
export function watchHooks(seed: SeedWorld, trouble: Trouble, violations: Violations): void {
  const alive = new Map<string, number>();
  seed.world.history.listen(({ at, source, event, details }) => {
    if (source !== 'autoscaling' || details.hook !== 'tender-terminate') return;
    const key = `${String(details.group)} ${String(details.instanceId)}`;
    if (event === 'LifecycleHookWaiting' || event === 'LifecycleActionHeartbeat') alive.set(key, at);
    if (event !== 'LifecycleActionTimedOut') return;
    const since = alive.get(key) ?? at;
    const instanceId = String(details.instanceId);
    if (mayExpire(seed, instanceId)) return;
    const seconds = seed.plannedGroup(String(details.group))?.hook?.seconds ?? 0;
    const free = trouble.freeMs(since, at);
    if (free < Math.max(ENOUGH_MS, (seconds * 1000) / 2)) return;
    violations.add(
      'hooks',
      `the hook of ${instanceId} expired after ${Math.round((at - since) / 1000)} s, of which ${Math.round(free / 1000)} s were free of trouble`,
    );
  });
}

function mayExpire(seed: SeedWorld, instanceId: string): boolean {
  if (seed.plan.policy.retire.whenDrainFails !== 'expire') return false;
  return seed.deployment.executions('node-retire').some(({ run }) => {
    const outcome = run.outcome;
    return outcome?.status === 'FAILED' && outcome.cause?.includes(instanceId) === true;
  });
}
