import { flapKubelet } from '../../simulator/instances/flap-kubelet.ts';
import type { DemoCluster } from '../demo-cluster.ts';
import { driven } from '../local-deployment.ts';

/** A worker that something happens to. */
export interface Victim {
  readonly instanceId: string;
  readonly nodeName: string;
}

/** What a trouble finds, and what it may do. */
export interface Scene {
  readonly cluster: DemoCluster;
  /** Of the workers in service, a well one. */
  victim(): Victim;
  /** From now on, whether what boots is of a broken image. */
  breakImage(broken: boolean): void;
}

/** How executions of node-repair ended while a trouble lasted, and what else was seen. */
export interface Aftermath {
  /** `mended restart`, `replaced replace`, `aside`; of executions that failed their error. */
  readonly repairs: readonly string[];
  /** Every reason why something was left alone: `breaker`, `zone`, `auto-scaling`, … */
  readonly reasons: ReadonlySet<string>;
  /** Names of breakers that were open. */
  readonly breakers: ReadonlySet<string>;
}

/** Something that goes wrong in a day, and what has to come of it. */
export interface Trouble {
  readonly title: string;
  /** Gives how to end it, where it does not end by itself. */
  begin(scene: Scene): Promise<() => void | Promise<void>>;
  /** Minutes until it is ended; then the day waits until everything has come to rest. */
  readonly minutes: number;
  /** What is wrong with what came of it; undefined: nothing. */
  judge(aftermath: Aftermath): string | undefined;
}

const nothing = () => {};

const kubeletDies: Trouble = {
  title: 'the kubelet of a node dies',
  minutes: 12,
  async begin(scene) {
    machineOf(scene, scene.victim()).systemctl('stop', 'kubelet');
    return nothing;
  },
  judge: ({ repairs }) => expected(repairs, 'mended restart'),
};

const kernelDeadlock: Trouble = {
  title: 'a node finds a deadlock in its kernel, and says so for as long as it does not boot',
  minutes: 50,
  async begin(scene) {
    const { nodeName } = scene.victim();
    scene.cluster.kubernetes.problems.latch(nodeName, { type: 'KernelDeadlock', afterReboot: 'gone' });
    return nothing;
  },
  judge: ({ repairs }) => expected(repairs, 'mended reboot'),
};

const statusCheck: Trouble = {
  title: 'an instance hangs and fails its status check; Auto Scaling replaces it by itself',
  minutes: 20,
  async begin(scene) {
    scene.cluster.deployment.cloud.fleet.instances.hang(scene.victim().instanceId, 'hardware');
    return nothing;
  },
  judge: ({ repairs }) => (repairs.length === 0 ? undefined : `it was repaired as well: ${repairs.join(', ')}`),
};

const flapping: Trouble = {
  title: 'a kubelet comes and goes',
  minutes: 75,
  begin: async (scene) => flapKubelet(machineOf(scene, scene.victim())),
  judge: ({ repairs }) => expected(repairs, 'replaced replace'),
};

const zoneGone: Trouble = {
  title: 'an availability zone is gone for twenty minutes',
  minutes: 20,
  begin: async ({ cluster }) => cluster.deployment.cloud.fleet.instances.failZone('us-east-1b'),
  judge: ({ repairs, breakers }) => {
    if (repairs.length > 0) return `nodes were repaired meanwhile: ${repairs.join(', ')}`;
    return breakers.size > 0 ? undefined : 'no breaker opened';
  },
};

const apiServerAway: Trouble = {
  title: 'the API server is away for fifteen minutes',
  minutes: 15,
  async begin({ cluster }) {
    cluster.kubernetes.down('silent');
    return () => cluster.kubernetes.up();
  },
  judge: ({ repairs }) =>
    repairs.length === 0 ? undefined : `nodes were judged by their silence: ${repairs.join(', ')}`,
};

const wrongImage: Trouble = {
  title: 'the workers get an image whose kubelet never starts, and scale out by one; later a person mends it',
  minutes: 55,
  async begin({ cluster, breakImage }) {
    breakImage(true);
    await cluster.scaleTo(cluster.inService().length + 1);
    return async () => {
      breakImage(false);
      await takeAwayKept(cluster);
    };
  },
  judge: ({ breakers }) =>
    [...breakers].some((name) => name.startsWith('image ')) ? undefined : 'no breaker opened for the image',
};

/** The day, in order. */
export const troubles: readonly Trouble[] = [
  kubeletDies,
  kernelDeadlock,
  statusCheck,
  flapping,
  zoneGone,
  apiServerAway,
  wrongImage,
];

function expected(repairs: readonly string[], outcome: string): string | undefined {
  return repairs.length === 1 && repairs[0] === outcome
    ? undefined
    : `repairs ended so: ${repairs.join(', ') || 'there was none'}; it had to be ${outcome}`;
}

/** The last of a bad image is kept for somebody to look at; when that is done, it goes. */
async function takeAwayKept(cluster: DemoCluster): Promise<void> {
  const { cloud } = cluster.deployment;
  const ready = new Set(cluster.kubernetes.seed.readyNodes());
  const { all } = cloud.fleet.instances;
  const kept = cluster.inService().filter((id) => !ready.has(all.get(id)?.privateDnsName ?? ''));
  for (const InstanceId of kept) {
    const input = { InstanceId, ShouldDecrementDesiredCapacity: false };
    await driven(cloud, () => cloud.operate('autoscaling', 'TerminateInstanceInAutoScalingGroup', input));
  }
}

function machineOf({ cluster }: Scene, { instanceId }: Victim) {
  return cluster.deployment.cloud.fleet.instances.visible(instanceId).machine;
}
