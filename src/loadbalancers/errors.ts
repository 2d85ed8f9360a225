/** The registry names a target group that does not exist. */
export class TargetGroupNotFound extends Error {
  override readonly name = 'TargetGroupNotFound';
  constructor(cluster: string, arn: string) {
    super(
      `Cluster ${cluster} names target group ${arn}, which does not exist in its account and region. ` +
        'Correct roles.<role>.targetGroups in the registry entry; the node was not registered anywhere.',
    );
  }
}

/** What could not be done with one target or load balancer. */
export interface TargetFailure {
  /** `demo-workers i-0abc:30080`. */
  readonly where: string;
  readonly error: unknown;
}

/** A node is still behind some of its load balancers. All others were tried; the step can be repeated as it is. */
export class DeregistrationFailed extends Error {
  override readonly name = 'DeregistrationFailed';
  constructor(instanceId: string, failures: readonly TargetFailure[]) {
    super(
      `Instance ${instanceId} was not taken out of every load balancer:\n${linesOf(failures)}\n` +
        `Next: mend what is beside each name (${PASSES}), then start the drain again: what is done is found done.`,
      { cause: failures[0]?.error },
    );
  }
}

/** A node whose drain was undone is not back behind some of its load balancers. All others were tried; the step can be repeated as it is. */
export class ReregistrationFailed extends Error {
  override readonly name = 'ReregistrationFailed';
  constructor(instanceId: string, failures: readonly TargetFailure[]) {
    super(
      `Instance ${instanceId} was not put back behind every load balancer:\n${linesOf(failures)}\n` +
        `Next: mend what is beside each name (${PASSES}), then start the sweep by hand or register them yourself: the claim of the instance has the list.`,
      { cause: failures[0]?.error },
    );
  }
}

/** A voluntary drain would take the last healthy target out of a load balancer, or has: then others left at the same time, and it is put back. */
export class LastHealthyTarget extends Error {
  override readonly name = 'LastHealthyTarget';
  constructor(instanceId: string, balancers: readonly string[]) {
    super(
      `Instance ${instanceId} is the last healthy target of ${balancers.join(', ')}: nobody would answer there without it. It stays in service. ` +
        'Let another node turn healthy first.',
    );
  }
}

/** Nobody has claimed the instance, so there is no place to note what is taken out of load balancers. Nothing was touched. */
export class InstanceNotClaimed extends Error {
  override readonly name = 'InstanceNotClaimed';
  constructor(cluster: string, instanceId: string) {
    super(
      `Instance ${instanceId} of cluster ${cluster} has no claim: what Tender takes out of load balancers is noted there first. ` +
        'Its claim was deleted while an execution worked on it. Next: start the workflow again; ' +
        `if it happens again, the versions of claims/${cluster}/${instanceId}.json in the state bucket say who deletes it.`,
    );
  }
}

/** A pass over a cluster's load balancers could not do all it should. Everything was tried; the pass can be repeated as it is. */
export class LoadBalancersNotSynced extends Error {
  override readonly name = 'LoadBalancersNotSynced';
  constructor(cluster: string, failures: readonly TargetFailure[]) {
    super(
      `Some load balancers of cluster ${cluster} could not be compared or changed:\n${linesOf(failures)}\n` +
        `Next: mend what is beside each name (${PASSES}). The schedule tries again; by hand start load-balancer-sync with {"cluster": "${cluster}"}.`,
      { cause: failures[0]?.error },
    );
  }
}

/** What people have to mend, and what not. */
const PASSES = 'AwsThrottled passes by itself, AwsAccessDenied names the action that a role lacks';

function linesOf(failures: readonly TargetFailure[]): string {
  return failures
    .map(
      ({ where, error }) => `- ${where}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    )
    .join('\n');
}
