import { driven, type LocalDeployment } from '../../../rehearsal/local-deployment.ts';

const NAME = 'node-retire-stand-in';

/** A state machine that does nothing, in the place of node-retire: for scenarios of what starts it, and not of what it does. */
export class RetireStandIn {
  readonly #deployment: LocalDeployment;

  private constructor(deployment: LocalDeployment) {
    this.#deployment = deployment;
  }

  static async install(deployment: LocalDeployment): Promise<RetireStandIn> {
    const { cloud } = deployment;
    const { stateMachineArn, roleName } = await driven(cloud, () => makeMachine(deployment));
    const statement = { Effect: 'Allow', Action: 'states:StartExecution', Resource: stateMachineArn };
    await driven(cloud, () =>
      cloud.operate('iam', 'PutRolePolicy', {
        RoleName: roleName,
        PolicyName: 'stand-in',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      }),
    );
    // Lambda allows few calls that change functions; the stack has just made them all.
    await cloud.world.advance(10_000);
    await driven(cloud, () => pointAt(deployment, stateMachineArn));
    return new RetireStandIn(deployment);
  }

  /** What was started, oldest first: each input. */
  inputs(): unknown[] {
    const started = this.#deployment.executions('stand-in').map(({ run }) => run);
    return started.map(({ inputText }) => JSON.parse(inputText) as unknown);
  }

  /** What route-signal wrote into its log about signals, oldest first: the outcome and its detail. */
  routed(): string[] {
    const { cloud } = this.#deployment;
    const group = cloud.logs.groups().find(({ name }) => name.endsWith('-route-signal'));
    const lines = [...(group?.streams.values() ?? [])].flatMap(({ events }) => events).map(({ message }) => message);
    return lines.flatMap((line) => {
      if (!line.startsWith('{')) return [];
      const { outcome, detail } = JSON.parse(line) as { outcome?: string; detail?: string };
      return outcome === undefined || detail === undefined ? [] : [`${outcome}: ${detail}`];
    });
  }
}

async function makeMachine(deployment: LocalDeployment) {
  const { cloud } = deployment;
  const roleName = deployment.resource('RouteSignalRole');
  const definition = { QueryLanguage: 'JSONata', StartAt: 'Nothing', States: { Nothing: { Type: 'Succeed' } } };
  const { stateMachineArn } = await cloud.operate<{ stateMachineArn: string }>('states', 'CreateStateMachine', {
    name: NAME,
    definition: JSON.stringify(definition),
    roleArn: `arn:aws:iam::${cloud.account}:role/${roleName}`,
  });
  return { stateMachineArn, roleName };
}

async function pointAt(deployment: LocalDeployment, stateMachineArn: string): Promise<void> {
  const { cloud } = deployment;
  const FunctionName = deployment.resource('RouteDashsignalLambdaFunction');
  const { Environment } = await cloud.operate<{ Environment: { Variables: Record<string, string> } }>(
    'lambda',
    'GetFunctionConfiguration',
    { FunctionName },
  );
  const Variables = { ...Environment.Variables, STATE_MACHINE_NODE_RETIRE_ARN: stateMachineArn };
  await cloud.operate('lambda', 'UpdateFunctionConfiguration', { FunctionName, Environment: { Variables } });
}
