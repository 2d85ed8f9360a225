import type { InstanceStatusEvent } from '@aws-sdk/client-ec2';
import { type ClusterNode, conditionOf } from '../../../simulator/kubernetes/api/objects.ts';
import type { ExecutionRecord } from '../../../simulator/stepfunctions/executions.ts';
import type { SeedWorld } from './seed-world.ts';

/** From EC2's warning until it takes a spot instance. */
const SPOT_MS = 120_000;
/** Tender means to be done so long before a spot instance is taken, a hook's own end or maintenance, at most. */
const MARGIN_MS = { spot: 30_000, announced: 150_000 } as const;
/** Deleting without grace takes so long, by the policy that comes to it. */
const FORCE_SECONDS = 60;
/** The function of an execution that was stopped goes on for as long as its timeout. */
const IN_FLIGHT_MS = 60_000;

/** Until when a drain asks before it may delete (S10): by the policy, the nodes, and what EC2 and Auto Scaling have said, not by what Tender has noted. */
export class DrainEnds {
  readonly #seed: SeedWorld;
  /** When EC2 has warned of an instance. Epoch milliseconds. */
  readonly #spot = new Map<string, number>();
  readonly #maintained = new Set<string>();

  constructor(seed: SeedWorld) {
    this.#seed = seed;
    seed.world.history.listen(({ at, source, event, details }) => {
      if (source !== 'ec2') return;
      const instanceId = String(details.instanceId);
      if (event.includes('SpotInstanceInterruption')) this.#spot.set(instanceId, at);
      if (event === 'MaintenanceScheduled') this.#maintained.add(instanceId);
    });
  }

  /** The earliest moment at which a pod of this node may be deleted; undefined when no drain works on the node. Epoch milliseconds. */
  askedUntil(nodeName: string): number | undefined {
    const node = this.#seed.cluster.kubernetes.store.find<ClusterNode>('nodes', nodeName);
    const instanceId = node?.spec.providerID?.split('/').at(-1) ?? '';
    const starts = this.#drainsOf(instanceId, nodeName).flatMap((one) => claimedAt(one) ?? []);
    if (!node || starts.length === 0) return undefined;
    const { drain } = this.#seed.plan.policy;
    const start = Math.min(...starts);
    const answers =
      conditionOf(node, 'Ready')?.status === 'True' &&
      this.#seed.deployment.cloud.fleet.instances.all.get(instanceId)?.state === 'running';
    const seconds = answers ? drain.timeoutSeconds : Math.min(drain.timeoutSeconds, drain.notReadyTimeoutSeconds);
    const afterwards = Math.max(drain.graceCapSeconds, drain.whenTimeIsUp === 'force-delete' ? FORCE_SECONDS : 0);
    return Math.min(start + seconds * 1000, this.#goneBy(instanceId) - afterwards * 1000);
  }

  #drainsOf(instanceId: string, nodeName: string): readonly ExecutionRecord[] {
    const { deployment, world } = this.#seed;
    return deployment.executions('node-drain').filter(({ run }) => {
      const isAbout = run.inputText.includes(instanceId) || run.inputText.includes(`"${nodeName}"`);
      return isAbout && (run.stoppedAt === undefined || run.stoppedAt > world.now() - IN_FLIGHT_MS);
    });
  }

  /** When Tender has to be done with an instance, at the earliest. */
  #goneBy(instanceId: string): number {
    const never = Number.POSITIVE_INFINITY;
    const warned = this.#spot.get(instanceId);
    const { scheduledEvents = [] } = this.#seed.deployment.cloud.fleet.instances.all.get(instanceId) ?? {};
    const hook = this.#seed.memberOf(instanceId)?.actions.get('tender-terminate');
    return Math.min(
      warned === undefined ? never : warned + SPOT_MS - MARGIN_MS.spot,
      hook === undefined ? never : hook.globalDeadline - MARGIN_MS.announced,
      this.#maintained.has(instanceId) ? firstOf(scheduledEvents) - MARGIN_MS.announced : never,
    );
  }
}

/** When the first of some scheduled events begins; one that has begun is none any more, and is long ago. */
function firstOf(events: readonly InstanceStatusEvent[]): number {
  return events.length === 0 ? 0 : Math.min(...events.map(({ NotBefore }) => NotBefore?.getTime() ?? 0));
}

/** When a drain has last got its claim. Epoch milliseconds. */
function claimedAt({ run }: ExecutionRecord): number | undefined {
  return run.history.findLast((event) => event.stateExitedEventDetails?.name === 'ClaimInstance')?.timestamp?.getTime();
}
