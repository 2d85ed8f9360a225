import type { SeedWorld } from './seed-world.ts';
import type { Trouble } from './trouble.ts';
import type { Violations } from './violations.ts';

/** A hook is to be answered in so much time without trouble: route, plan, and a first heartbeat. */
const ENOUGH_MS = 45_000;

/** A drain ends two minutes before its hook does at the latest: time to answer. */
const LAST_MS = 120_000;

/**
 * No hook is left to expire while Tender could act: Auto Scaling, the registry and Step Functions answered, functions on this instance's way lived, its events came, and
 * nobody had just stopped its execution, for the greater part of the hook's time since its last heartbeat (at least {@link ENOUGH_MS}). Nor is one kept alive until
 * Auto Scaling takes no heartbeat any more (after 48 hours, or 100 times its timeout) and then left: of its last two minutes {@link ENOUGH_MS} without trouble are
 * enough. The policy `expire` may leave it, after a drain that failed.
 */
export function watchHooks(seed: SeedWorld, trouble: Trouble, violations: Violations): void {
  const began = new Map<string, number>();
  const alive = new Map<string, number>();
  seed.world.history.listen(({ at, source, event, details }) => {
    if (source !== 'autoscaling' || details.hook !== 'tender-terminate') return;
    const instanceId = String(details.instanceId);
    const key = `${String(details.group)} ${instanceId}`;
    if (event === 'LifecycleHookWaiting') began.set(key, at);
    if (event === 'LifecycleHookWaiting' || event === 'LifecycleActionHeartbeat') alive.set(key, at);
    if (event !== 'LifecycleActionTimedOut' || mayExpire(seed, instanceId)) return;
    const seconds = seed.plannedGroup(String(details.group))?.hook?.seconds ?? 0;
    const isAtItsCap = at - (began.get(key) ?? at) >= Math.min(48 * 3600, 100 * seconds) * 1000 - 1000;
    const since = isAtItsCap ? at - LAST_MS : (alive.get(key) ?? at);
    const free = trouble.freeMs(since, at, namesOf(seed, instanceId));
    if (free < (isAtItsCap ? ENOUGH_MS : Math.max(ENOUGH_MS, (seconds * 1000) / 2))) return;
    violations.add(
      'hooks',
      `the hook of ${instanceId} expired ${isAtItsCap ? 'at its cap, and of its last' : 'after'} ${Math.round((at - since) / 1000)} s${isAtItsCap ? '' : ', of which'} ${Math.round(free / 1000)} s were free of trouble`,
    );
  });
}

/** What inputs and events call it by. */
function namesOf({ deployment }: SeedWorld, instanceId: string): string[] {
  const name = deployment.cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '';
  return name === '' ? [instanceId] : [instanceId, name];
}

function mayExpire(seed: SeedWorld, instanceId: string): boolean {
  if (seed.plan.policy.retire.whenDrainFails !== 'expire') return false;
  return seed.deployment.executions('node-retire').some(({ run }) => {
    const outcome = run.outcome;
    return outcome?.status === 'FAILED' && outcome.cause?.includes(instanceId) === true;
  });
}
