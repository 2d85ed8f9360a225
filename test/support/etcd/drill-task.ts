import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TemplateResource, TemplateValue } from '../../../simulator/cloudformation/template.ts';
import type { ContainerEnd, ContainerRun } from '../../../simulator/ecs/containers.ts';
import { listen } from '../../../simulator/wire/http-server.ts';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';
import { root } from '../source-files.ts';
import { templateResources } from '../template.ts';
import { snapshot, snapshotBucket } from './etcd-scenario.ts';

export const IMAGE = '111111111111.dkr.ecr.us-east-1.amazonaws.com/tender-drill:1';

type Context = { readonly resolveVariable: (name: string) => Promise<string> };
const stack = createRequire(import.meta.url)(join(root, 'deploy/stack/drill-task.cjs')) as Record<
  'cluster' | 'taskDefinition',
  (context: Context) => Promise<TemplateValue>
> & { readonly resources: (context: Context) => Promise<{ Resources: Record<string, TemplateResource> }> };

/** What a stage has with these parameters. */
export function stageWith(parameters: Readonly<Record<string, string>>): Context {
  return { resolveVariable: async (name) => (name === 'sls:stage' ? 'dev' : (parameters[name.slice(6)] ?? '')) };
}

/** What the stack has more, and has otherwise, where the stage has an image for drills. */
export async function drillTaskResources(): Promise<Record<string, TemplateResource>> {
  const ids = { drillSubnetIds: 'subnet-0a,subnet-0b', drillSecurityGroupIds: 'sg-0c' };
  const context = stageWith({ drillImage: IMAGE, ...ids });
  const settings = {
    DRILL_CLUSTER: await stack.cluster(context),
    DRILL_TASK_DEFINITION: await stack.taskDefinition(context),
    DRILL_SUBNET_IDS: ids.drillSubnetIds,
    DRILL_SECURITY_GROUP_IDS: ids.drillSecurityGroupIds,
  };
  const changed = templateResources().flatMap(({ id, ...resource }) => {
    if (id !== 'DrillDashsnapshotLambdaFunction') return [];
    const { Variables } = resource.Properties.Environment as { Variables: Record<string, TemplateValue> };
    const Environment = { Variables: { ...Variables, ...settings } };
    return [[id, { ...resource, Properties: { ...resource.Properties, Environment } }] as const];
  });
  return { ...Object.fromEntries(changed), ...(await stack.resources(context)).Resources };
}

/** Takes a snapshot whose record says that it is of 40 GiB; `asItIs` makes the record what it was. */
export async function takeLargeSnapshot(scenario: FaultScenario) {
  const { id } = (await snapshot(scenario)) as { readonly id: string };
  const Key = `etcd/demo/${id}.json`;
  const Bucket = scenario.deployment.resource('SnapshotBucket');
  const record = Buffer.from(snapshotBucket(scenario).body(Key)).toString();
  const { database, ...rest } = JSON.parse(record) as { readonly database: object };
  const Body = JSON.stringify({ ...rest, database: { ...database, bytes: 40 * 1024 ** 3 } });
  await scenario.operate('s3', 'PutObject', { Bucket, Key, Body });
  const put = { Bucket, Key, Body: record, ServerSideEncryption: 'aws:kms' };
  return { id, asItIs: () => scenario.cloud.operate('s3', 'PutObject', put) };
}

/** How the program of a container is started; its order is added to the words. */
export interface Started {
  readonly words: readonly [string, ...string[]];
  /** Where it finds programs. */
  readonly path: string;
  /** Where it writes. Default: a folder of its own, which goes with it. */
  readonly temporary?: string;
  readonly workingDirectory?: string;
  /** Of the user, and of his group. Default: whoever runs the test. */
  readonly userId?: number;
}

/** Runs a program as a container runs it: a process of its own, which has the task's credentials and nothing else, with these programs in its PATH. */
export async function asProcess({ cloud }: FaultScenario, started: Started, run: ContainerRun): Promise<ContainerEnd> {
  const aws = await listen({ endpoint: cloud.front });
  const credentials = await serveCredentials(run);
  const TMPDIR = started.temporary ?? (await mkdtemp(join(tmpdir(), 'task-')));
  const [program, ...words] = started.words;
  const { workingDirectory: cwd, userId: uid } = started;
  try {
    const child = spawn(program, [...words, ...run.command], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(cwd !== undefined && { cwd }),
      ...(uid !== undefined && { uid, gid: uid }),
      env: {
        ...run.environment,
        PATH: started.path,
        TMPDIR,
        AWS_ENDPOINT_URL: aws.url,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials.url,
      },
    });
    run.stopping.addEventListener('abort', () => child.kill('SIGTERM'));
    child.stdout.on('data', (lines: Buffer) => run.log(lines.toString()));
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { exitCode: exitCode ?? 137 };
  } finally {
    await Promise.all([aws.close(), credentials.close(), rm(TMPDIR, { recursive: true, force: true })]);
  }
}

/** The endpoint that ECS gives a container its credentials at. */
async function serveCredentials({ credentials }: ContainerRun) {
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = credentials;
  const Expiration = new Date(Date.now() + 6 * 3_600_000).toISOString();
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token, Expiration }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/credentials`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
