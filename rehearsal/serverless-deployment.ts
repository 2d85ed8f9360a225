import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Cloud, type CloudOptions } from '../simulator/cloud/cloud.ts';
import { addCloudFormation } from '../simulator/cloudformation/cloudformation-service.ts';
import { listen } from '../simulator/wire/http-server.ts';
import { LocalDeployment } from './local-deployment.ts';
import { runServerless, untilOver } from './serverless-command.ts';

const root = resolve(import.meta.dirname, '..');
/** When the stack is there the clock goes on to the next of these, so that what comes then does not begin a moment earlier or later each time. */
const BEGIN_MS = 900_000;

/**
 * Makes a cloud, and deploys into it by `npx serverless deploy`, what `npm run package` has packaged: over HTTP on 127.0.0.1, by change set, with stack events, as to AWS.
 * @throws Error with what serverless said, when it fails or is interrupted
 */
export async function deployByServerless(options: CloudOptions, signal?: AbortSignal): Promise<LocalDeployment> {
  const cloud = new Cloud(options);
  const stacks = addCloudFormation(cloud);
  const door = await listen({ endpoint: cloud.front });
  const project = projectToDeployFrom();
  try {
    const args = ['deploy', '--stage', 'dev', '--package', '.serverless'];
    const deploying = runServerless(project, args, environment(door.url, cloud.region), signal);
    const { status, text } = await untilOver(cloud, stacks, deploying);
    if (status !== 0) throw new Error(`serverless deploy ended with ${status}:\n${text}`);
    const { stack } = stacks.get('tender-dev');
    if (!stack) throw new Error('serverless deployed nothing');
    await cloud.world.advance(BEGIN_MS - (cloud.world.now() % BEGIN_MS));
    return LocalDeployment.of(cloud, stack);
  } finally {
    rmSync(project, { recursive: true, force: true });
    await door.close();
  }
}

/** Serverless takes the package away that it has deployed: it gets one of its own. */
function projectToDeployFrom(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tender-package-'));
  for (const name of ['serverless.yml', 'package.json', 'deploy', 'statemachines', '.serverless'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const name of ['scripts', 'src', 'node_modules']) symlinkSync(join(root, name), join(folder, name));
  return folder;
}

/** The operator, with all rights. */
function environment(endpoint: string, region: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
    AWS_REGION: region,
  };
}
