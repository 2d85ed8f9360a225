import type { CloudOptions } from '../../simulator/cloud/cloud.ts';
import { type CoreEvent, conditionOf, type Pod } from '../../simulator/kubernetes/api/objects.ts';
import type { HistoryEntry } from '../../simulator/world/history.ts';
import { DemoCluster, type DemoClusterOptions, failingInstances } from '../demo-cluster.ts';
import { alongside, ETCD_SPEED, isEtcdAsked } from '../etcd/asked.ts';
import { DemoEtcd, type DemoMember } from '../etcd/demo-etcd.ts';
import type { EtcdRelease } from '../etcd/etcd-programs.ts';
import type { LoadReport } from '../load/load-report.ts';
import { LocalDeployment } from '../local-deployment.ts';
import { type Act, acts, onDemandWorkers, type Stage, workersAtFirst } from './acts.ts';
import { advanceBoard, type Board, emptyBoard, type InstanceOfNode } from './board.ts';
import { departuresOf, type NodeEvent, type PodLeft } from './departure.ts';
import { type Ending, type EtcdEnding, endingOf } from './ending.ts';
import { etcdActs } from './etcd-acts.ts';
import { EtcdNews } from './etcd-news.ts';
import { narrate, type Sentence } from './narrate.ts';

/** Seconds an instance of the demonstration has to join; the default of a cluster, 900, would make a stranger wait. */
export const joinTimeoutSeconds = 180;

/** By the order of their boot: the two that are there at first, a good one, then this. */
const badInstance = 4;
/** An hour of the world's for each act: whoever waits longer waits in vain. */
const patienceMs = 3_600_000;
/** How often the story looks whether an act is over, and the least that it lasts. */
const LOOK_EVERY_MS = 5_000;
const SHORTEST_ACT_MS = 30_000;

/**
 * The demonstration: a cluster scales out, and one of the new instances never joins; then, under load, instances leave for one reason after the
 * other. What happens is read off the world's log and the cluster's Events; nothing is staged but the bad machine and the occasions.
 */
export class Story {
  readonly deployment: LocalDeployment;
  readonly cluster: DemoCluster;
  /** When the first act began; epoch milliseconds of the world. */
  beganAt = 0;
  readonly #stage: Stage;
  readonly #nodeEvents: NodeEvent[] = [];
  readonly #podsLeft: PodLeft[] = [];
  readonly #trouble: string[] = [];
  readonly #ears: ((sentence: Sentence) => void)[] = [];
  readonly #acts: readonly Act[];
  readonly #etcdNews: EtcdNews;
  #board: Board;
  #act = -1;
  #actBeganAt = 0;
  #load: LoadReport | undefined;
  #etcdEnding: EtcdEnding | undefined;
  /** The members of its etcd, as they were when somebody looked last; empty where there is none. */
  members: readonly DemoMember[] = [];

  private constructor(deployment: LocalDeployment, cluster: DemoCluster, etcd: DemoEtcd | undefined) {
    this.deployment = deployment;
    this.cluster = cluster;
    this.#acts = etcd ? [...acts, ...etcdActs] : acts;
    this.#etcdNews = new EtcdNews(deployment);
    const tell = (text: string, instanceId?: string) => this.#tell({ at: this.now, instanceId, text });
    this.#stage = { cluster, exits: [], load: undefined, etcd, tell };
    this.#board = emptyBoard(cluster.workersGroup);
    const { history } = deployment.cloud.world;
    for (const entry of history.entries) this.#see(entry);
    history.listen((entry) => this.#see(entry));
    cluster.kubernetes.store.listen('events', ({ type, object }) => {
      if (type === 'ADDED') this.#hear(object as CoreEvent);
    });
    cluster.kubernetes.store.listen('pods', ({ type, object }) => {
      if (type === 'DELETED') this.#miss(object as Pod);
    });
  }

  /**
   * Deploys Tender into such a cloud, makes the cluster and lets its first nodes come, as fast as it can be computed.
   * @param release of etcd, whose members the control plane is to have; whoever calls closes the story
   * @param deploy how Tender is deployed
   */
  static async prepare(
    seed: number | string,
    cloud: Omit<CloudOptions, 'seed'> = {},
    release?: EtcdRelease,
    deploy: (options: CloudOptions) => Promise<LocalDeployment> = (options) => LocalDeployment.create(options),
  ): Promise<Story> {
    const etcd = release && (await DemoEtcd.prepare(release));
    try {
      const options = { modulesPerVersion: 1, ...cloud, seed, ...(etcd && { programs: etcd.programs }) };
      return await Story.#prepare(await deploy(options), etcd);
    } catch (error) {
      await etcd?.stop();
      throw error;
    }
  }

  static async #prepare(deployment: LocalDeployment, etcd: DemoEtcd | undefined): Promise<Story> {
    const cluster = await DemoCluster.create(deployment, {
      workers: workersAtFirst,
      joinTimeoutSeconds,
      terminateHook: true,
      connectionDrainingSeconds: 60,
      group: spotAboveTheBase(),
      ...(etcd && { controlPlaneJoins: { joinEtcd: (machine) => etcd.join(machine) } }),
      node: {
        failures: failingInstances((ordinal) =>
          ordinal === badInstance ? { name: 'never-boots-kubelet' } : undefined,
        ),
      },
    });
    const { world } = deployment.cloud;
    const story = new Story(deployment, cluster, etcd);
    await world.until('the first nodes are in service', () => story.#isAtRest(workersAtFirst), patienceMs);
    await etcd?.start(cluster, cluster.controlPlane());
    return story;
  }

  get board(): Board {
    return this.#board;
  }

  /** What is being done now, for people; empty before and after. */
  get title(): string {
    return this.#acts[this.#act]?.title ?? '';
  }

  /** What became of the requests up to now; undefined before the first. */
  get load(): LoadReport | undefined {
    return this.#load ?? this.#stage.load?.report;
  }

  /** How the story has ended. */
  get ending(): Ending {
    const { entries } = this.deployment.cloud.world.history;
    return endingOf(this.cluster, this.#board, {
      workersWanted: this.#acts.at(-1)?.workers ?? 0,
      departuresWanted: 3,
      departures: departuresOf(this.#stage.exits, entries, this.#nodeEvents, this.#podsLeft),
      load: this.load,
      trouble: this.#trouble,
      etcd: this.#etcdEnding,
    });
  }

  /** Epoch milliseconds of the world. */
  get now(): number {
    return this.deployment.cloud.world.now();
  }

  /** Hears every sentence from now on. */
  listen(hear: (sentence: Sentence) => void): void {
    this.#ears.push(hear);
  }

  /** Plays it without a pause. */
  async playAtOnce(): Promise<void> {
    this.begin();
    const { world } = this.deployment.cloud;
    const isOver = () => this.isOver;
    const atMostMs = (this.#acts.length + 1) * patienceMs;
    // Whatever real servers have a part in comes last.
    await world.until(
      'etcd has its turn, or the story is over',
      () => this.isOver || this.#act >= acts.length,
      atMostMs,
    );
    await alongside(this.deployment, isOver, atMostMs);
  }

  /** Lets it happen as the world's clock goes on; the clock is somebody else's. */
  begin(): void {
    this.beganAt = this.now;
    this.#direct();
  }

  /** Whether all has come to rest, or too much time has passed. */
  get isOver(): boolean {
    return this.#act >= this.#acts.length;
  }

  /** Virtual seconds in a second at a speed that somebody wants: less while a real etcd is asked. */
  speedAt(wanted: number): number {
    const hasTurn = this.#stage.etcd !== undefined && this.#act >= acts.length;
    return hasTurn && isEtcdAsked(this.deployment) ? Math.min(wanted, ETCD_SPEED) : wanted;
  }

  /** Asks the real members of etcd, where there are any, how they are, and at the end what is in them. */
  async lookAtEtcd(): Promise<void> {
    const { etcd } = this.#stage;
    if (!etcd) return;
    this.members = await etcd.members();
    if (!this.isOver) return;
    const proven = this.deployment
      .executions('etcd-drill')
      .filter(({ run: { outcome } }) => outcome?.status === 'SUCCEEDED' && /"proven"/.test(outcome.output ?? ''));
    const replaced = this.deployment
      .executions('etcd-member-replace')
      .some(({ run: { outcome } }) => outcome?.status === 'SUCCEEDED');
    const { version, objects: wanted } = etcd;
    this.#etcdEnding = { version, wanted, proven: proven.length, replaced, ...(await etcd.count()) };
  }

  /** Ends the real processes of its control plane. */
  async close(): Promise<void> {
    await this.#stage.etcd?.stop();
  }

  /** Acts follow each other on the world's clock, so that a seed tells the same story at any speed. */
  #direct(): void {
    for (const text of this.#etcdNews.latest()) this.#stage.tell(text);
    if (this.#isActOver(this.#acts[this.#act])) this.#next();
    if (this.isOver) return;
    this.deployment.cloud.world.afterInBackground(LOOK_EVERY_MS, 'the story goes on', () => this.#direct());
  }

  #isActOver(act: Act | undefined): boolean {
    if (!act) return true;
    const lasted = this.now - this.#actBeganAt;
    if (lasted < SHORTEST_ACT_MS) return false;
    if (lasted > patienceMs) this.#trouble.push(`nothing came to rest after: ${act.title}`);
    return lasted > patienceMs || (this.#isAtRest(act.workers) && act.hasCome?.(this.#stage) !== false);
  }

  #next(): void {
    this.#act += 1;
    this.#actBeganAt = this.now;
    const act = this.#acts[this.#act];
    if (!act || this.#trouble.length > 0) {
      this.#close();
      return;
    }
    this.#tell({ at: this.now, instanceId: undefined, text: `— ${act.title}` });
    act.begin(this.#stage).catch((error: unknown) => {
      this.#trouble.push(`${act.title}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** What is open is not waited for: it has not failed. */
  #close(): void {
    this.#act = this.#acts.length;
    this.#stage.load?.stop();
    this.#load = this.#stage.load?.report;
  }

  #isAtRest(workers: number): boolean {
    const underway = this.#board.rows.some(({ state }) => !/^(in service|terminated|gone)$/.test(state));
    const running = this.deployment.cloud.states.executions().some(({ run }) => run.outcome === undefined);
    const pods = this.cluster.kubernetes.store.list<Pod>('pods', 'default');
    const missing = pods.some((pod) => conditionOf(pod, 'Ready')?.status !== 'True');
    return !underway && !running && !missing && this.cluster.inService().length === workers;
  }

  /** The youngest instance of that name: addresses, and names with them, are given again. */
  readonly #instanceOfNode: InstanceOfNode = (nodeName) =>
    [...this.deployment.cloud.fleet.instances.all.values()].findLast(
      ({ privateDnsName }) => privateDnsName === nodeName,
    )?.instanceId;

  #see(entry: HistoryEntry): void {
    this.#board = advanceBoard(this.#board, entry, this.#instanceOfNode);
    const sentence = narrate(entry, this.#instanceOfNode);
    if (sentence) this.#tell(sentence);
  }

  /** What Tender writes about a node is told as if the log had it. */
  #hear({ source, involvedObject, reason = '', message = '' }: CoreEvent): void {
    if (source?.component !== 'tender' || involvedObject.kind !== 'Node') return;
    const node = involvedObject.name ?? '';
    const at = this.now;
    this.#nodeEvents.push({ at, instanceId: this.#instanceOfNode(node) ?? '', reason, message });
    this.#see({ at, source: 'kubernetes', event: 'NodeEvent', details: { node, reason, message } });
  }

  /** What the API server says, not what Tender does: when pods of the application were gone from a node. */
  #miss({ metadata, spec }: Pod): void {
    if (metadata.namespace !== 'default') return;
    this.#podsLeft.push({ at: this.now, instanceId: this.#instanceOfNode(spec.nodeName ?? '') ?? '' });
  }

  #tell(sentence: Sentence): void {
    for (const hear of this.#ears) hear(sentence);
  }
}

/** A few on demand, the others spot: what many groups are. */
function spotAboveTheBase(): NonNullable<DemoClusterOptions['group']> {
  const LaunchTemplateSpecification = { LaunchTemplateName: 'demo-workers', Version: '1' };
  return {
    LaunchTemplate: undefined,
    MixedInstancesPolicy: {
      LaunchTemplate: { LaunchTemplateSpecification },
      InstancesDistribution: { OnDemandBaseCapacity: onDemandWorkers, OnDemandPercentageAboveBaseCapacity: 0 },
    },
  };
}
