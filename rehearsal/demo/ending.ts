import type { ClusterNode } from '../../simulator/kubernetes/api/objects.ts';
import { conditionOf, type KubeObject } from '../../simulator/kubernetes/api/objects.ts';
import type { DemoCluster } from '../demo-cluster.ts';
import type { Board } from './board.ts';

/** How the demonstration ended. */
export interface Ending {
  /** Workers in service whose node is Ready and free of the startup taint. */
  readonly goodWorkers: readonly string[];
  readonly workersWanted: number;
  /** Instances that were given back and are gone. */
  readonly terminated: readonly string[];
  /** What the executions of those that were given back ended with, for people. */
  readonly causes: readonly string[];
  /** S3 URLs of diagnoses. */
  readonly diagnoses: readonly string[];
  /** What is still there and should not be: tokens, parameters, claims, running executions. */
  readonly leftovers: readonly string[];
}

const startupTaint = 'tender.sh/joining';

/** Looks at everything that the demonstration leaves in the local cloud. */
export function endingOf(cluster: DemoCluster, board: Board, workersWanted: number): Ending {
  const executions = cluster.deployment.executions('node-bootstrap');
  return {
    goodWorkers: cluster.inService().filter((id) => isGoodNode(cluster, id)),
    workersWanted,
    terminated: board.rows.filter(({ state }) => state === 'terminated').map(({ instanceId }) => instanceId),
    causes: executions.flatMap(({ run: { outcome } }) =>
      outcome && outcome.status !== 'SUCCEEDED' ? [outcome.cause ?? outcome.error ?? outcome.status] : [],
    ),
    diagnoses: keysBelow(cluster, 'diagnosis/').map(
      (key) => `s3://${cluster.deployment.resource('StateBucket')}/${key}`,
    ),
    leftovers: leftoversOf(cluster),
  };
}

/** What did not end as it should, one sentence each; none when all is well. Pure. */
export function complaintsAbout(ending: Ending): string[] {
  const { goodWorkers, workersWanted, terminated, diagnoses, leftovers } = ending;
  return [
    ...(goodWorkers.length === workersWanted
      ? []
      : [`${goodWorkers.length} good workers are in service, not ${workersWanted}`]),
    ...(terminated.length === 1 ? [] : [`${terminated.length} instances were given back and terminated, not 1`]),
    ...(diagnoses.length === 1 ? [] : [`there are ${diagnoses.length} diagnoses, not 1`]),
    ...leftovers.map((what) => `left behind: ${what}`),
  ];
}

function isGoodNode({ deployment, kubernetes }: DemoCluster, instanceId: string): boolean {
  const name = deployment.cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '';
  const node = kubernetes.store.find<ClusterNode>('nodes', name);
  if (!node || conditionOf(node, 'Ready')?.status !== 'True') return false;
  return !node.spec.taints?.some(({ key }) => key === startupTaint);
}

function leftoversOf(cluster: DemoCluster): string[] {
  const { cloud } = cluster.deployment;
  const running = cloud.states.executions().filter(({ run }) => run.outcome === undefined);
  const secrets = cluster.kubernetes.store.list<KubeObject>('secrets', 'kube-system');
  return [
    ...running.map(({ name }) => `running execution ${name}`),
    ...keysBelow(cluster, 'claims/').map((key) => `claim ${key}`),
    ...secrets
      .filter(({ metadata }) => metadata.name.startsWith('bootstrap-token-'))
      .map(({ metadata }) => `token ${metadata.name}`),
    ...cloud.parameters
      .list()
      .filter(({ name }) => name.startsWith('/tender/join/'))
      .map(({ name }) => `parameter ${name}`),
  ];
}

function keysBelow({ deployment }: DemoCluster, prefix: string): string[] {
  const versions = deployment.cloud.buckets.find(deployment.resource('StateBucket'))?.versions ?? new Map();
  return [...versions]
    .filter(([key, all]) => key.startsWith(prefix) && all.length > 0 && all.at(-1)?.deleteMarker !== true)
    .map(([key]) => key);
}
