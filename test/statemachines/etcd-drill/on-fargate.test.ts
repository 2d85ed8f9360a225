import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsOnly } from '../../../rehearsal/etcd/tools-only.ts';
import { bundleProgram } from '../../../scripts/build/bundle-functions.ts';
import type { ContainerEnd, ContainerProgram, ContainerRun } from '../../../simulator/ecs/containers.ts';
import { clusterPki, pkiInEtcd } from '../../support/etcd/cluster-pki.ts';
import { asProcess, drillTaskResources, IMAGE, takeLargeSnapshot } from '../../support/etcd/drill-task.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import { drill, rehearseDrills, snapshotBucket } from '../../support/etcd/etcd-scenario.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages, trace } from '../../support/scenarios/scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';
import { root } from '../../support/source-files.ts';

const { title, release } = anyEtcd();
/** Waits of retries pass quickly. */
const FAST = 60;

describe.skipIf(!release)(title, { timeout: 120_000 }, () => {
  let etcd: EtcdCluster;
  let programs: string;
  let files: ReadonlyMap<string, string>;
  let folder: string;
  let bundle: string;
  beforeAll(async () => {
    if (!release) return;
    folder = await mkdtemp(join(tmpdir(), 'drill-image-'));
    bundle = await bundleProgram(root, join(root, 'containers', 'drill-snapshot.ts'), folder, 'container');
    etcd = await EtcdCluster.start(release);
    programs = await toolsOnly(release, etcd.directory);
    files = await clusterPki();
    const writer = etcd.writer();
    for (const [key, text] of pkiInEtcd(files)) await writer.put(key, text);
    for (const name of ['default', 'kube-system']) await writer.put(`/registry/namespaces/${name}`, name);
    writer.close();
  }, 120_000);
  afterAll(async () => {
    await etcd?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** A cluster with a snapshot whose record says that it is of 40 GiB; `asItIs` makes the record what it was. */
  async function withLargeSnapshot(withImage = true) {
    const moreResources = withImage ? await drillTaskResources() : {};
    const scenario = await rehearseDrills(etcd, files, { cloud: { programs, moreResources } });
    return { scenario, ...(await takeLargeSnapshot(scenario)) };
  }

  /** What the image does. */
  function image({ cloud }: FaultScenario, program: ContainerProgram): void {
    cloud.containers.images.set(IMAGE, program);
  }
  /** Leaves this error's name, and ends. */
  async function failing(
    { cloud, deployment }: FaultScenario,
    { command }: ContainerRun,
    name: string,
  ): Promise<ContainerEnd> {
    const { cluster, run } = JSON.parse(command[0] ?? '') as { readonly cluster: string; readonly run: string };
    const Body = JSON.stringify({ cluster, run, name, message: 'of the first task' });
    await cloud.operate('s3', 'PutObject', {
      Bucket: deployment.resource('StateBucket'),
      Key: `drills/${cluster}/${run}.json`,
      Body,
    });
    return { exitCode: 1 };
  }
  const ending =
    (end: ContainerEnd): ContainerProgram =>
    () =>
      Promise.resolve(end);

  it('a snapshot that is too large for a function is proven by a task with a disk for it, which may do no more than it does', async () => {
    const { scenario, id, asItIs } = await withLargeSnapshot();
    const disks: number[] = [];
    image(scenario, async (run) => {
      disks.push(run.storageGiB);
      await asItIs();
      return asProcess(scenario, { words: [process.execPath, bundle], path: programs }, run);
    });

    expect(await drill(scenario)).toMatchObject({ outcome: 'proven', id, keys: 4, liveHash: 'same' });

    expect(trace(scenario, 0, 'etcd-drill').slice(2)).toEqual([
      'DrillSnapshot',
      'IsSnapshotTooLarge',
      'RunDrillTask',
      'DrillSnapshot',
      'IsSnapshotTooLarge',
      'CompareHash',
      'SnapshotProven',
    ]);
    expect(disks).toEqual([89]);
    const log = scenario.cloud.logs.group('/aws/lambda/tender-dev-drill-snapshot');
    expect([...log.streams.keys()].filter((name) => name.startsWith('task/drill/'))).toHaveLength(1);
    const own = /^(DrillTask|DrillStart|run-drill-task) /;
    // It fails, and it is stopped, in other tests.
    const unused = unusedPermissions([scenario]).filter((name) => own.test(name));
    expect(unused).toEqual(['run-drill-task ecs:StopTask']);
  });

  it('what the task finds wrong is said by its own name', async () => {
    const { scenario, id, asItIs } = await withLargeSnapshot();
    const bytes = snapshotBucket(scenario).body(`etcd/demo/${id}.db.zst`);
    bytes[bytes.length >> 1] = 0xff ^ (bytes[bytes.length >> 1] ?? 0);
    image(scenario, async (run) => {
      await asItIs();
      return asProcess(scenario, { words: [process.execPath, bundle], path: programs }, run);
    });

    expect(await drill(scenario, {}, FAST)).toMatchObject({
      error: 'SnapshotNotProven',
      cause: expect.stringMatching(/proven: SnapshotDamaged: /),
    });
    expect(pages(scenario)).toHaveLength(1);
    // What was read may have been changed on the way: it was tried twice.
    expect(trace(scenario, 0, 'etcd-drill').filter((state) => state === 'RunDrillTask')).toHaveLength(2);
  });

  it('a second task proves it where the first has met what passes, and does not believe its word', async () => {
    const { scenario, id, asItIs } = await withLargeSnapshot();
    let tasks = 0;
    image(scenario, async (run) => {
      tasks += 1;
      if (tasks === 1) return failing(scenario, run, 'AwsThrottled');
      await asItIs();
      return asProcess(scenario, { words: [process.execPath, bundle], path: programs }, run);
    });

    expect(await drill(scenario, {}, FAST)).toMatchObject({ outcome: 'proven', id });
    expect([tasks, pages(scenario)]).toEqual([2, []]);
  });

  it('each task leaves a word of its own: one that says nothing is not taken for the one before it', async () => {
    const { scenario } = await withLargeSnapshot();
    let tasks = 0;
    image(scenario, async (run) => {
      tasks += 1;
      return tasks === 1 ? failing(scenario, run, 'RestoredEtcdBroken') : { exitCode: 137, reason: 'OutOfMemoryError' };
    });

    expect(await drill(scenario, {}, FAST)).toMatchObject({
      cause: expect.stringMatching(/DrillTaskStopped: .*OutOfMemoryError/),
    });
    expect([tasks, pages(scenario).length]).toEqual([2, 1]);
  });

  it.each<[string, (scenario: FaultScenario) => void, RegExp]>([
    [
      'runs out of memory, on the third try to find room',
      (scenario) => {
        scenario.cloud.containers.lackingCapacity = 1;
        scenario.plant(({ operation }) => operation === 'RunTask', { kind: 'throttle' });
        const reason = 'OutOfMemoryError: Container killed due to memory usage';
        image(scenario, ending({ exitCode: 137, reason }));
      },
      /DrillTaskStopped: .*OutOfMemoryError: Container killed due to memory usage; Essential container in task exited; exit code 137/,
    ],
    ['has no image to start from', () => {}, /DrillTaskStopped: .*CannotPullContainerError.*no exit code/],
    [
      'ends well without a proof',
      (scenario) => image(scenario, ending({ exitCode: 0 })),
      /DrillTaskStopped: .*it ended well, and no proof is there/,
    ],
    [
      'is not allowed',
      (scenario) => {
        const fault = { kind: 'error', code: 'AccessDeniedException', message: 'no', status: 400 } as const;
        scenario.plant(({ operation }) => operation === 'RunTask', fault);
      },
      /DrillTaskStopped: .*ECS\.AccessDeniedException: no/,
    ],
  ])('a task that %s ends in a named error, and a person is told', async (_, prepare, cause) => {
    const { scenario } = await withLargeSnapshot();
    prepare(scenario);

    expect(await drill(scenario, {}, FAST)).toMatchObject({ cause: expect.stringMatching(cause) });
    expect(pages(scenario)).toHaveLength(1);
    expect(
      snapshotBucket(scenario)
        .keys()
        .filter((key) => key.endsWith('.proof.json')),
    ).toEqual([]);
  });

  it('a task of an execution that somebody stops is stopped, too', async () => {
    const { scenario } = await withLargeSnapshot();
    const { cloud } = scenario;
    const stopped = Promise.withResolvers<void>();
    image(scenario, async ({ stopping }) => {
      const told = new Promise((resolve) => stopping.addEventListener('abort', resolve));
      const executionArn = scenario.deployment.executions('etcd-drill')[0]?.arn;
      void cloud.operate('states', 'StopExecution', { executionArn });
      await told;
      stopped.resolve();
      return { exitCode: 143 };
    });

    expect(await drill(scenario, {}, FAST)).toMatchObject({ status: 'ABORTED' });
    await stopped.promise;
  });

  it('where the stage has no image it says what to set', async () => {
    const { scenario } = await withLargeSnapshot(false);

    expect(await drill(scenario)).toMatchObject({
      cause: expect.stringMatching(
        /SnapshotTooLargeToDrill: .*40\.0 GiB.*parameters drillImage, drillSubnetIds and drillSecurityGroupIds/,
      ),
    });
    expect(pages(scenario)).toHaveLength(1);
  });
});
