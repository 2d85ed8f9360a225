import { zipSync } from 'fflate';
import type { FaultScenario } from './fault-scenario.ts';

/** What a hook of the user's own is told: docs/user-hooks.md. */
export interface HookCall {
  readonly hook: string;
  readonly point: string;
  readonly [field: string]: unknown;
}

async function role(scenario: FaultScenario, name: string, service: string): Promise<string> {
  const trust = { Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' } };
  // IAM has no patience with those who have just deployed.
  await scenario.world.advance(10_000);
  await scenario.operate('iam', 'CreateRole', {
    RoleName: name,
    AssumeRolePolicyDocument: JSON.stringify(trust),
  });
  return `arn:aws:iam::${scenario.cloud.account}:role/${name}`;
}

/** A state machine of the user's own that ends well after so many seconds, or badly. Its name begins with tender-hook-. */
export async function ownMachine(
  scenario: FaultScenario,
  name: string,
  { seconds = 1, fails = false }: { readonly seconds?: number; readonly fails?: boolean } = {},
): Promise<{ readonly kind: 'state-machine'; readonly arn: string }> {
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'WaitForNothing',
    States: {
      WaitForNothing: { Type: 'Wait', Seconds: seconds, Next: 'End' },
      End: fails ? { Type: 'Fail', Error: 'Unfit', Cause: 'the cache is cold' } : { Type: 'Succeed' },
    },
  };
  const { stateMachineArn } = await scenario.operate<{ stateMachineArn: string }>('states', 'CreateStateMachine', {
    name,
    definition: JSON.stringify(definition),
    roleArn: await role(scenario, `${name}-role`, 'states.amazonaws.com'),
  });
  return { kind: 'state-machine', arn: stateMachineArn };
}

/** A Lambda function of the user's own with this body: `(event) => { … }`. Its name begins with tender-hook-. */
export async function ownFunction(
  scenario: FaultScenario,
  name: string,
  body: string,
): Promise<{ readonly kind: 'lambda'; readonly arn: string }> {
  const source = `export const handler = async (event) => { ${body} };`;
  const { FunctionArn } = await scenario.operate<{ FunctionArn: string }>('lambda', 'CreateFunction', {
    FunctionName: name,
    Runtime: 'nodejs24.x',
    Role: await role(scenario, `${name}-role`, 'lambda.amazonaws.com'),
    Handler: 'index.handler',
    Code: { ZipFile: zipSync({ 'index.mjs': Buffer.from(source) }) },
    Timeout: 900,
  });
  return { kind: 'lambda', arn: FunctionArn };
}

/** An SSM document of the user's own that runs this script on the instance. Its name begins with tender-hook-. */
export async function ownDocument(
  scenario: FaultScenario,
  name: string,
  script: string,
): Promise<{ readonly kind: 'ssm-document'; readonly name: string }> {
  const word = { type: 'String', allowedPattern: '^[A-Za-z0-9:_./-]{0,300}$' };
  const step = { action: 'aws:runShellScript', name: 'run', inputs: { runCommand: [script] } };
  const Content = {
    schemaVersion: '2.2',
    parameters: { point: word, cluster: word, execution: word },
    mainSteps: [step],
  };
  await scenario.operate('ssm', 'CreateDocument', {
    Name: name,
    DocumentType: 'Command',
    DocumentFormat: 'JSON',
    Content: JSON.stringify(Content),
  });
  return { kind: 'ssm-document', name };
}

/** Says in the registry which hooks there are. */
export async function useHooks(scenario: FaultScenario, userHooks: readonly object[]): Promise<void> {
  const Name = `/tender/clusters/${scenario.cluster.name}`;
  const entry = JSON.parse(scenario.cloud.parameters.valueOf(Name) ?? '{}') as object;
  const Value = JSON.stringify({ ...entry, userHooks });
  await scenario.operate('ssm', 'PutParameter', { Name, Type: 'String', Value, Overwrite: true });
  // Warm functions believe what they have read for five minutes.
  await scenario.world.advance(301_000);
}

/** What the machines of the user's own were told, in order. */
export function callsOf({ cloud }: FaultScenario): HookCall[] {
  return cloud.states
    .executions()
    .filter(({ stateMachine }) => stateMachine.name.startsWith('tender-hook-'))
    .map(({ run }) => JSON.parse(run.history[0]?.executionStartedEventDetails?.input ?? '{}') as HookCall);
}
