import { beforeEach, describe, expect, it } from 'vitest';
import { driven } from '../../../../rehearsal/local-deployment.ts';
import { Cloud } from '../../../../simulator/cloud/cloud.ts';
import type { ContainerEnd, ContainerRun } from '../../../../simulator/ecs/containers.ts';

const IMAGE = 'registry.example.com/job:1';
const fargate = {
  family: 'job',
  requiresCompatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  cpu: '256',
  memory: '512',
  containerDefinitions: [{ name: 'job', image: IMAGE, environment: [{ name: 'A', value: 'a' }], command: ['given'] }],
};
const order = {
  cluster: 'jobs',
  taskDefinition: 'job',
  launchType: 'FARGATE',
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
};

let cloud: Cloud;
const call = <T = Record<string, unknown>>(operation: string, input: object) =>
  driven(cloud, () => cloud.operate<T>('ecs', operation, input));
const start = async (over: object = {}) => {
  const { tasks } = await call<{ tasks: { taskArn: string }[] }>('RunTask', { ...order, ...over });
  return tasks[0]?.taskArn ?? '';
};
async function stopped(taskArn: string) {
  const ended = () => cloud.containers.describe(taskArn).lastStatus === 'STOPPED';
  await cloud.world.until('the task has stopped', ended);
  return cloud.containers.describe(taskArn);
}

beforeEach(async () => {
  cloud = new Cloud({ seed: 1 });
  await call('CreateCluster', { clusterName: 'jobs' });
  await call('RegisterTaskDefinition', fargate);
});

describe('a task on Fargate', () => {
  it('runs what its image does, with its own and the order’s environment and command, and tells its exit code', async () => {
    const seen: ContainerRun[] = [];
    cloud.containers.images.set(IMAGE, async (run): Promise<ContainerEnd> => {
      seen.push(run);
      return { exitCode: 3 };
    });
    const own = { name: 'job', command: ['ordered'], environment: [{ name: 'B', value: 'b' }] };
    const overrides = { containerOverrides: [own], ephemeralStorage: { sizeInGiB: 50 } };

    expect(await stopped(await start({ overrides }))).toMatchObject({
      stopCode: 'EssentialContainerExited',
      containers: [{ exitCode: 3 }],
    });
    expect(seen).toMatchObject([{ command: ['ordered'], environment: { A: 'a', B: 'b' }, storageGiB: 50 }]);
  });

  it('that has no image never runs, and has no exit code', async () => {
    const task = await stopped(await start());

    expect(task).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: expect.stringContaining(IMAGE) });
    expect(task.containers?.[0]).not.toHaveProperty('exitCode');
  });

  it('that does not end when it is asked to is killed half a minute later', async () => {
    cloud.containers.images.set(IMAGE, () => new Promise(() => {}));
    const arn = await start();
    await cloud.world.advance(60_000);
    await call('StopTask', { cluster: 'jobs', task: arn, reason: 'enough' });
    expect(cloud.containers.describe(arn).lastStatus).toBe('RUNNING');

    expect(await stopped(arn)).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
      containers: [{ exitCode: 137 }],
    });
  });

  it('is not placed where there is no room', async () => {
    cloud.containers.lackingCapacity = 1;

    expect(await call('RunTask', order)).toMatchObject({
      tasks: [],
      failures: [{ reason: expect.stringContaining('Capacity') }],
    });
  });

  it.each([
    ['another cluster', { cluster: 'none' }, 'Cluster not found.'],
    ['no subnet', { networkConfiguration: {} }, 'Network Configuration must be provided'],
    ['too small a disk', { overrides: { ephemeralStorage: { sizeInGiB: 20 } } }, 'between 21 and 200'],
    ['no such definition', { taskDefinition: 'none' }, 'Unable to describe task definition.'],
  ])('is refused with %s', async (_, over, message) => {
    await expect(call('RunTask', { ...order, ...over })).rejects.toThrow(message);
  });

  it('of a definition that was deregistered is refused, and one that Fargate has no machine for is not registered', async () => {
    await call('DeregisterTaskDefinition', { taskDefinition: 'job:1' });
    await expect(call('RunTask', { ...order, taskDefinition: 'job:1' })).rejects.toThrow('inactive');
    await expect(call('RegisterTaskDefinition', { ...fargate, memory: '3072' })).rejects.toThrow(
      'No Fargate configuration',
    );
  });
});
