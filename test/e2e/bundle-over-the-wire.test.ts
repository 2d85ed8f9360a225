import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { DemoCluster } from '../../rehearsal/demo-cluster.ts';
import { LocalDeployment } from '../../rehearsal/local-deployment.ts';
import { listen } from '../../simulator/wire/http-server.ts';

const bundle = resolve(import.meta.dirname, '..', '..', '.build', 'nodes', 'plan-bootstrap', 'index.mjs');
const run = promisify(execFile);

/** What Lambda does, no more: import, call, hand on the result. */
const lambda = `
  const { handler } = await import(process.env.BUNDLE);
  const context = { awsRequestId: 'request-1', functionName: 'plan-bootstrap', getRemainingTimeInMillis: () => 60_000 };
  const result = await handler(JSON.parse(process.env.EVENT), context);
  console.log('RESULT ' + JSON.stringify(result));
`;

interface Plan {
  readonly nodeName: string;
  readonly ipAddress: string;
  readonly groupName: string;
  readonly role: string;
  readonly hasHook: boolean;
}

test('a bundle in a plain Node process, with AWS on a real socket, answers as it does in the sandbox', async () => {
  const deployment = await LocalDeployment.create({ seed: 1, modulesPerVersion: 1 });
  const cluster = await DemoCluster.create(deployment, { workers: 0, controlPlane: 0 });
  const { world, front } = deployment.cloud;
  await cluster.scaleTo(1);
  const events = () => deployment.executions('node-bootstrap')[0]?.run.history ?? [];
  const answered = () => events().find((event) => event.lambdaFunctionSucceededEventDetails);
  await world.until('the plan is made', () => answered() !== undefined);
  const asked = events().find((event) => event.lambdaFunctionScheduledEventDetails);
  const inSandbox = JSON.parse(answered()?.lambdaFunctionSucceededEventDetails?.output ?? '') as Plan;
  const stop = new AbortController();
  const clock = world.pace(1, stop.signal);
  const aws = await listen({ endpoint: front });

  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', lambda], {
    env: {
      PATH: process.env.PATH,
      BUNDLE: pathToFileURL(bundle).href,
      EVENT: asked?.lambdaFunctionScheduledEventDetails?.input,
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: deployment.cloud.region,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      STATE_BUCKET: deployment.resource('StateBucket'),
      REGISTRY_PREFIX: '/tender/clusters',
    },
  }).finally(async () => {
    stop.abort();
    await Promise.all([clock, aws.close()]);
  });

  const { nodeName, ipAddress, groupName, role, hasHook } = JSON.parse(
    /^RESULT (.*)$/m.exec(stdout)?.[1] ?? '',
  ) as Plan;
  expect({ nodeName, ipAddress, groupName, role, hasHook }).toEqual({
    nodeName: inSandbox.nodeName,
    ipAddress: inSandbox.ipAddress,
    groupName: 'demo-workers',
    role: 'worker',
    hasHook: true,
  });
});
