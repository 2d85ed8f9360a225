import type { DemoCluster } from '../demo-cluster.ts';
import type { DemoEtcd } from '../etcd/demo-etcd.ts';
import type { LoadGenerator } from '../load/load-generator.ts';

/** Why an instance leaves in the demonstration. */
export type Occasion = 'scale-in' | 'spot interruption' | 'maintenance';

/** An instance that is to leave. Times are epoch milliseconds of the world. */
export interface Exit {
  readonly occasion: Occasion;
  /** Undefined while Auto Scaling has not chosen one. */
  readonly instanceId: string | undefined;
  readonly saidAt: number;
  /** When it goes away by itself, if it does. */
  readonly goesAt: number | undefined;
}

/** What an act finds on the stage, and what it leaves there. */
export interface Stage {
  readonly cluster: DemoCluster;
  readonly exits: Exit[];
  load: LoadGenerator | undefined;
  /** Real members of etcd below the control plane; undefined where this machine has no etcd. */
  readonly etcd: DemoEtcd | undefined;
  /** Says something to whoever listens. */
  tell(text: string, instanceId?: string): void;
}

/** One thing that is done to the cluster; then the story waits until everything has come to rest. */
export interface Act {
  /** What is being done, for people. */
  readonly title: string;
  /** Workers in service when it is over. */
  readonly workers: number;
  begin(stage: Stage): Promise<void>;
  /** What has to have come, beside rest, before it is over. Default: nothing. */
  hasCome?(stage: Stage): boolean;
}

/** Two are there at first. */
export const workersAtFirst = 2;
export const mostWorkers = 5;
/** Above so many instances of the group, further ones are spot. */
export const onDemandWorkers = 3;
const SPOT_NOTICE_MS = 120_000;
const MAINTENANCE_IN_MS = 45 * 60_000;

const scaleOut: Act = {
  title: `scaling the workers to ${mostWorkers}; one of the new instances is a bad one`,
  workers: mostWorkers,
  begin: (stage) => setWorkers(stage, mostWorkers),
};

const application: Act = {
  title: 'an application comes: 10 pods, of which a budget lets one be disrupted at a time',
  workers: mostWorkers,
  begin: async ({ cluster }) => cluster.deploy({ pods: 10, maxUnavailable: 1, startSeconds: 25 }),
};

const load: Act = {
  title: 'requests come for it, through both load balancers',
  workers: mostWorkers,
  begin: async (stage) => {
    stage.load = stage.cluster.sendLoad();
  },
};

const scaleIn: Act = {
  title: `scaling the workers to ${mostWorkers - 1}`,
  workers: mostWorkers - 1,
  begin: async (stage) => {
    stage.exits.push({ occasion: 'scale-in', instanceId: undefined, saidAt: now(stage), goesAt: undefined });
    await setWorkers(stage, mostWorkers - 1);
  },
};

const spotInterruption: Act = {
  title: 'EC2 takes a spot instance back: two minutes are left',
  workers: mostWorkers - 1,
  begin: async (stage) => {
    const instanceId = chosen(stage, 'spot');
    const goesAt = now(stage) + SPOT_NOTICE_MS;
    stage.exits.push({ occasion: 'spot interruption', instanceId, saidAt: now(stage), goesAt });
    stage.cluster.deployment.cloud.fleet.instances.interruptSpot(instanceId);
  },
};

const maintenance: Act = {
  title: 'AWS Health announces that it retires the host of an instance in 45 minutes',
  workers: mostWorkers - 1,
  begin: async (stage) => {
    const instanceId = chosen(stage, 'on demand');
    const goesAt = now(stage) + MAINTENANCE_IN_MS;
    stage.exits.push({ occasion: 'maintenance', instanceId, saidAt: now(stage), goesAt });
    const { instances } = stage.cluster.deployment.cloud.fleet;
    instances.scheduleMaintenance(instanceId, { startsInMs: MAINTENANCE_IN_MS, kind: 'retirement' });
  },
};

/** The demonstration, in order. */
export const acts: readonly Act[] = [scaleOut, application, load, scaleIn, spotInterruption, maintenance];

function now({ cluster }: Stage): number {
  return cluster.deployment.cloud.world.now();
}

async function setWorkers({ cluster }: Stage, DesiredCapacity: number): Promise<void> {
  const input = { AutoScalingGroupName: cluster.workersGroup, DesiredCapacity };
  await cluster.deployment.cloud.operate('autoscaling', 'SetDesiredCapacity', input);
}

/** The oldest worker in service of this kind. @throws Error when there is none. */
function chosen({ cluster }: Stage, kind: 'spot' | 'on demand'): string {
  const { all } = cluster.deployment.cloud.fleet.instances;
  const found = cluster.inService().find((id) => all.get(id)?.spot === (kind === 'spot'));
  if (found === undefined) throw new Error(`no ${kind} instance is in service`);
  return found;
}
