import { type ClusterNode, conditionOf } from '../../../simulator/kubernetes/api/objects.ts';
import { leftoversOf } from './at-rest.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Violations } from './violations.ts';

const MINUTE = 60_000;
/** Whatever is going to be repaired has begun by then: most conditions have half an hour, and a breaker cools down. */
const PATIENCE_MS = 60 * MINUTE;
/** Once all has been well for so long, and nothing is left, no pass finds anything any more: what is left is swept after ten minutes, and flapping is seen at once. */
const WELL_MS = 15 * MINUTE;
/** A pass looks, and what it starts begins a moment later: whoever was well again meanwhile is left alone by the repair itself. */
const A_MOMENT_MS = 90_000;
const FLAPS = 5;

/** Health passes of a world; nothing where its plan has none. */
export interface Passes {
  /** Whether the last one found nothing that somebody might still be started for. */
  areCalm(): boolean;
  stop(): void;
}

/**
 * Has the cluster looked at, and holds what comes of it to its rules: a repair begins only for a node of which the cluster itself, or EC2, says that it is sick;
 * and no more at once than the breaker of its group allows. By the world and not by the product's code.
 * @param isPatient whether passes go on over a cluster that is well, until nobody has patience any more, to see that they let it alone
 */
export function watchHealth(seed: SeedWorld, violations: Violations, isPatient: boolean): Passes {
  const { healthMinutes } = seed.plan;
  if (healthMinutes === undefined) return { areCalm: () => true, stop: () => {} };
  const { world, deployment, cluster } = seed;
  const sickAt = new Map<string, number>();
  const changes = new Map<string, number[]>();
  const note = () => {
    for (const node of cluster.kubernetes.store.list<ClusterNode>('nodes')) {
      const id = node.spec.providerID?.split('/').at(-1) ?? '';
      if (isSick(seed, node, id)) sickAt.set(id, world.now());
    }
    for (const { instanceId, state } of deployment.cloud.fleet.instances.all.values())
      if (state === 'running' && !seed.nodeOf(instanceId)) sickAt.set(instanceId, world.now());
  };
  cluster.kubernetes.store.listen('nodes', ({ object, previous }) => {
    note();
    const [now, before] = [object, previous].map((one) => one && conditionOf(one as ClusterNode, 'Ready')?.status);
    const id = (object as ClusterNode).spec.providerID?.split('/').at(-1) ?? '';
    if (previous && now !== before) changes.set(id, [...(changes.get(id) ?? []), world.now()]);
  });
  world.history.listen(({ source, event, details }) => {
    if (source !== 'states' || event !== 'ExecutionStarted' || !String(details.machine).endsWith('node-repair')) return;
    const execution = deployment.executions('node-repair').find(({ name }) => name === details.execution);
    const { instanceId = '' } = JSON.parse(execution?.run.inputText ?? '{}') as { instanceId?: string };
    note();
    const flaps = (changes.get(instanceId) ?? []).filter((at) => at > world.now() - 60 * MINUTE).length;
    const wasSick = (sickAt.get(instanceId) ?? 0) > world.now() - A_MOMENT_MS || flaps >= FLAPS;
    if (!wasSick) violations.add('health', `${instanceId} is repaired, and nothing is wrong with it`);
    const problem = tooMany(seed, instanceId);
    if (problem !== undefined) violations.add('health', problem);
  });
  const stop = letPass(seed, healthMinutes, note);
  const last = Math.max(0, ...seed.plan.happenings.map(({ at }) => at)) * 1000;
  const isWell = () => {
    note();
    const ours = [...sickAt].filter(([instanceId]) => instanceId !== seed.guest);
    const sickUntil = Math.max(seed.readyAt + last, ...ours.map(([, at]) => at));
    return world.now() > sickUntil + WELL_MS && leftoversOf(seed).length === 0;
  };
  return { areCalm: () => seed.seconds() * 1000 > last + PATIENCE_MS || (!isPatient && isWell()), stop };
}

/** Has the cluster looked at every so many minutes, from now on until it is stopped. */
export function letPass({ deployment, cluster, world }: SeedWorld, minutes: number, before = () => {}): () => void {
  let stopped = false;
  const pass = () => {
    if (stopped) return;
    before();
    const Payload = Buffer.from(JSON.stringify({ cluster: cluster.name }));
    const input = { FunctionName: 'tender-dev-check-health', InvocationType: 'Event', Payload };
    void deployment.cloud.operate('lambda', 'Invoke', input).catch(() => undefined);
    world.afterInBackground(minutes * MINUTE, 'seed: a health pass', pass);
  };
  pass();
  return () => {
    stopped = true;
  };
}

function isSick({ deployment }: SeedWorld, node: ClusterNode, instanceId: string): boolean {
  const { instances } = deployment.cloud.fleet;
  const instance = instances.all.get(instanceId);
  const latched = node.status?.conditions?.some(
    ({ type, status }) => (type === 'KernelDeadlock' || type === 'ReadonlyFilesystem') && status === 'True',
  );
  const impaired = instance !== undefined && instances.failsCheck(instance);
  return conditionOf(node, 'Ready')?.status !== 'True' || latched === true || impaired;
}

/** Repairs that run in a group, against a fifth of it; one where it has five nodes or fewer (S18). */
function tooMany(seed: SeedWorld, instanceId: string): string | undefined {
  const group = seed.deployment.cloud.fleet.groups.scaling.groupOf(instanceId);
  if (!group) return undefined;
  const running = seed.deployment.executions('node-repair').filter(({ run }) => run.outcome === undefined);
  const ids = running.map(({ run }) => (JSON.parse(run.inputText) as { instanceId?: string }).instanceId ?? '');
  const repaired = new Set(ids.filter((id) => group.members.has(id)));
  const most = group.members.size <= 5 ? 1 : Math.floor(group.members.size / 5);
  if (repaired.size <= most) return undefined;
  return `${repaired.size} of ${group.members.size} nodes of ${group.name} are repaired at once`;
}
