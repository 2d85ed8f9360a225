import { globalTimeoutSeconds } from '../../../simulator/autoscaling/group-record.ts';
import { type ClusterNode, conditionOf } from '../../../simulator/kubernetes/api/objects.ts';
import type { VolumeAttachment } from '../../../simulator/kubernetes/api/volumes.ts';
import type { ExecutionRecord } from '../../../simulator/stepfunctions/executions.ts';
import { registrationsOf } from './at-rest.ts';
import { balancersFail, nothingFails } from './plan-troubles.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Trouble } from './trouble.ts';
import type { Violations } from './violations.ts';
import { isLeaving, podsToMove } from './watch-kubernetes.ts';

/** How each machine may fail, by its own account. */
const OWN_ERRORS: Readonly<Record<string, readonly string[]>> = {
  'node-retire': ['NodeNotRetired', 'NodeNotPutBack'],
  'node-drain': ['NodeNotDrained', 'NodeNotPutBack'],
  'node-repair': ['NodeNotRepaired'],
  'sweep-retire': ['NotSwept'],
  'os-update': ['UpdateRefused', 'UpdateStopped', 'UpdateNotWatched', 'UpdateNotSettled'],
  sweep: ['NotSwept'],
  'load-balancer-sync': ['LoadBalancersNotSynced'],
};

/** Every execution that ends tells the truth: what it says is compared with the world at that moment. */
export function watchExecutions(seed: SeedWorld, trouble: Trouble, violations: Violations): void {
  seed.world.history.listen(({ source, event, details }) => {
    if (source !== 'states' || !/^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(event)) return;
    const name = String(details.execution);
    const machine = String(details.machine).replace('tender-dev-', '');
    const execution = seed.deployment.executions(machine).find((one) => one.name === name);
    const problem = execution && problemOf(seed, trouble, machine, execution);
    if (problem !== undefined) violations.add('executions', `${machine} ${name}: ${problem}`);
  });
}

/** Stop ends with an execution those that it waits for, and theirs. */
function isStopped(seed: SeedWorld, trouble: Trouble, { arn, run }: ExecutionRecord): boolean {
  if (trouble.wasStopped(arn)) return true;
  const { AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: parent } = JSON.parse(run.inputText) as Input;
  const execution = seed.deployment.cloud.states.executions().find((one) => one.arn === parent);
  return execution !== undefined && isStopped(seed, trouble, execution);
}

function problemOf(seed: SeedWorld, trouble: Trouble, machine: string, execution: ExecutionRecord): string | undefined {
  const outcome = execution.run.outcome;
  if (!outcome) return 'has no outcome';
  if (outcome.status === 'TIMED_OUT') return 'ran into its TimeoutSeconds';
  if (outcome.status === 'ABORTED') {
    return isStopped(seed, trouble, execution) ? undefined : 'was aborted, and nobody pressed Stop';
  }
  if (outcome.status !== 'SUCCEEDED') {
    if (!OWN_ERRORS[machine]?.includes(outcome.error ?? '')) return `failed with ${outcome.error}: ${outcome.cause}`;
    if (/undefined|\[object|null\b/.test(outcome.cause ?? '')) return `tells a person: ${outcome.cause}`;
    return undefined;
  }
  const output = JSON.parse(outcome.output ?? '{}') as Output;
  if (machine === 'node-drain' && output.outcome === 'drained')
    return notEmpty(seed, output) ?? notOut(seed, output, execution.run.inputText);
  if (machine === 'node-retire' && output.outcome === 'aside') return notAnswered(seed, execution, output.instanceId);
  if (machine === 'node-retire' && output.outcome === 'retired')
    return notLeaving(seed, execution, output.instanceId ?? '');
  if (output.outcome === 'joined') return nobodyToJoin(seed, execution, output.instanceId ?? '');
  return undefined;
}

interface Input {
  readonly instanceId?: string;
  readonly signal?: string;
  readonly deadline?: string;
  readonly nodeName?: string;
  readonly AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID?: string;
}

interface Output {
  readonly outcome?: string;
  readonly instanceId?: string;
  readonly nodeName?: string;
}

/**
 * A drained node has nothing to move, unless its instance is off: then nobody runs anything there. Where the node is Ready, what it was asked to end has ended, and its
 * volumes are free for others (S9); a node that is not tells nobody when they are.
 */
function notEmpty(seed: SeedWorld, { instanceId = '', nodeName = '' }: Output): string | undefined {
  const state = seed.deployment.cloud.fleet.instances.all.get(instanceId)?.state;
  if (state !== 'running') return undefined;
  const { kubernetes } = seed.cluster;
  const node = kubernetes.store.find<ClusterNode>('nodes', nodeName);
  const isAlive = node !== undefined && conditionOf(node, 'Ready')?.status === 'True';
  const left = podsToMove(kubernetes, nodeName).filter(({ metadata }) => isAlive || !metadata.deletionTimestamp);
  if (left.length > 0)
    return `says drained, and ${left.map(({ metadata }) => metadata.name).join(', ')} run on ${nodeName}`;
  const volumes = kubernetes.store
    .list<VolumeAttachment>('volumeattachments.storage.k8s.io')
    .filter(({ spec }) => spec.nodeName === nodeName);
  if (!isAlive || volumes.length === 0) return undefined;
  return `says drained, and ${volumes.map(({ metadata }) => metadata.name).join(', ')} are attached to ${nodeName}`;
}

/**
 * A drained node is behind no load balancer of ours any more (S9), as far as load balancers answered. The address of an instance that is gone nobody but its Node tells:
 * where the drain was told of neither, the pass over load balancers that comes next takes it out.
 */
function notOut(seed: SeedWorld, { instanceId = '' }: Output, inputText: string): string | undefined {
  if (balancersFail(seed.plan)) return undefined;
  const state = seed.deployment.cloud.fleet.instances.all.get(instanceId)?.state;
  const isUnknown = state === 'terminated' && inputText.includes('"nodeName":"","ipAddress":""');
  const left = registrationsOf(seed, instanceId).filter(({ id }) => id === instanceId || !isUnknown);
  if (left.length === 0) return undefined;
  return `says drained, and ${instanceId} is registered with ${left.map(({ place }) => place).join(', ')}`;
}

/** Events take so long to start an execution, where nothing fails. */
const ON_ITS_WAY_MS = 15_000;

/**
 * Who stands aside answers the hook that waits, whether it was told of it or found it, unless another execution has it, its event is on its way, or an earlier one
 * has left it to its default result by policy.
 */
function notAnswered(seed: SeedWorld, { arn, run }: ExecutionRecord, instanceId = ''): string | undefined {
  const action = seed.memberOf(instanceId)?.actions.get('tender-terminate');
  if (!action) return undefined;
  const others = ['node-retire', 'sweep-retire'].flatMap((machine) => seed.deployment.executions(machine));
  const isSeenTo = others.some(
    (one) => one.arn !== arn && one.run.outcome === undefined && one.run.inputText.includes(instanceId),
  );
  const began = action.globalDeadline - globalTimeoutSeconds(action.hook) * 1000;
  const isMeant = seed.plan.policy.retire.whenDrainFails === 'expire';
  const isLeft =
    isMeant &&
    others.some(
      ({ run: one }) =>
        one.startedAt >= began &&
        one.inputText.includes(instanceId) &&
        causeOf(one).includes('left to its default result'),
    );
  const isFound = nothingFails(seed.plan) && !isLeft && began < run.startedAt - ON_ITS_WAY_MS;
  if (isSeenTo || !(isFound || run.inputText.includes('"hook"'))) return undefined;
  return `stands aside, and the hook of ${instanceId} waits`;
}

function causeOf({ outcome }: ExecutionRecord['run']): string {
  return outcome === undefined || outcome.status === 'SUCCEEDED' ? '' : (outcome.cause ?? '');
}

/** A retired instance is off, or on its way out: EC2 takes what it has warned of ten seconds after the deadline. */
function notLeaving(seed: SeedWorld, { run }: ExecutionRecord, instanceId: string): string | undefined {
  const state = seed.deployment.cloud.fleet.instances.all.get(instanceId)?.state;
  if (state !== 'running' || isLeaving(seed, instanceId)) return undefined;
  const { signal, deadline = '' } = JSON.parse(run.inputText) as Input;
  if (signal === 'spot-interruption' && seed.world.now() < Date.parse(deadline) + 10_000) return undefined;
  return `says retired, and ${instanceId} is ${state} and stays`;
}

function nobodyToJoin(seed: SeedWorld, joined: ExecutionRecord, instanceId: string): string | undefined {
  const { startedAt } = joined.run;
  const others = ['node-retire', 'node-drain', 'sweep-retire'].flatMap((machine) =>
    seed.deployment.executions(machine),
  );
  const nodeName = (JSON.parse(joined.run.inputText) as Input).nodeName;
  const found = others.some(({ arn, run }) => {
    const input = run.inputText;
    if (arn === joined.arn || input.includes(joined.arn)) return false;
    const same = input.includes(instanceId) || (nodeName !== undefined && input.includes(nodeName));
    return (same || !input.includes('i-')) && (run.stoppedAt === undefined || run.stoppedAt >= startedAt);
  });
  return found ? undefined : `says that another execution works on ${instanceId}, and none did`;
}
