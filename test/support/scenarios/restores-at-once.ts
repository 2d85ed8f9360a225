import type { FaultScenario } from './fault-scenario.ts';

/** What each step before the last gives, done at once. */
const RESULTS = {
  InspectControlPlane: { done: true, commands: {}, nodes: [], unreachable: [] },
  PlanRestore: { resumes: false, snapshotId: 's', first: 'i-0abc', nodes: [], bumpRevision: 0, etcdClusterIds: [] },
  CheckSnapshot: {},
  BeginRestore: {},
  FenceControlPlane: { done: true, commands: {}, waitingFor: [] },
  RestoreMember: { done: true, commands: {}, waitingFor: [] },
  GrowEtcd: { done: true, commands: {}, waitingFor: [] },
  SettleEtcd: { done: true, objects: 20, revision: 7, members: 3, waitingFor: [] },
  StartControlPlane: { done: true, commands: {}, waitingFor: [] },
  DeleteStaleNodes: { deleted: [], withoutNode: [] },
} as const;

/**
 * Makes of etcd-restore the machine as it is, but that whatever needs etcd is done at once, up to where it is closed.
 * @param fails the step that fails instead
 * @param isReal steps that are left as they are
 */
export async function restoresAtOnce(
  scenario: FaultScenario,
  fails?: keyof typeof RESULTS,
  isReal: (step: string) => boolean = () => false,
): Promise<void> {
  const stateMachineArn = scenario.deployment.resource('EtcdRestoreMachine');
  const { definition = '{}' } = await scenario.operate<{ definition?: string }>('states', 'DescribeStateMachine', {
    stateMachineArn,
  });
  const machine = JSON.parse(definition);
  for (const [name, result] of Object.entries(RESULTS)) {
    if (isReal(name)) continue;
    const { Assign, Catch, Next } = machine.States[name];
    const fail = { Condition: `{% ${name === fails} %}`, Assign: { why: 'it broke' }, Next: Catch[0].Next };
    machine.States[name] = { Type: 'Choice', Choices: [fail], Default: `${name}Works` };
    machine.States[`${name}Works`] = { Type: 'Pass', Output: result, Next: `${name}Done` };
    // A Pass has no result of its own: what it is given is.
    const assign = JSON.parse(JSON.stringify(Assign ?? {}).replaceAll('$states.result', '$states.input'));
    machine.States[`${name}Done`] = { Type: 'Pass', Assign: assign, Next };
  }
  // Time to write down whose restore it is.
  machine.States.WaitForTheTest = { Type: 'Wait', Seconds: 60, Next: machine.States.CheckSnapshotDone.Next };
  machine.States.CheckSnapshotDone.Next = 'WaitForTheTest';
  await scenario.operate('states', 'UpdateStateMachine', { stateMachineArn, definition: JSON.stringify(machine) });
  await scenario.world.advance(60_000);
}
