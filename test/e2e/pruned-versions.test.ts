import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import { updateDeployment } from '../../rehearsal/local-deployment.ts';
import { deployPolicy } from '../../scripts/package/deploy-policy.ts';
import { pruneVersions } from '../../scripts/package/prune-versions.ts';
import { roleSession } from '../../simulator/iam/credentials.ts';
import { inProcessHandler } from '../support/in-process-handler.ts';
import { FaultScenario } from '../support/scenarios/fault-scenario.ts';
import { brokenVersion, nextVersion } from '../support/scenarios/next-version.ts';

const DAY = 86_400_000;

/** What whoever deploys may, does. */
function pruning({ cloud, world, deployment }: FaultScenario) {
  const { account, region } = cloud;
  const deploy = deployPolicy({ stage: 'dev', account, region, partition: 'aws' });
  cloud.roles.createRole({ name: 'deployer', trust: { Statement: [] }, inline: { deploy } });
  const credentials = cloud.credentials.issue(roleSession(account, 'deployer', 'ci'));
  const config = { region, credentials, requestHandler: inProcessHandler(cloud.front), maxAttempts: 8 };
  const clients = { lambda: new LambdaClient(config as never), sfn: new SFNClient(config as never) };
  const idsOf = (type: string) =>
    [...deployment.stack.resources.values()].filter((one) => one.type === type).map(({ physicalId }) => physicalId);
  const parts = { functions: idsOf('AWS::Lambda::Function'), machines: idsOf('AWS::StepFunctions::StateMachine') };
  return async (how: { keepDays: number; dryRun: boolean }) => {
    // Fast, since the SDK waits in real time where Lambda says that it is asked too often.
    const stop = new AbortController();
    const pace = world.pace(500, stop.signal);
    try {
      return await pruneVersions(clients, parts, { now: world.date(), ...how });
    } finally {
      stop.abort();
      await pace;
    }
  };
}

/** An execution with the versions of today that waits for 40 days. */
async function held(scenario: FaultScenario, machine: string, name: string): Promise<void> {
  const stateMachineArn = scenario.deployment.resource(machine);
  const { definition = '{}' } = await scenario.operate<{ definition?: string }>('states', 'DescribeStateMachine', {
    stateMachineArn,
  });
  const { StartAt, States, TimeoutSeconds: _, ...rest } = JSON.parse(definition);
  const waiting = {
    ...rest,
    StartAt: 'Hold',
    States: { ...States, Hold: { Type: 'Wait', Seconds: 40 * 86_400, Next: StartAt } },
  };
  await scenario.operate('states', 'UpdateStateMachine', { stateMachineArn, definition: JSON.stringify(waiting) });
  scenario.deployment.start(machine, { cluster: 'demo' }, name);
  await scenario.world.advance(60_000);
}

it('removes versions of functions that were replaced long ago, but none that an execution that runs or can be redriven, a state machine or an alias needs', {
  timeout: 120_000,
}, async () => {
  const scenario = await FaultScenario.prepare({ schedules: false });
  const { cloud, deployment, world } = scenario;
  const versions = (name: string) => cloud.functions.find(`tender-dev-${name}`).versions.map(({ version }) => version);
  await held(scenario, 'SweepRetireMachine', 'held');
  await held(scenario, 'PkiBackupMachine', 'stopped');
  await scenario.operate('lambda', 'CreateAlias', {
    FunctionName: 'tender-dev-plan-drain',
    Name: 'live',
    FunctionVersion: '1',
  });
  await updateDeployment(deployment, ...nextVersion(deployment.stack.template));
  await world.advance(10 * DAY);
  const [executionArn] = deployment.executions('pki-backup').map(({ arn }) => arn);
  await scenario.operate('states', 'StopExecution', { executionArn });
  await updateDeployment(deployment, ...brokenVersion(deployment.stack.template));
  const prune = pruning(scenario);

  await expect(prune({ keepDays: 6, dryRun: true })).rejects.toThrow('7 days at least');
  await world.advance(10.5 * DAY);
  expect(await prune({ keepDays: 21, dryRun: false })).toEqual({ removed: [], needed: [] });
  await world.advance(DAY);
  const planned = await prune({ keepDays: 21, dryRun: true });
  expect(versions('evict-pods')).toEqual(['$LATEST', '1', '2', '3']);

  const pruned = await prune({ keepDays: 21, dryRun: false });

  expect(pruned).toEqual(planned);
  const names = pruned.removed.map(({ functionName, version }) => `${functionName}:${version}`);
  expect(names).toContain('tender-dev-evict-pods:1');
  expect(names.filter((name) => !name.endsWith(':1'))).toEqual([]);
  expect(versions('evict-pods')).toEqual(['$LATEST', '2', '3']);
  expect(pruned.needed).toContainEqual({ version: 'tender-dev-plan-drain:1', by: 'alias live' });
  expect(pruned.needed).toContainEqual({ version: 'tender-dev-find-claim:1', by: 'execution held, which runs' });
  const redrivable = { version: 'tender-dev-keep-pki:1', by: 'execution stopped, which can be redriven' };
  expect(pruned.needed).toContainEqual(redrivable);
  for (const { version } of pruned.needed) expect(versions(version.slice('tender-dev-'.length, -2))).toContain('1');
  expect((await prune({ keepDays: 21, dryRun: false })).removed).toEqual([]);
  // Those of the second deploy go with fewer days; those that the machines name never.
  expect((await prune({ keepDays: 7, dryRun: false })).removed.length).toBeGreaterThan(names.length);
  expect(versions('evict-pods')).toEqual(['$LATEST', '3']);
  // Fourteen days after its end nobody can redrive it.
  await world.advance(3 * DAY);
  const later = await prune({ keepDays: 7, dryRun: true });
  expect(later.removed.map(({ functionName }) => functionName)).toContain('tender-dev-keep-pki');
});
