import type { InstanceRecord } from '../../simulator/ec2/instance-record.ts';
import type { Fleet } from '../../simulator/instances/fleet.ts';
import type { Pod } from '../../simulator/kubernetes/api/objects.ts';
import type { SimulatedCluster } from '../../simulator/kubernetes/simulated-cluster.ts';
import type { Random } from '../../simulator/world/random.ts';
import type { Timer, World } from '../../simulator/world/world.ts';
import type { FailedRequest, FailureReason, LoadReport } from './load-report.ts';
import { ServiceEndpoints } from './service-endpoints.ts';

/** Where requests come in: a listener of an NLB or an ALB, or of a classic load balancer. */
export type Door =
  | { readonly kind: 'v2'; readonly name: string; readonly loadBalancerArn: string; readonly port: number }
  | { readonly kind: 'classic'; readonly name: string; readonly port: number };

export interface LoadOptions {
  readonly doors: readonly Door[];
  /** Requests in a virtual second through each door. Default 2. */
  readonly perSecond?: number;
  /** How long requests last: from the shortest to the longest, many short ones. Default 50 ms to 20 s. */
  readonly lastsMs?: readonly [shortest: number, longest: number];
  /** How many failed requests of each reason are explained. Default 3. */
  readonly explained?: number;
}

/** The parts of the local cloud that requests pass through. */
export interface LoadedPlace {
  readonly world: World;
  readonly fleet: Fleet;
  readonly kubernetes: SimulatedCluster;
}

/** Where a connection was opened to. */
interface Target {
  readonly instanceId: string | undefined;
  readonly port: number;
  readonly targetGroupArn?: string;
  readonly targetId?: string;
  readonly answered: boolean;
}

/** One request that lasts. Times are epoch milliseconds. */
interface Connection {
  readonly door: Door;
  readonly target: Target;
  readonly node: InstanceRecord;
  readonly pod: Pod;
  /** Where the pod runs; undefined for a node without a machine, which never goes away. */
  readonly podMachine: InstanceRecord | undefined;
  readonly openedAt: number;
  readonly endsAt: number;
}

/** At most so many turns a second: more requests come in batches. */
const TURNS_PER_SECOND = 10;
/** The last answer until the process is gone. */
const EXIT_MS = 100;

/**
 * Requests through load balancers to a Service behind a NodePort, on the world's clock, and what becomes of them.
 *
 * A load balancer chooses a node, its kube-proxy a ready pod on any node; the connection stays with both until the request
 * ends. It fails when there is no such node or pod, when the node stops answering, the pod is gone or its machine dies
 * first, or the load balancer closes the connection. Nobody tries again. An application that stops gracefully answers what
 * it has begun: its pods take {@link LoadGenerator.secondsToFinish} to stop, and are killed when their grace is over.
 */
export class LoadGenerator {
  readonly #place: LoadedPlace;
  readonly #options: Required<LoadOptions>;
  readonly #luck: Random;
  readonly #endpoints: ServiceEndpoints;
  readonly #open = new Set<Connection>();
  readonly #byReason = new Map<FailureReason, number>();
  readonly #firstFailures: FailedRequest[] = [];
  // Found while the pod was known to run: an address has another owner once its machine is gone.
  readonly #machines = new Map<string, InstanceRecord | undefined>();
  #sent = 0;
  #answered = 0;
  #timer: Timer | undefined;

  constructor(place: LoadedPlace, options: LoadOptions) {
    this.#place = place;
    this.#options = { perSecond: 2, lastsMs: [50, 20_000], explained: 3, ...options };
    this.#luck = place.world.random.for('load');
    this.#endpoints = new ServiceEndpoints(place.kubernetes);
    this.#watch();
  }

  /** Begins to send, in the background: a world with nothing else to do is at rest. */
  start(): void {
    if (this.#timer) return;
    const { perSecond } = this.#options;
    const batch = Math.ceil(perSecond / TURNS_PER_SECOND);
    const turn = () => {
      this.#timer = this.#place.world.afterInBackground((batch * 1000) / perSecond, 'load', turn);
      this.#finishEnded();
      for (const door of this.#options.doors) for (let i = 0; i < batch; i += 1) this.#send(door);
    };
    this.#timer = this.#place.world.afterInBackground(0, 'load', turn);
  }

  /** Sends no more; what is open goes on. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  get report(): LoadReport {
    this.#finishEnded();
    return {
      sent: this.#sent,
      answered: this.#answered,
      failed: this.#sent - this.#answered - this.#open.size,
      open: this.#open.size,
      byReason: Object.fromEntries(this.#byReason),
      firstFailures: this.#firstFailures,
    };
  }

  /** How long a pod needs to answer what it has begun, and a moment to exit; undefined when that is nothing. */
  secondsToFinish(pod: Pod): number | undefined {
    const now = this.#place.world.now();
    const ends = [...this.#open].filter((one) => isSame(one.pod, pod)).map(({ endsAt }) => endsAt);
    const last = Math.max(now, ...ends);
    return last > now ? (last - now + EXIT_MS) / 1000 : undefined;
  }

  #send(door: Door): void {
    this.#sent += 1;
    const target = this.#route(door);
    const node = this.#place.fleet.instances.all.get(target?.instanceId ?? '');
    if (!target) this.#fail(door, 'no-target');
    else if (!node || !target.answered) this.#fail(door, 'node-silent', target);
    else this.#proceed(door, target, node);
  }

  #route(door: Door): Target | undefined {
    const { loadBalancing, classic } = this.#place.fleet;
    return door.kind === 'v2'
      ? loadBalancing.route(door.loadBalancerArn, door.port)
      : classic.route(door.name, door.port);
  }

  #proceed(door: Door, target: Target, node: InstanceRecord): void {
    const pods = this.#endpoints.at(target.port) ?? [];
    if (pods.length === 0) {
      this.#fail(door, 'no-endpoint', target);
      return;
    }
    const pod = this.#luck.pick(pods);
    const podMachine = this.#machineOf(pod);
    if (podMachine && !this.#isUp(podMachine)) {
      this.#fail(door, 'pod-unreachable', target, pod);
      return;
    }
    const openedAt = this.#place.world.now();
    this.#open.add({ door, target, node, pod, podMachine, openedAt, endsAt: openedAt + this.#duration() });
  }

  // Even on a logarithmic scale: most requests are short, a few last.
  #duration(): number {
    const [shortest, longest] = this.#options.lastsMs;
    return Math.round(Math.exp(this.#luck.between(Math.log(shortest), Math.log(longest))));
  }

  #machineOf(pod: Pod): InstanceRecord | undefined {
    const uid = pod.metadata.uid ?? '';
    if (!this.#machines.has(uid))
      this.#machines.set(uid, this.#place.fleet.instances.byAddress(pod.status?.hostIP ?? ''));
    return this.#machines.get(uid);
  }

  #isUp(instance: InstanceRecord): boolean {
    return instance.machine.up && !this.#place.fleet.instances.isImpaired(instance);
  }

  /** Hears of everything that ends a connection before its time. */
  #watch(): void {
    const { fleet, kubernetes } = this.#place;
    fleet.instances.onReachabilityChange((instance) => this.#afterChangeOf(instance));
    fleet.loadBalancing.onConnectionsCut(({ targetGroupArn, targetId, port }) =>
      this.#failOpen(
        'connection-cut',
        ({ target }) =>
          target.targetGroupArn === targetGroupArn && target.targetId === targetId && target.port === port,
      ),
    );
    fleet.classic.onConnectionsCut(({ name, instanceId }) =>
      this.#failOpen(
        'connection-cut',
        ({ door, target }) => door.kind === 'classic' && door.name === name && target.instanceId === instanceId,
      ),
    );
    kubernetes.store.listen('pods', ({ type, object }) => {
      const pod = object as Pod;
      const over = type === 'DELETED' || pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
      if (over) this.#failOpen('pod-killed', (one) => isSame(one.pod, pod));
      else if (pod.status?.hostIP !== undefined) this.#machineOf(pod);
    });
  }

  #afterChangeOf(instance: InstanceRecord): void {
    if (this.#open.size === 0) return;
    this.#failOpen('node-lost', ({ node, target }) => node === instance && !node.machine.answers(target.port));
    if (!this.#isUp(instance)) this.#failOpen('pod-killed', ({ podMachine }) => podMachine === instance);
  }

  #failOpen(reason: FailureReason, isHit: (connection: Connection) => boolean): void {
    this.#finishEnded();
    for (const connection of this.#open) {
      if (!isHit(connection)) continue;
      this.#open.delete(connection);
      this.#fail(connection.door, reason, connection.target, connection.pod, connection.openedAt);
    }
  }

  #finishEnded(): void {
    const now = this.#place.world.now();
    for (const connection of this.#open) {
      if (connection.endsAt > now) continue;
      this.#open.delete(connection);
      this.#answered += 1;
    }
  }

  #fail(door: Door, reason: FailureReason, target?: Target, pod?: Pod, openedAt?: number): void {
    const { world } = this.#place;
    const known = this.#byReason.get(reason) ?? 0;
    this.#byReason.set(reason, known + 1);
    if (known >= this.#options.explained) return;
    const instanceId = target?.instanceId ?? target?.targetId;
    const failure: FailedRequest = {
      at: world.date().toISOString(),
      door: door.name,
      reason,
      ...(instanceId !== undefined && { instanceId }),
      ...(pod && { pod: pod.metadata.name }),
      afterMs: openedAt === undefined ? 0 : world.now() - openedAt,
    };
    this.#firstFailures.push(failure);
    world.history.record('load', 'RequestFailed', { ...failure });
  }
}

function isSame(one: Pod, other: Pod): boolean {
  return one.metadata.uid === other.metadata.uid;
}
