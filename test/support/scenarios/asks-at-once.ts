import type { FaultScenario } from './fault-scenario.ts';

/** Makes of etcd-restore the machine as it is, from where it asks: what comes before and after needs etcd. */
export async function asksAtOnce(scenario: FaultScenario): Promise<void> {
  const stateMachineArn = scenario.deployment.resource('EtcdRestoreMachine');
  const { definition = '{}' } = await scenario.operate<{ definition?: string }>('states', 'DescribeStateMachine', {
    stateMachineArn,
  });
  const machine = JSON.parse(definition);
  const { AskForApproval, IsAPersonNeeded, PageAboutRefusal, NotRestored } = machine.States;
  const about = '{% $states.context.Execution.Id %}';
  const given = {
    cluster: 'demo',
    why: '',
    isPlanOnly: false,
    about,
    plan: { shows: 'two minutes would be lost <b>' },
  };
  machine.StartAt = 'Given';
  machine.States = {
    Given: { Type: 'Pass', Assign: given, Next: 'AskForApproval' },
    AskForApproval: { ...AskForApproval, Next: 'Restored' },
    Restored: { Type: 'Succeed', Output: '{% $approval %}' },
    IsAPersonNeeded,
    PageAboutRefusal,
    NotRestored,
  };
  await scenario.operate('states', 'UpdateStateMachine', { stateMachineArn, definition: JSON.stringify(machine) });
  await scenario.world.advance(60_000);
}
