import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoCluster } from '../../rehearsal/demo-cluster.ts';
import { driven, LocalDeployment } from '../../rehearsal/local-deployment.ts';
import { untilOver } from '../../rehearsal/serverless-command.ts';
import { deployPolicy } from '../../scripts/package/deploy-policy.ts';
import { Cloud } from '../../simulator/cloud/cloud.ts';
import type { Caller } from '../../simulator/cloud/service.ts';
import { addCloudFormation } from '../../simulator/cloudformation/cloudformation-service.ts';
import type { StackRecord } from '../../simulator/cloudformation/stack-record.ts';
import type { Stacks } from '../../simulator/cloudformation/stacks.ts';
import { roleSession } from '../../simulator/iam/credentials.ts';
import { type Listening, listen } from '../../simulator/wire/http-server.ts';
import { accountInventory } from '../support/account-inventory.ts';
import { ASKED_BY_SERVERLESS } from '../support/deploy-policy-unseen.ts';
import { ServerlessProject } from '../support/serverless-project.ts';

const long = process.env.TENDER_LONG !== undefined;

// Takes a minute and more: seven runs of the real serverless. `npm run test:long` has it.
describe.skipIf(!long)('npx serverless deploy --stage demo, against the local cloud', { timeout: 600_000 }, () => {
  let cloud: Cloud;
  let stacks: Stacks;
  let door: Listening;
  let project: ServerlessProject;
  /** What is in the account and is not the deployment's. */
  let before: Inventory = {};

  beforeAll(async () => {
    cloud = new Cloud({ seed: 1, modulesPerVersion: 1 });
    stacks = addCloudFormation(cloud);
    door = await listen({ endpoint: cloud.front });
    const { accessKeyId, secretAccessKey, sessionToken } = cloud.credentials.issue(deployer(cloud));
    project = new ServerlessProject({
      AWS_ENDPOINT_URL: door.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    });
  });
  afterAll(async () => {
    project?.close();
    await door?.close();
  });

  const serverless = (...args: string[]) => untilOver(cloud, stacks, project.run(...args, '--stage', 'demo'));
  const record = (): StackRecord => stacks.get('tender-demo');
  const configuration = async (name: string) => {
    // What has just been run has asked about every function, and Lambda answers so many questions in a second.
    await cloud.world.advance(5_000);
    return driven(cloud, () =>
      cloud.operate<{ Versions: { Version: string; CodeSha256: string }[] }>('lambda', 'ListVersionsByFunction', {
        FunctionName: `tender-demo-${name}`,
      }),
    );
  };
  const retention = async (): Promise<number | undefined> => {
    const { logGroups } = await driven(cloud, () =>
      cloud.operate<{ logGroups: { retentionInDays?: number }[] }>('logs', 'DescribeLogGroups', {
        logGroupNamePrefix: '/aws/lambda/tender-demo-find-claim',
      }),
    );
    return logGroups[0]?.retentionInDays;
  };
  const definition = async (): Promise<string> => {
    const { stack } = record();
    const stateMachineArn = stack?.resources.get('SweepRetireMachine')?.physicalId;
    return (
      await driven(cloud, () =>
        cloud.operate<{ definition: string }>('states', 'DescribeStateMachine', { stateMachineArn }),
      )
    ).definition;
  };

  /** A month of minutes would be played for nothing. */
  const stopTicks = () =>
    driven(cloud, () =>
      cloud.operate('scheduler', 'DeleteSchedule', { Name: record().stack?.resources.get('DueWorkTick')?.physicalId }),
    );

  it('makes a stack whose workflows run', async () => {
    expect(await serverless('deploy')).toMatchObject({
      status: 0,
      text: expect.stringContaining('Service deployed to stack tender-demo'),
    });

    const { status, stack } = record();
    expect(status).toBe('UPDATE_COMPLETE');
    if (!stack) throw new Error('there is no stack');
    const deployment = LocalDeployment.of(cloud, stack);
    const own = await accountInventory(cloud);
    await DemoCluster.create(deployment, { workers: 1 });
    before = { ...leftovers(own, await accountInventory(cloud)) };
    before = { ...before, roles: [...(before.roles ?? []), 'deployer'] };
    const bootstraps = () => deployment.executions('node-bootstrap');
    await cloud.world.until(
      'a node has joined',
      () => bootstraps().some(({ run }) => run.outcome?.status === 'SUCCEEDED'),
      3_600_000,
    );
    expect(bootstraps().map(({ run }) => run.outcome?.status)).not.toContain('FAILED');
  });

  it('does nothing when nothing has changed', async () => {
    const events = record().events.length;

    expect(await serverless('deploy')).toMatchObject({
      status: 0,
      text: expect.stringContaining('No changes to deploy'),
    });

    expect(record().events).toHaveLength(events);
  });

  it('brings new code and another parameter, and keeps the version before', async () => {
    project.change('.build/claims/find-claim/index.mjs', (text) => `${text}\n// another version\n`);

    expect(await serverless('deploy', '--param', 'logRetentionDays=60')).toMatchObject({ status: 0 });

    expect(record().status).toBe('UPDATE_COMPLETE');
    expect(await retention()).toBe(60);
    const { Versions } = await configuration('find-claim');
    expect(Versions.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
    expect((await configuration('check-claim')).Versions.map(({ Version }) => Version)).toEqual(['$LATEST', '1']);
    expect(await definition()).toContain(':function:tender-demo-find-claim:2');
  });

  it('leaves everything as it was when something fails, and deploys the next time', async () => {
    const before = { code: (await configuration('find-claim')).Versions, definition: await definition() };
    const heal = cloud.world.faults.plant(
      (call) => call.target === 'aws' && call.operation === 'UpdateStateMachine',
      { kind: 'error', code: 'AccessDeniedException', message: 'not today', status: 400 },
      1,
    );
    project.change('.build/claims/find-claim/index.mjs', (text) => `${text}// a third one\n`);

    const failed = await serverless('deploy', '--param', 'logRetentionDays=90');

    heal();
    expect(failed).toMatchObject({ status: 1, text: expect.stringContaining('not today') });
    await cloud.world.until('it is rolled back', () => !record().isBusy);
    expect(record().status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await retention()).toBe(60);
    expect({
      code: withoutTimes((await configuration('find-claim')).Versions),
      definition: await definition(),
    }).toEqual({
      ...before,
      code: withoutTimes(before.code),
    });
    expect(await serverless('deploy', '--param', 'logRetentionDays=90')).toMatchObject({ status: 0 });
    expect((await configuration('find-claim')).Versions.map(({ Version }) => Version)).toEqual([
      '$LATEST',
      '1',
      '2',
      '4',
    ]);
  });

  it('prunes versions that were replaced more than 21 days ago, and says so first where it is asked to', async () => {
    const versions = async () => (await configuration('find-claim')).Versions.map(({ Version }) => Version);
    await stopTicks();
    await cloud.world.advance(22 * 86_400_000);
    expect(await serverless('prune-versions', '--dry-run')).toMatchObject({
      status: 0,
      text: expect.stringMatching(
        /would remove tender-demo-find-claim:1, .*\n.*\nwould remove 2 versions of functions, /,
      ),
    });
    expect(await versions()).toEqual(['$LATEST', '1', '2', '4']);

    const deployed = await serverless('deploy', '--param', 'logRetentionDays=30');

    expect(deployed).toMatchObject({
      status: 0,
      text: expect.stringMatching(
        /removed 2 versions of functions, \d\.\d MB, that were replaced more than 21 days ago/,
      ),
    });
    expect(await versions()).toEqual(['$LATEST', '4']);
  });

  it('is removed, and leaves behind what its policies retain: the buckets of what it knew and backed up, and the keys to read that', async () => {
    const removed = await serverless('remove');

    expect(removed).toMatchObject({ status: 0, text: expect.stringContaining('has been successfully removed') });
    expect(stacks.find('tender-demo')).toBeUndefined();
    expect(leftovers(before, await accountInventory(cloud))).toEqual({
      buckets: [
        expect.stringMatching(/^tender-demo-snapshotbucket-/),
        expect.stringMatching(/^tender-demo-statebucket-/),
      ],
      keys: ['Tender snapshots of etcd', 'Tender backups of PKI'],
    });
  });

  it('has asked for each action that the deploy policy grants for the sake of serverless alone', () => {
    const unused = cloud.authorizer.unused(({ name }) => name === 'deployer').map(({ grant }) => grant);
    expect(ASKED_BY_SERVERLESS.filter((action) => unused.includes(action))).toEqual([]);
  });
});

/** Somebody who may do what `npm run deploy-policy` prints, and nothing else. */
function deployer({ roles, account, region }: Cloud): Caller {
  const deploy = deployPolicy({ stage: 'demo', account, region, partition: 'aws' });
  roles.createRole({ name: 'deployer', trust: { Statement: [] }, inline: { deploy } });
  return roleSession(account, 'deployer', 'ci');
}

type Inventory = Awaited<ReturnType<typeof accountInventory>>;

/** What is in the second and not in the first. */
function leftovers(first: Inventory, second: Inventory): Inventory {
  const more = Object.entries(second).map(
    ([kind, names]) => [kind, names.filter((name) => !first[kind]?.includes(name))] as const,
  );
  return Object.fromEntries(more.filter(([, names]) => names.length > 0));
}

function withoutTimes(versions: readonly object[]): readonly object[] {
  return versions.map((version) => ({ ...version, LastModified: undefined }));
}
