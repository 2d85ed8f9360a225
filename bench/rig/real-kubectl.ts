import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { openDoors } from '../../rehearsal/demo/open-doors.ts';
import type { DemoCluster } from '../../rehearsal/demo-cluster.ts';

const run = promisify(execFile);

/** Where kubectl is: in KUBEBUILDER_ASSETS or in PATH; undefined where it is not installed. */
export function kubectlPath(): string | undefined {
  return [process.env.KUBEBUILDER_ASSETS ?? '', ...(process.env.PATH ?? '').split(delimiter)]
    .map((folder) => join(folder, 'kubectl'))
    .find((path) => existsSync(path));
}

/** Lets the real kubectl drain these nodes over a socket, the world at the pace of real time. Undefined where kubectl is not installed. */
export async function realKubectl({
  cluster,
  full,
}: {
  readonly cluster: DemoCluster;
  readonly full: readonly string[];
}): Promise<{ readonly seconds: number } | undefined> {
  const kubectl = kubectlPath();
  if (kubectl === undefined) return undefined;
  const pacing = new AbortController();
  const doors = await openDoors(cluster, 0);
  const paced = cluster.deployment.cloud.world.pace(1, pacing.signal);
  try {
    const startedAt = performance.now();
    const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force'];
    await run(kubectl, ['drain', ...full, ...flags], { env: { ...process.env, KUBECONFIG: doors.kubeconfig } });
    return { seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    pacing.abort();
    await paced;
    await doors.close();
  }
}
