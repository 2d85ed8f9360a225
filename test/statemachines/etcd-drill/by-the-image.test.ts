import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AssembledImage, assembleImage } from '../../support/etcd/assembled-image.ts';
import { clusterPki, pkiInEtcd } from '../../support/etcd/cluster-pki.ts';
import {
  asProcess,
  drillTaskResources,
  IMAGE,
  type Started,
  takeLargeSnapshot,
} from '../../support/etcd/drill-task.ts';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { etcdReleases } from '../../support/etcd/etcd-releases.ts';
import { drill, rehearseDrills } from '../../support/etcd/etcd-scenario.ts';
import { root } from '../../support/source-files.ts';

const run = promisify(execFile);
const long = process.env.TENDER_LONG !== undefined;
const [, { title, release }] = etcdReleases();
/** Of the user `node`, in the image of that name. */
const NODE_USER = 1000;

describe.skipIf(!release || !long)(title, { timeout: 180_000 }, () => {
  let folder: string;
  let etcd: EtcdCluster;
  let image: AssembledImage;
  beforeAll(async () => {
    if (!release || !long) return;
    folder = await mkdtemp(join(tmpdir(), 'drill-image-'));
    await chmod(folder, 0o755);
    etcd = await EtcdCluster.start(release);
    const programs = join(folder, 'programs');
    await mkdir(programs);
    await symlink(release.etcd, join(programs, 'etcd'));
    await symlink(release.restorer, join(programs, 'etcdutl'));
    const context = join(folder, 'context');
    const script = join(root, 'scripts/drill-image.ts');
    const flags = ['--without-kubernetes', '--directory', programs, '--output', context];
    await run(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...flags]);
    await mkdir(join(folder, 'image'));
    image = await assembleImage(context, join(folder, 'image'));
    await copyFile(process.execPath, join(image.folder, 'usr/local/bin/node'));
  }, 120_000);
  afterAll(async () => {
    await etcd?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  /** As ECS starts it, but that the image's folder is not the root of the machine. */
  function started(): Started {
    const [program = '', ...words] = image.entrypoint;
    const path = join(image.folder, 'usr/local/bin');
    return {
      words: [join(path, program), ...words.map((word) => (word.startsWith('/') ? join(image.folder, word) : word))],
      path,
      temporary: join(image.folder, 'tmp'),
      workingDirectory: join(image.folder, image.workingDirectory),
      ...(process.getuid?.() === 0 && { userId: NODE_USER }),
    };
  }

  it('has the Node that this runs on, runs as its user, and holds what a drill restores with', async () => {
    expect([image.base, image.user]).toEqual([`node:${process.versions.node.split('.')[0]}-slim`, 'node']);
    expect((await readdir(join(image.folder, 'usr/local/bin'))).toSorted()).toEqual(['etcd', 'etcdutl', 'node']);
    expect(image.workingDirectory).toBe('/tmp');
  });

  it('a snapshot that is too large for a function is proven by the entrypoint of the image, from the files that its Dockerfile copies', async () => {
    const files = await clusterPki();
    const writer = etcd.writer();
    for (const [key, text] of pkiInEtcd(files)) await writer.put(key, text);
    for (const name of ['default', 'kube-system']) await writer.put(`/registry/namespaces/${name}`, name);
    writer.close();
    const scenario = await rehearseDrills(etcd, files, { cloud: { moreResources: await drillTaskResources() } });
    const { id, asItIs } = await takeLargeSnapshot(scenario);
    const before = await readdir(image.folder, { recursive: true });
    const exitCodes: (number | undefined)[] = [];
    scenario.cloud.containers.images.set(IMAGE, async (task) => {
      await asItIs();
      const end = await asProcess(scenario, started(), task);
      exitCodes.push(end.exitCode);
      return end;
    });

    expect(await drill(scenario)).toMatchObject({ outcome: 'proven', id, keys: 4, liveHash: 'same' });

    expect(exitCodes).toEqual([0]);
    const outside = (paths: readonly string[]) => paths.filter((path) => !path.startsWith('tmp')).toSorted();
    expect(outside(await readdir(image.folder, { recursive: true }))).toEqual(outside(before));
  });
});
