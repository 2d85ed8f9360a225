import type { HistoryEntry } from '../../simulator/world/history.ts';
import { DemoCluster, failingInstances } from '../demo-cluster.ts';
import { LocalDeployment } from '../local-deployment.ts';
import { advanceBoard, type Board, emptyBoard, type InstanceOfNode } from './board.ts';
import { type Ending, endingOf } from './ending.ts';
import { narrate, type Sentence } from './narrate.ts';

/** Seconds an instance of the demonstration has to join; the default of a cluster, 900, would make a stranger wait. */
export const joinTimeoutSeconds = 180;

const workersAtFirst = 2;
const workersInTheEnd = 5;
/** By the order of their boot: the two that are there at first, a good one, then this. */
const badInstance = 4;
/** An hour of the world's: whoever waits longer waits in vain. */
const patienceMs = 3_600_000;

/**
 * The demonstration: a cluster with two workers scales to five, one of the new instances never joins and is replaced. What happens is read off
 * the world's log; nothing is staged but the bad machine.
 */
export class Story {
  readonly deployment: LocalDeployment;
  readonly cluster: DemoCluster;
  /** When the workers were scaled out; epoch milliseconds of the world. */
  beganAt = 0;
  #board: Board;
  readonly #nodes = new Map<string, string>();

  private constructor(deployment: LocalDeployment, cluster: DemoCluster) {
    this.deployment = deployment;
    this.cluster = cluster;
    this.#board = emptyBoard(cluster.workersGroup);
    const { history } = deployment.cloud.world;
    for (const entry of history.entries) this.#see(entry);
    history.listen((entry) => this.#see(entry));
  }

  /** Deploys Tender, makes the cluster and lets its first nodes come, as fast as it can be computed. */
  static async prepare(seed: number | string): Promise<Story> {
    const deployment = await LocalDeployment.create({ seed, modulesPerVersion: 1 });
    const cluster = await DemoCluster.create(deployment, {
      workers: workersAtFirst,
      joinTimeoutSeconds,
      node: {
        failures: failingInstances((ordinal) =>
          ordinal === badInstance ? { name: 'never-boots-kubelet' } : undefined,
        ),
      },
    });
    const { world } = deployment.cloud;
    const story = new Story(deployment, cluster);
    await world.until('the first nodes are in service', () => story.#isAtRest(workersAtFirst), patienceMs);
    return story;
  }

  get board(): Board {
    return this.#board;
  }

  /** How the story has ended. */
  get ending(): Ending {
    return endingOf(this.cluster, this.#board, workersInTheEnd);
  }

  /** Epoch milliseconds of the world. */
  get now(): number {
    return this.deployment.cloud.world.now();
  }

  /** Hears every sentence from now on. */
  listen(hear: (sentence: Sentence) => void): void {
    this.deployment.cloud.world.history.listen((entry) => {
      const sentence = narrate(entry, this.#instanceOfNode);
      if (sentence) hear(sentence);
    });
  }

  /** Plays it without a pause. */
  async playAtOnce(): Promise<void> {
    const { world } = this.deployment.cloud;
    this.beganAt = world.now();
    await this.cluster.scaleTo(workersInTheEnd);
    const over = () => this.isOver || this.#patienceIsOver;
    await world.until('the story is over', over, 2 * patienceMs);
  }

  /** Scales out in a world whose clock runs by itself: sees to nothing else. */
  async begin(): Promise<void> {
    this.beganAt = this.now;
    await this.deployment.cloud.operate('autoscaling', 'SetDesiredCapacity', {
      AutoScalingGroupName: this.cluster.workersGroup,
      DesiredCapacity: workersInTheEnd,
    });
  }

  /** Whether all has come to rest, or too much time has passed. */
  get isOver(): boolean {
    return this.#isAtRest(workersInTheEnd) || this.#patienceIsOver;
  }

  get #patienceIsOver(): boolean {
    return this.now > this.beganAt + patienceMs;
  }

  #isAtRest(workers: number): boolean {
    const underway = this.#board.rows.some(({ state }) => state !== 'in service' && state !== 'terminated');
    const running = this.deployment.cloud.states.executions().some(({ run }) => run.outcome === undefined);
    return !underway && !running && this.cluster.inService().length === workers;
  }

  readonly #instanceOfNode: InstanceOfNode = (nodeName) => {
    if (!this.#nodes.has(nodeName)) {
      const { instances } = this.deployment.cloud.fleet;
      for (const [id, instance] of instances.all) this.#nodes.set(instance.privateDnsName, id);
    }
    return this.#nodes.get(nodeName);
  };

  #see(entry: HistoryEntry): void {
    this.#board = advanceBoard(this.#board, entry, this.#instanceOfNode);
  }
}
