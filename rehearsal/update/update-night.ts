import type { ClusterNode } from '../../simulator/kubernetes/api/objects.ts';
import { DemoCluster } from '../demo-cluster.ts';
import { leftoversIn } from '../leftovers.ts';
import { LocalDeployment } from '../local-deployment.ts';

const MINUTE = 60_000;
const WORKERS = 9;
/** So long lasts the window; nine nodes take about half of it. */
const WINDOW_MINUTES = 240;
const LOOK_EVERY_MS = 10_000;
const AT_MOST_MS = 6 * 60 * MINUTE;
const OUTDATED = 'tender.sh/outdated';

/** A node of the group, as the board shows it. */
export interface BoardNode {
  readonly name: string;
  readonly zone: string;
  readonly version: string;
  /** `joining`, `in service`, `outdated`, `being emptied`, `leaves`. */
  readonly state: string;
}

/** What people see of an update at a moment. */
export interface UpdateBoard {
  /** Of the world. */
  readonly at: Date;
  readonly window: string;
  readonly phase: string;
  readonly why: string;
  readonly target: string;
  readonly updated: number;
  readonly nodes: readonly BoardNode[];
}

/** How an update has gone. */
export interface NightOutcome {
  readonly title: string;
  /** `done`, `rolled-back`, … as the execution says. */
  readonly outcome: string;
  readonly remark: string;
  readonly tookMs: number;
  /** Undefined: as it should. */
  readonly complaint: string | undefined;
}

interface RecordOfUpdate {
  readonly status: string;
  readonly phase: string;
  readonly why: string;
  readonly target: { readonly version: string };
  readonly moved: readonly unknown[];
}

/** A night in which nine nodes come to a new image within their window, and then to a bad one, which is taken back. */
export class UpdateNight {
  readonly #cluster: DemoCluster;
  readonly #window: string;

  private constructor(cluster: DemoCluster, window: string) {
    this.#cluster = cluster;
    this.#window = window;
  }

  /** Nine workers over three zones, in service; the window opens as the night begins. */
  static async prepare(seed: number | string): Promise<UpdateNight> {
    const deployment = await LocalDeployment.create({ modulesPerVersion: 1, seed });
    const { world } = deployment.cloud;
    const clock = (time: number) => new Date(time).toISOString().slice(11, 16);
    const start = clock(world.now());
    const cluster = await DemoCluster.create(deployment, {
      workers: WORKERS,
      maxWorkers: 2 * WORKERS,
      controlPlane: 0,
      healthMinutes: 1,
      terminateHook: true,
      entry: {
        disruptions: { perGroup: 2, perCluster: '30%' },
        updates: {
          policy: 'manual',
          bakeMinutes: 10,
          maxSurge: 2,
          windows: [{ start, minutes: WINDOW_MINUTES, timeZone: 'UTC' }],
        },
      },
    });
    const window = `${start}–${clock(world.now() + WINDOW_MINUTES * MINUTE)} UTC`;
    const night = new UpdateNight(cluster, window);
    await world.until('the workers are in service', () => cluster.inService().length === WORKERS, AT_MOST_MS);
    await world.advance(2 * MINUTE);
    return night;
  }

  /** Plays both images, as fast as they can be computed. @param show is given the board whenever it has changed */
  async play(show: (board: UpdateBoard) => void): Promise<readonly NightOutcome[]> {
    const good = await this.#cluster.publishImage(2);
    const first = await this.#roll('a new image', good.version, 'done', show);
    // Its kubelet dies a quarter of an hour after each boot: long enough to join, and to begin to bake.
    const bad = await this.#cluster.publishImage(3, {
      failures: () => ({ name: 'kubelet-dies-after-ready', seconds: 700 }),
    });
    const second = await this.#roll('a bad image', bad.version, 'rolled-back', show);
    return [first, second];
  }

  /** What is still there at the end and should not be. */
  leftovers(): readonly string[] {
    const { cloud } = this.#cluster.deployment;
    const group = cloud.fleet.groups.all.get(this.#cluster.workersGroup);
    const suspended = [...(group?.suspended.keys() ?? [])].map((process) => `${process} is suspended`);
    const tainted = this.board().nodes.filter(({ state }) => state === 'outdated');
    return [
      ...leftoversIn({ deployment: this.#cluster.deployment, cluster: this.#cluster }),
      ...suspended,
      ...tainted.map(({ name }) => `${name} is marked as outdated`),
    ];
  }

  /** The group, its nodes and how far the update is. */
  board(): UpdateBoard {
    const { cloud } = this.#cluster.deployment;
    const record = this.#record();
    const members = [...(cloud.fleet.groups.all.get(this.#cluster.workersGroup)?.members.values() ?? [])];
    const nodes = this.#cluster.kubernetes.store.list<ClusterNode>('nodes');
    return {
      at: new Date(cloud.world.now()),
      window: this.#window,
      phase: record?.status === 'running' ? record.phase : (record?.status ?? ''),
      why: record?.why ?? '',
      target: record?.target.version ?? '',
      updated: record?.moved.length ?? 0,
      nodes: members.map((member) => {
        const dns = cloud.fleet.instances.all.get(member.instanceId)?.privateDnsName ?? '';
        const node = nodes.find(({ metadata }) => metadata.name === dns);
        return {
          name: dns.split('.')[0] || member.instanceId,
          zone: member.zone,
          version: String(member.launchTemplate?.Version ?? ''),
          state: stateOf(member.state, node),
        };
      }),
    };
  }

  async #roll(
    title: string,
    version: string,
    wanted: string,
    show: (board: UpdateBoard) => void,
  ): Promise<NightOutcome> {
    const { deployment, name: cluster, workersGroup: groupName } = this.#cluster;
    const { world } = deployment.cloud;
    const from = world.now();
    const runs = () => deployment.executions('os-update');
    const before = runs().length;
    deployment.start('OsUpdateMachine', { cluster, groupName, version, reason: title, by: 'npm start' });
    let shown = '';
    while (
      runs()
        .slice(before)
        .some(({ run }) => run.outcome === undefined) ||
      runs().length === before
    ) {
      if (world.now() - from > AT_MOST_MS) break;
      await world.advance(LOOK_EVERY_MS);
      const board = this.board();
      const seen = JSON.stringify([board.phase, board.why, board.nodes]);
      if (seen !== shown) show(board);
      shown = seen;
    }
    const outcome = runs()[before]?.run.outcome;
    const output =
      outcome?.status === 'SUCCEEDED' ? (JSON.parse(outcome.output ?? '{}') as Record<string, string>) : {};
    const ended = output.outcome ?? (outcome && 'error' in outcome ? String(outcome.error) : 'running');
    const remark = output.remark ?? (outcome && 'cause' in outcome ? String(outcome.cause) : '');
    await world.advance(5 * MINUTE);
    const complaint = ended === wanted ? undefined : `it ended as ${ended}: ${remark}`;
    return { title, outcome: ended, remark, tookMs: world.now() - 5 * MINUTE - from, complaint };
  }

  #record(): RecordOfUpdate | undefined {
    const { cloud } = this.#cluster.deployment;
    const bucket = cloud.buckets.find(this.#cluster.deployment.resource('StateBucket'));
    const key = `updates/${this.#cluster.name}/groups/${this.#cluster.workersGroup}.json`;
    const version = bucket?.versions.get(key)?.at(-1);
    return version ? (JSON.parse(Buffer.from(version.body).toString('utf8')) as RecordOfUpdate) : undefined;
  }
}

function stateOf(lifecycleState: string, node: ClusterNode | undefined): string {
  if (lifecycleState.startsWith('Pending')) return 'joining';
  if (lifecycleState.startsWith('Terminating')) return 'leaves';
  if (node?.spec.unschedulable) return 'being emptied';
  const ready = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  if (!ready) return 'not ready';
  return node.spec.taints?.some(({ key }) => key === OUTDATED) ? 'outdated' : 'in service';
}
