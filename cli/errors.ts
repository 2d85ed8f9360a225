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

/** When EKS has no cluster of a name. */
export class EksClusterNotFound extends Error {
  override readonly name = 'EksClusterNotFound';
  constructor(cluster: string, region: string) {
    super(`EKS has no cluster ${cluster} in ${region}. See: aws eks list-clusters --region ${region}`);
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

/** When a command could be about several groups of a cluster, or none, and names none of them. */
export class GroupNotNamed extends Error {
  override readonly name = 'GroupNotNamed';
  constructor(cluster: string, candidates: readonly string[]) {
    super(
      candidates.length === 0
        ? `--group: no group of cluster ${cluster} comes into question. See: npx tender update status ${cluster}`
        : `--group: name one of those that come into question: ${candidates.join(', ')}.`,
    );
  }
}

/** When an update is not where it could be asked for something. */
export class NoUpdateForThat extends Error {
  override readonly name = 'NoUpdateForThat';
  constructor(group: string, why: string) {
    super(`Group ${group}: ${why}.`);
  }
}

/** When a cluster has no Node of a name. */
export class NodeNotThere extends Error {
  override readonly name = 'NodeNotThere';
  constructor(node: string, cluster: string) {
    super(`--node: cluster ${cluster} has no Node ${node}. kubectl get nodes lists them.`);
  }
}

/** When a time cannot be understood, or lies on the wrong side of now. */
export class TimeNotUnderstood extends Error {
  override readonly name = 'TimeNotUnderstood';
  constructor(option: '--until' | '--since', text: string, why: string) {
    const span = option === '--until' ? 'from now' : 'ago';
    super(
      `${option}: "${text}" ${why}. Give a time as in 2026-03-01T12:00:00Z, or how long ${span} as in 30m, 4h, 2d.`,
    );
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

/** When no execution of the deployment is called so, nor begins so. Step Functions forgets executions after 90 days. */
export class RunNotFound extends Error {
  override readonly name = 'RunNotFound';
  constructor(id: string, newest: readonly string[]) {
    const hint = newest.length === 0 ? '' : ` The newest are: ${newest.join(', ')}. npx tender run ls lists more.`;
    super(`id: there is no execution ${id}, and none whose name begins so.${hint}`);
  }
}

/** When several executions begin with what was given. */
export class RunAmbiguous extends Error {
  override readonly name = 'RunAmbiguous';
  constructor(id: string, fitting: readonly string[]) {
    const shown = fitting.slice(0, 5).join(', ');
    super(`id: ${id} means ${fitting.length} executions: ${shown}${fitting.length > 5 ? ', …' : ''}. Give more of it.`);
  }
}

/** When an execution that is to be stopped has ended already. */
export class RunIsOver extends Error {
  override readonly name = 'RunIsOver';
  constructor(name: string, status: string, endedAt: string) {
    super(`Execution ${name} is over: ${status} at ${endedAt}. There is nothing to stop.`);
  }
}

/** When nobody holds a claim on a node that is to be put back. */
export class NothingToPutBack extends Error {
  override readonly name = 'NothingToPutBack';
  constructor(node: string, cluster: string) {
    super(
      `node: nobody works on ${node} of cluster ${cluster}, and nobody left it so. Name the execution with --owner; npx tender run ls --cluster ${cluster} lists them.`,
    );
  }
}

/** When no restore of a cluster waits for a person's word. */
export class NothingToApprove extends Error {
  override readonly name = 'NothingToApprove';
  constructor(cluster: string) {
    super(
      `No restore of etcd of cluster ${cluster} waits to be approved. See: npx tender run ls --workflow etcd-restore`,
    );
  }
}

/** When no queue has a signal of this id. */
export class SignalNotThere extends Error {
  override readonly name = 'SignalNotThere';
  constructor(id: string) {
    super(`--id: no signal is called ${id}, nor begins so. npx tender signals ls lists them.`);
  }
}

/** When a deployment has no workflow of a name. */
export class WorkflowUnknown extends Error {
  override readonly name = 'WorkflowUnknown';
  constructor(workflow: string, there: readonly string[], nearest: string | undefined) {
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    super(`--workflow: there is no ${workflow}. There are: ${there.join(', ')}.${hint}`);
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
  'AdoptionChanged',
  'AdoptionNotFound',
  'AdoptionNotPossible',
  'ClusterMisconfigured',
  'ClusterNotFound',
  'ClusterNotNamed',
  'DeploymentNotFound',
  'EksClusterNotFound',
  'EtcdNotDescribed',
  'FileExists',
  'GroupNotNamed',
  'GroupNotThere',
  'KubeconfigOfOtherCluster',
  'NeverLookedAt',
  'NodeNotThere',
  'NothingToApprove',
  'NothingToPutBack',
  'RegionMissing',
  'RunAmbiguous',
  'RunNotFound',
  'SignalNotThere',
  'SnapshotNotFound',
  'TimeNotUnderstood',
  'UnusableKubeconfig',
  'WorkflowNotDeployed',
  'WorkflowUnknown',
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

/** When somebody else pulled or released the andon between the look at it and its release. */
export class AndonChanged extends Error {
  override readonly name = 'AndonChanged';
  constructor() {
    super('Somebody pulled or released the andon at the same moment. See "tender andon show", then say it again.');
  }
}
