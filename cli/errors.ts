/** When a region is named nowhere: in a guessed one everything would look empty. */
export class RegionMissing extends Error {
  override readonly name = 'RegionMissing';
  constructor() {
    super('No region is named: give --region, or set AWS_REGION.');
  }
}

/** When there is no deployment of a stage in a region. */
export class DeploymentNotFound extends Error {
  override readonly name = 'DeploymentNotFound';
  constructor(stage: string, region: string, there: readonly string[], nearest: string | undefined) {
    const others = there.length === 0 ? 'There is none at all.' : `Stages that are there: ${there.join(', ')}.`;
    const hint = nearest === undefined ? '' : ` Did you mean --stage ${nearest}?`;
    super(`--stage: Tender is not deployed as "${stage}" in ${region}. ${others}${hint}`);
  }
}

/** When a deployment has no such state machine: it is of an older version. */
export class WorkflowNotDeployed extends Error {
  override readonly name = 'WorkflowNotDeployed';
  constructor(workflow: string) {
    super(`This deployment has no state machine ${workflow}. Deploy a newer version.`);
  }
}

/** When several clusters are registered, or none, and the command names none of them. */
export class ClusterNotNamed extends Error {
  override readonly name = 'ClusterNotNamed';
  constructor(clusters: readonly string[]) {
    super(
      clusters.length === 0
        ? 'cluster: none is registered.'
        : `cluster: name one of those that are registered: ${clusters.join(', ')}.`,
    );
  }
}

/** When a file is there that a download would overwrite. */
export class FileExists extends Error {
  override readonly name = 'FileExists';
  constructor(path: string) {
    super(`--to: ${path} is there already. Give --force to replace it.`);
  }
}

/** When a cluster has no Auto Scaling group of a name. */
export class GroupNotThere extends Error {
  override readonly name = 'GroupNotThere';
  constructor(group: string, cluster: string, there: readonly string[], nearest: string | undefined) {
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    super(`--group: cluster ${cluster} has no group ${group}. There are: ${there.join(', ') || 'none'}.${hint}`);
  }
}

/** When a cluster has no Node of a name. */
export class NodeNotThere extends Error {
  override readonly name = 'NodeNotThere';
  constructor(node: string, cluster: string) {
    super(`--node: cluster ${cluster} has no Node ${node}. kubectl get nodes lists them.`);
  }
}

/** When a time cannot be understood, or is none in the future. */
export class TimeNotUnderstood extends Error {
  override readonly name = 'TimeNotUnderstood';
  constructor(text: string, why: string) {
    super(`--until: "${text}" ${why}. Give a time as in 2026-03-01T12:00:00Z, or how long from now as in 30m, 4h, 2d.`);
  }
}

/** When no health pass has looked at a cluster yet. */
export class NeverLookedAt extends Error {
  override readonly name = 'NeverLookedAt';
  constructor(cluster: string) {
    super(
      `No health pass has looked at cluster ${cluster} yet. schedules.healthMinutes of its entry says how often one does.`,
    );
  }
}

/** When an execution ended badly. Its own error and cause are the message. */
export class ExecutionFailed extends Error {
  override readonly name = 'ExecutionFailed';
  constructor(status: string, error: string, cause: string) {
    super(`${status}${error === '' ? '' : ` ${error}`}${cause === '' ? '' : `: ${cause}`}`);
  }
}

/** What a shell is told; docs/cli.md has the list. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;

const USAGE = [
  'ClusterMisconfigured',
  'ClusterNotFound',
  'ClusterNotNamed',
  'DeploymentNotFound',
  'EtcdNotDescribed',
  'FileExists',
  'GroupNotThere',
  'NeverLookedAt',
  'NodeNotThere',
  'RegionMissing',
  'SnapshotNotFound',
  'TimeNotUnderstood',
  'WorkflowNotDeployed',
];
const UNREACHABLE = [
  'AwsAccessDenied',
  'AwsThrottled',
  'AwsUnavailable',
  'ClusterUnreachable',
  'ClusterUntrusted',
  'EtcdAccessDenied',
  'EtcdUnavailable',
  'EtcdUntrusted',
  'KubernetesForbidden',
  'KubernetesUnauthorized',
  'SecretUnusable',
];

/** The exit status that an error stands for: 2 where other words mend it, 3 where somebody could not be asked, otherwise 1. */
export function exitStatusOf(error: unknown): number {
  const name = error instanceof Error ? error.name : '';
  if (USAGE.includes(name)) return EXIT.usage;
  return UNREACHABLE.includes(name) ? EXIT.unreachable : EXIT.failed;
}
