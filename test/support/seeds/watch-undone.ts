import { claimAt, keysIn, leasesIn, marksOn } from '../../../rehearsal/leftovers.ts';
import { conditionOf } from '../../../simulator/kubernetes/api/objects.ts';
import type { ExecutionRecord } from '../../../simulator/stepfunctions/executions.ts';
import { isOfStopped, missingFrom } from './at-rest.ts';
import { nothingFails } from './plan-troubles.ts';
import type { SeedWorld } from './seed-world.ts';
import type { Violations } from './violations.ts';
import { isLeaving } from './watch-kubernetes.ts';

/**
 * Where nothing fails, a retirement or a drain that ends has undone its own work by then, before a sweep or a pass over load balancers looks: its claim is released, and
 * of an instance that stays its lease too; its marks are off the node, which is registered again. What a drain by hand and the policy `cordon` keep on purpose they say
 * by their outcome; what goes in any case is not put back, and keeps its lease until it is gone. What maintenance takes is left to the execution that sees to that, once
 * it has come near.
 */
export function watchUndone(seed: SeedWorld, violations: Violations): void {
  if (!nothingFails(seed.plan)) return;
  const interrupted = new Set<string>();
  const announced = new Set<string>();
  seed.world.history.listen(({ source, event, details }) => {
    if (source === 'ec2' && event.includes('SpotInstanceInterruption')) interrupted.add(String(details.instanceId));
    if (source === 'ec2' && event === 'MaintenanceScheduled') announced.add(String(details.instanceId));
    if (source !== 'states' || !/^Execution(Succeeded|Failed)$/.test(event)) return;
    const machine = String(details.machine).replace('tender-dev-', '');
    if (machine !== 'node-retire' && machine !== 'node-drain') return;
    const execution = seed.deployment.executions(machine).find(({ name }) => name === details.execution);
    if (!execution || execution.run.inputText.includes('"owner"')) return;
    const isTaken = (id: string) => announced.has(id) && leaves(execution) && isRetiredForMaintenance(seed, id);
    for (const one of leftBy(seed, execution, { interrupted, isTaken }))
      violations.add('undone', `${machine} ${execution.name} ends, and ${one}`);
  });
}

/** Whether it says that a later signal takes the instance. */
function leaves({ run: { outcome } }: ExecutionRecord): boolean {
  return outcome?.status === 'FAILED' && /so nothing was undone/.test(outcome.cause ?? '');
}

/** Instances whose nodes nobody puts back. */
interface Going {
  readonly interrupted: ReadonlySet<string>;
  isTaken(instanceId: string): boolean;
}

function leftBy(seed: SeedWorld, execution: ExecutionRecord, going: Going): string[] {
  const { outcome } = execution.run;
  const said = JSON.parse(outcome?.status === 'SUCCEEDED' ? (outcome.output ?? '{}') : '{}') as { outcome?: string };
  if (said.outcome === 'drained' || said.outcome === 'cordoned') return [];
  const claims = keysIn(seed, 'claims/').flatMap((key) => {
    const { owner, offered } = claimAt(seed, key);
    return owner === execution.arn && !(offered && leaves(execution)) && !isOfStopped(seed, key)
      ? [`claim ${key} is left`]
      : [];
  });
  if (said.outcome === 'retired') return claims;
  const stay = [...seed.deployment.cloud.fleet.instances.all.keys()].filter(
    (instanceId) => stays(seed, instanceId) && !going.interrupted.has(instanceId),
  );
  return [...claims, ...leftOf(seed, execution, stay, going)];
}

/** What an execution has left of instances that stay: a lease in any case, marks and missing targets where nobody takes the instance soon. */
function leftOf(seed: SeedWorld, { arn, run }: ExecutionRecord, stay: readonly string[], going: Going): string[] {
  const leases = leasesIn(seed).filter(({ execution, instanceId }) => execution === arn && stay.includes(instanceId));
  const ofNodes = stay.flatMap((instanceId) => {
    const node = seed.nodeOf(instanceId);
    if (!node || going.isTaken(instanceId)) return [];
    const isIts = node.metadata.annotations?.['tender.sh/owner'] === arn;
    const isNamed = run.inputText.includes(instanceId) || run.inputText.includes(`"${node.metadata.name}"`);
    const serves = conditionOf(node, 'Ready')?.status === 'True' && !node.spec.unschedulable;
    const isMissed = isNamed && serves && seed.memberOf(instanceId)?.state === 'InService';
    return [
      ...(isIts ? marksOn(node) : []).map((one) => `${one} is left`),
      ...(isMissed && !isWorkedOn(seed, instanceId) ? missingFrom(seed, instanceId) : []),
    ];
  });
  return [...leases.map(({ instanceId }) => `its lease of ${instanceId} is left`), ...ofNodes];
}

function stays(seed: SeedWorld, instanceId: string): boolean {
  return seed.deployment.cloud.fleet.instances.all.get(instanceId)?.state === 'running' && !isLeaving(seed, instanceId);
}

/** Whether another execution works on the instance, which sees to the rest. */
function isWorkedOn({ deployment }: SeedWorld, instanceId: string): boolean {
  return deployment.cloud.states
    .executions()
    .some(({ run }) => run.outcome === undefined && run.inputText.includes(instanceId));
}

/** Whether a retirement before maintenance is under way, which waits for its turn, or works on it. */
function isRetiredForMaintenance({ deployment }: SeedWorld, instanceId: string): boolean {
  return deployment
    .executions('node-retire')
    .some(
      ({ run: { outcome, inputText } }) =>
        outcome === undefined && inputText.includes(instanceId) && inputText.includes('"scheduled-maintenance"'),
    );
}
