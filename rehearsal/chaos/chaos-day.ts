import type { HistoryEntry } from '../../simulator/world/history.ts';
import { DemoCluster, failingInstances } from '../demo-cluster.ts';
import { leftoversIn } from '../leftovers.ts';
import { LocalDeployment } from '../local-deployment.ts';
import { newsOf, type SeenHealth, seenHealth } from './health-news.ts';
import { type Scene, type Trouble, troubles, type Victim } from './troubles.ts';

const MINUTE = 60_000;
const WORKERS = 9;
/** Whatever was begun is over by then: an instance that never joins takes fifteen minutes, a breaker cools down as long. */
const REST_AT_MOST_MS = 3 * 60 * MINUTE;
const LOOK_EVERY_MS = 10_000;

/** What node-repair does to a node, in the words of its states. */
const RUNGS: Readonly<Record<string, string>> = {
  RestartKubelet: 'rung: restart of kubelet and containerd',
  RebootInstance: 'rung: reboot',
  RetireNode: 'rung: replace',
  PagePerson: 'rung: a person is told',
};

/** How one trouble went. */
export interface Outcome {
  readonly title: string;
  /** Undefined: as it should. */
  readonly complaint: string | undefined;
  readonly tookMs: number;
}

/**
 * A bad day of a cluster that health passes look at: one trouble after the other, each waited for until everything is at rest. What is told is read off the
 * health document and the world's log.
 */
export class ChaosDay {
  readonly #cluster: DemoCluster;
  readonly #image: { broken: boolean };
  readonly #tell: (line: string) => void;
  readonly #beganAt: number;
  #health: SeenHealth | undefined;
  #reasons = new Set<string>();
  #breakers = new Set<string>();

  private constructor(cluster: DemoCluster, image: { broken: boolean }, tell: (line: string) => void) {
    this.#cluster = cluster;
    this.#image = image;
    this.#tell = tell;
    this.#beganAt = cluster.deployment.cloud.world.now();
    cluster.deployment.cloud.world.history.listen((entry) => this.#see(entry));
  }

  /** A cluster of nine workers over three zones, in service. */
  static async prepare(seed: number | string, tell: (line: string) => void): Promise<ChaosDay> {
    const image = { broken: false };
    const deployment = await LocalDeployment.create({ modulesPerVersion: 1, seed });
    const cluster = await DemoCluster.create(deployment, {
      workers: WORKERS,
      maxWorkers: 2 * WORKERS,
      controlPlane: 0,
      healthMinutes: 1,
      terminateHook: true,
      node: { failures: failingInstances(() => (image.broken ? { name: 'never-boots-kubelet' } : undefined)) },
    });
    const day = new ChaosDay(cluster, image, tell);
    await deployment.cloud.world.until('the workers are in service', () => day.#isAtRest(), REST_AT_MOST_MS);
    await deployment.cloud.world.advance(2 * MINUTE);
    return day;
  }

  /** Plays the day without a pause. */
  async play(): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const trouble of troubles) outcomes.push(await this.#play(trouble));
    return outcomes;
  }

  /** What is still there at the end and should not be. */
  leftovers(): readonly string[] {
    return leftoversIn({ deployment: this.#cluster.deployment, cluster: this.#cluster });
  }

  async #play(trouble: Trouble): Promise<Outcome> {
    const { world } = this.#cluster.deployment.cloud;
    const [from, before] = [world.now(), this.#repairs().length];
    this.#reasons = new Set();
    this.#breakers = new Set();
    this.#tell('');
    this.#say(`— ${trouble.title}`);
    const end = await trouble.begin(this.#scene());
    await this.#pass(trouble.minutes * MINUTE);
    await end();
    const until = world.now() + REST_AT_MOST_MS;
    do await this.#pass(5 * MINUTE);
    while (!this.#isCalm() && world.now() < until);
    const repairs = this.#repairs().slice(before);
    const complaint = this.#isCalm()
      ? trouble.judge({ repairs, reasons: this.#reasons, breakers: this.#breakers })
      : 'it did not come to rest';
    return { title: trouble.title, complaint, tookMs: world.now() - from };
  }

  async #pass(milliseconds: number): Promise<void> {
    const { world } = this.#cluster.deployment.cloud;
    for (let passed = 0; passed < milliseconds; passed += LOOK_EVERY_MS) {
      await world.advance(LOOK_EVERY_MS);
      this.#look();
    }
  }

  #look(): void {
    const health = seenHealth(this.#cluster);
    if (!health || health.at === this.#health?.at) return;
    for (const line of newsOf(this.#health, health)) this.#say(line);
    this.#health = health;
    for (const { because } of health.decisions) if (because) this.#reasons.add(because);
    for (const { name, open } of health.breakers) if (open) this.#breakers.add(name);
  }

  #see({ source, event, details }: HistoryEntry): void {
    if (!source.startsWith('states') || !String(details.machine).endsWith('node-repair')) return;
    const rung = event === 'StateEntered' ? RUNGS[String(details.state)] : undefined;
    if (rung) this.#say(`${details.execution}: ${rung}`);
    if (/^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(event))
      this.#say(`${details.execution}: outcome: ${this.#repairs().at(-1) ?? event}`);
  }

  /** How each execution of node-repair that is over has ended. */
  #repairs(): readonly string[] {
    return this.#cluster.deployment.executions('node-repair').flatMap(({ run: { outcome } }) => {
      if (!outcome) return [];
      if (outcome.status !== 'SUCCEEDED') return [outcome.error ?? outcome.status];
      const { outcome: what, rung } = JSON.parse(outcome.output ?? '{}') as { outcome?: string; rung?: string };
      return [[what, rung].filter(Boolean).join(' ')];
    });
  }

  #scene(): Scene {
    return {
      cluster: this.#cluster,
      victim: () => this.#victim(),
      breakImage: (broken) => {
        this.#image.broken = broken;
      },
    };
  }

  /** The oldest that is well, so that each trouble hits another one. */
  #victim(): Victim {
    const { all } = this.#cluster.deployment.cloud.fleet.instances;
    const ready = new Set(this.#cluster.kubernetes.seed.readyNodes());
    for (const instanceId of this.#cluster.inService()) {
      const nodeName = all.get(instanceId)?.privateDnsName ?? '';
      if (ready.has(nodeName)) return { instanceId, nodeName };
    }
    throw new Error('no worker is well');
  }

  #isAtRest(): boolean {
    const { states } = this.#cluster.deployment.cloud;
    const running = states.executions().some(({ run }) => run.outcome === undefined);
    return !running && this.#cluster.inService().length >= WORKERS;
  }

  #isCalm(): boolean {
    return this.#isAtRest() && this.#health?.findings.length === 0 && !this.#health.breakers.some(({ open }) => open);
  }

  #say(text: string): void {
    const minutes = (this.#cluster.deployment.cloud.world.now() - this.#beganAt) / MINUTE;
    const [hours, rest] = [Math.floor(minutes / 60), Math.floor(minutes % 60)];
    this.#tell(`+${hours}h${String(rest).padStart(2, '0')}  ${text}`);
  }
}
