import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { paginateListStateMachines, SFNClient } from '@aws-sdk/client-sfn';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasMoto, MotoServer } from '../support/moto.ts';
import { ServerlessProject } from '../support/serverless-project.ts';
import { templateResources } from '../support/template.ts';

// What moto lacks, and what is done about it, is told in docs/contract-tests.md. Takes a minute and more, and needs moto's server: `pip install 'moto[server]==5.2.5'`.
const isPlayed = process.env.TENDER_LONG !== undefined && hasMoto();

/** moto's Fn::Sub knows no names that begin with a digit, and serverless-step-functions makes such names of hashes. */
const MOTO_PLUGIN = `module.exports = class NamesForMoto {
  constructor({ service: { provider } }) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const text = JSON.stringify(provider.compiledCloudFormationTemplate);
        provider.compiledCloudFormationTemplate = JSON.parse(text.replace(/\\b\\d[0-9a-f]{31}\\b/g, 'of$&'));
      },
    };
  }
};
`;

describe.skipIf(!isPlayed)('npx serverless deploy to moto (needs moto_server)', { timeout: 600_000 }, () => {
  let moto: MotoServer;
  let project: ServerlessProject;
  const serverless = (...args: string[]) => project.run(...args, '--stage', 'demo');

  beforeAll(async () => {
    moto = await MotoServer.start();
    const credentials = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
    project = new ServerlessProject({ AWS_ENDPOINT_URL: moto.url, ...credentials });
    writeFileSync(join(project.folder, 'moto-plugin.cjs'), MOTO_PLUGIN);
    project.change('serverless.yml', (text) =>
      text
        .replace('  - serverless-step-functions\n', '  - serverless-step-functions\n  - ./moto-plugin.cjs\n')
        // Of a stack that a change set made moto tells no outputs, and serverless-step-functions reads them.
        .replace('  name: aws\n', '  name: aws\n  deploymentMethod: direct\n'),
    );
  });
  afterAll(async () => {
    project?.close();
    await moto?.close();
  });

  it('makes every function, state machine, role, rule, queue, bucket and topic', async () => {
    expect(await serverless('deploy')).toMatchObject({ status: 0 });

    const template = Map.groupBy(templateResources(), ({ Type }) => Type);
    const count = (type: string) => template.get(type)?.length;
    expect(await counts(moto)).toEqual({
      functions: count('AWS::Lambda::Function'),
      machines: count('AWS::StepFunctions::StateMachine'),
      roles: count('AWS::IAM::Role'),
      rules: count('AWS::Events::Rule'),
      queues: count('AWS::SQS::Queue'),
      buckets: count('AWS::S3::Bucket'),
      topics: count('AWS::SNS::Topic'),
    });
  });

  it('brings new code and another parameter to functions', async () => {
    const before = await configuration(moto, 'find-claim');
    project.change('.build/claims/find-claim/index.mjs', (text) => `${text}\n// another version\n`);

    expect(await serverless('deploy', '--param', 'logLevel=debug')).toMatchObject({ status: 0 });

    const after = await configuration(moto, 'find-claim');
    expect(after.code).not.toBe(before.code);
    expect([before.logLevel, after.logLevel]).toEqual(['info', 'debug']);
  });

  it('is removed, and leaves the buckets of what it knew and backed up', async () => {
    expect(await serverless('remove')).toMatchObject({ status: 0 });

    expect(await counts(moto)).toEqual({
      ...{ functions: 0, machines: 0, roles: 0, rules: 0, queues: 0, topics: 0 },
      buckets: 2,
    });
    const stack = new CloudFormationClient(clientOf(moto)).send(
      new DescribeStacksCommand({ StackName: 'tender-demo' }),
    );
    await expect(stack).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

const clientOf = ({ url }: MotoServer) => ({
  region: 'us-east-1',
  endpoint: url,
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
});

async function counts(moto: MotoServer): Promise<Readonly<Record<string, number>>> {
  const config = clientOf(moto);
  const lambda = new LambdaClient(config);
  const sfn = new SFNClient(config);
  const iam = new IAMClient(config);
  return {
    functions: await all(paginateListFunctions({ client: lambda }, {}), ({ Functions }) => Functions?.length),
    machines: await all(paginateListStateMachines({ client: sfn }, {}), ({ stateMachines }) => stateMachines?.length),
    roles: await all(paginateListRoles({ client: iam }, {}), ({ Roles }) => Roles?.length),
    rules: (await new EventBridgeClient(config).send(new ListRulesCommand({}))).Rules?.length ?? 0,
    queues: (await new SQSClient(config).send(new ListQueuesCommand({}))).QueueUrls?.length ?? 0,
    buckets: (await new S3Client(config).send(new ListBucketsCommand({}))).Buckets?.length ?? 0,
    topics: (await new SNSClient(config).send(new ListTopicsCommand({}))).Topics?.length ?? 0,
  };
}

async function all<Page>(pages: AsyncIterable<Page>, count: (page: Page) => number | undefined): Promise<number> {
  let sum = 0;
  for await (const page of pages) sum += count(page) ?? 0;
  return sum;
}

async function configuration(moto: MotoServer, name: string) {
  const command = new GetFunctionConfigurationCommand({ FunctionName: `tender-demo-${name}` });
  const { CodeSha256: code, Environment } = await new LambdaClient(clientOf(moto)).send(command);
  return { code, logLevel: Environment?.Variables?.LOG_LEVEL };
}
