import { type ClusterNode, conditionOf } from '../../simulator/kubernetes/api/objects.ts';
import type { DemoCluster } from '../demo-cluster.ts';
import { keysIn, leftoversIn } from '../leftovers.ts';
import { failureText, type LoadReport } from '../load/load-report.ts';
import type { Board } from './board.ts';
import type { Departure } from './departure.ts';
import { duration } from './duration.ts';

/** What the story knows of itself at its end. */
export interface Told {
  readonly workersWanted: number;
  readonly departuresWanted: number;
  readonly departures: readonly Departure[];
  /** Undefined when there never was a request. */
  readonly load: LoadReport | undefined;
  /** What stopped the story. */
  readonly trouble: readonly string[];
  /** Undefined where there was no etcd. */
  readonly etcd: EtcdEnding | undefined;
}

/** What became of the real etcd below the control plane. */
export interface EtcdEnding {
  readonly version: string;
  /** Snapshots. */
  readonly proven: number;
  /** Whether another member votes in the place of the one that was lost. */
  readonly replaced: boolean;
  readonly voters: number;
  /** That are in it, and that were put there. */
  readonly objects: number;
  readonly wanted: number;
}

/** How the demonstration ended. */
export interface Ending extends Told {
  /** Workers in service whose node is Ready and free of the startup taint. */
  readonly goodWorkers: readonly string[];
  /** Instances that were given back and are gone. */
  readonly terminated: readonly string[];
  /** What executions that failed ended with, for people. */
  readonly causes: readonly string[];
  /** S3 URLs of diagnoses. */
  readonly diagnoses: readonly string[];
  /** What is still there and should not be. */
  readonly leftovers: readonly string[];
}

const startupTaint = 'tender.sh/joining';

/** Looks at everything that the demonstration leaves in the local cloud. */
export function endingOf(cluster: DemoCluster, board: Board, told: Told): Ending {
  const { deployment } = cluster;
  const place = { deployment, cluster };
  const failed = deployment.cloud.states
    .executions()
    .flatMap(({ run: { outcome } }) =>
      outcome && outcome.status !== 'SUCCEEDED' ? [outcome.cause ?? outcome.error ?? outcome.status] : [],
    );
  return {
    ...told,
    goodWorkers: cluster.inService().filter((id) => isGoodNode(cluster, id)),
    terminated: board.rows.filter(({ state }) => state === 'terminated').map(({ instanceId }) => instanceId),
    causes: failed,
    diagnoses: keysIn(place, 'diagnosis/').map((key) => `s3://${deployment.resource('StateBucket')}/${key}`),
    leftovers: leftoversIn(place),
  };
}

/** What did not end as it should, one sentence each; none when all is well. Pure. */
export function complaintsAbout(ending: Ending): string[] {
  const { goodWorkers, workersWanted, terminated, diagnoses, leftovers, causes, trouble } = ending;
  return [
    ...trouble,
    ...(goodWorkers.length === workersWanted
      ? []
      : [`${goodWorkers.length} good workers are in service, not ${workersWanted}`]),
    ...(terminated.length === 1 ? [] : [`${terminated.length} instances were given back and terminated, not 1`]),
    ...(diagnoses.length === 1 ? [] : [`there are ${diagnoses.length} diagnoses, not 1`]),
    // That of the bad instance is as it should be.
    ...(causes.length === 1 ? [] : [`${causes.length} executions failed, not 1`]),
    ...complaintsAboutDepartures(ending),
    ...complaintsAboutRequests(ending),
    ...(ending.etcd ? complaintsAboutEtcd(ending.etcd) : []),
    ...leftovers.map((what) => `left behind: ${what}`),
  ];
}

function complaintsAboutDepartures({ departures, departuresWanted }: Ending): string[] {
  const blocked = departures.some(({ occasion, blockers }) => occasion === 'scale-in' && blockers.length > 0);
  return [
    ...(departures.length === departuresWanted ? [] : [`${departures.length} instances left, not ${departuresWanted}`]),
    ...(blocked ? [] : ['the scale-in did not wait for the budget, or nobody was told why it waited']),
    ...departures.flatMap(({ occasion, instanceId, emptyAt, goneAt, goesAt = Number.POSITIVE_INFINITY }) => {
      if (emptyAt === undefined) return [`${instanceId} was never empty (${occasion})`];
      if (goneAt === undefined) return [`${instanceId} is still there (${occasion})`];
      // A worker that EC2 takes at the last moment was empty before.
      return emptyAt > goesAt ? [`${instanceId} was empty ${duration(emptyAt - goesAt)} too late (${occasion})`] : [];
    }),
  ];
}

function complaintsAboutEtcd({ proven, replaced, voters, objects, wanted }: EtcdEnding): string[] {
  return [
    ...(proven > 0 ? [] : ['no snapshot of etcd was proven']),
    ...(replaced ? [] : ['the lost member of etcd was not replaced']),
    ...(voters === 3 ? [] : [`${voters} members of etcd vote, not 3`]),
    ...(objects >= wanted ? [] : [`etcd has ${objects} objects, and ${wanted} were put there`]),
  ];
}

function complaintsAboutRequests({ load, departures }: Ending): string[] {
  if (!load || load.answered === 0) return ['no request was answered'];
  if (load.failed === 0) return [];
  return [
    `${load.failed} of ${load.sent} requests failed, among them:`,
    ...load.firstFailures.map(failureText),
    ...departures.flatMap(whatNoDrainSaves),
  ];
}

/** Two minutes of warning are less than an NLB may take. */
function whatNoDrainSaves({ instanceId, saidAt, goesAt, opensUntil = 0 }: Departure): string[] {
  if (goesAt === undefined || opensUntil < goesAt - 30_000) return [];
  const [lag, notice] = [duration(opensUntil - saidAt), duration(goesAt - saidAt)];
  return [
    `The NLB opened connections to ${instanceId} until ${lag} after the warning, and EC2 gives it ${notice}: with this luck no drain saves all of them.`,
  ];
}

function isGoodNode({ deployment, kubernetes }: DemoCluster, instanceId: string): boolean {
  const name = deployment.cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '';
  const node = kubernetes.store.find<ClusterNode>('nodes', name);
  if (!node || conditionOf(node, 'Ready')?.status !== 'True') return false;
  return !node.spec.taints?.some(({ key }) => key === startupTaint);
}
