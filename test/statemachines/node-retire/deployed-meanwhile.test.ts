import { expect, it } from 'vitest';
import { updateDeployment } from '../../../rehearsal/local-deployment.ts';
import { isOver, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import { brokenVersion } from '../../support/scenarios/next-version.ts';
import { hookAnswers } from '../../support/scenarios/scenario.ts';

it('ends as it began when the next version, a broken one, is deployed in the middle: executions go on with their versions of functions (S47)', async () => {
  const { scenario, leaver } = await rehearseFleet();
  const { deployment, cloud, world } = scenario;
  const slow = { nodeName: leaver.nodeName, terminationGracePeriodSeconds: 200 };
  scenario.cluster.kubernetes.seed.pod({
    name: 'slow',
    annotations: { 'simulation/ignores-sigterm': 'true' },
    spec: slow,
  });
  await world.advance(5_000);
  await scaleIn(scenario, leaver);
  await world.until('the drain waits for its pod', () => deployment.executions('node-drain').length > 0);
  await world.advance(60_000);
  const [drain] = deployment.executions('node-drain');
  const [retirement] = deployment.executions('node-retire');
  const before = deployment.stack;

  await updateDeployment(deployment, ...brokenVersion(before.template));

  expect([drain, retirement].map((one) => one?.run.outcome)).toEqual([undefined, undefined]);
  await isOver(scenario, 'node-retire');
  expect([drain, retirement].map((one) => one?.run.outcome?.status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(hookAnswers(scenario)).toEqual([`CONTINUE ${leaver.instanceId}`]);
  const versions = cloud.functions.find('tender-dev-evict-pods').versions.map(({ version }) => version);
  expect(versions).toEqual(['$LATEST', '1', '2']);
  const arn = deployment.start('NodeDrainMachine', { cluster: 'demo', nodeName: leaver.nodeName });
  await isOver(scenario, 'node-drain');
  expect(deployment.executions('node-drain').find((one) => one.arn === arn)?.run.outcome?.status).toBe('FAILED');
}, 120_000);
