import { DemoCluster } from '../../rehearsal/demo-cluster.ts';
import { LocalDeployment } from '../../rehearsal/local-deployment.ts';
import { type Scope, type Usage, usageOf } from '../../rehearsal/usage.ts';
import { type Cost, costOf, dollarsPerMetricMonth, type ResourcesUsed } from '../../src/prices/cost-model.ts';
import { freshPackage } from './fresh-package.ts';

/** A month of 30 days of a cluster of 100 nodes that is looked at each minute. */
export interface MonthOfPasses {
  readonly passes: number;
  /** Of the health passes alone. */
  readonly health: Cost;
  /** Of everything that Tender does in the quiet cluster. */
  readonly everything: Cost;
  readonly lambdaMsPerPass: number;
  readonly callsPerPass: number;
  /** Custom metrics of the health passes, paid by the month. */
  readonly dollarsMetrics: number;
}

const MONTH_MINUTES = 30 * 24 * 60;
const NODES = 100;
/** The first minutes have the cold starts of everything. */
const WARM_UP_MINUTES = 10;
const METRICS_OF_PASS = /check-health/;

/** Lets the local cloud run so many virtual minutes, all nodes well, and multiplies. */
export async function monthOfPasses(minutes: number): Promise<MonthOfPasses> {
  freshPackage();
  const deployment = await LocalDeployment.create({ seed: 1, modulesPerVersion: 1 });
  await DemoCluster.create(deployment, { ready: true, workers: NODES, maxWorkers: NODES, healthMinutes: 1 });
  const { world, metrics } = deployment.cloud;
  await world.advance(WARM_UP_MINUTES * 60_000);
  const before = { health: usageOf(deployment, 'health'), everything: usageOf(deployment) };
  await world.advance(minutes * 60_000);
  const used = (scope: Scope, start: Usage) => difference(usageOf(deployment, scope), start);
  const health = used('health', before.health);
  const custom = metrics.metrics().filter(({ namespace, dimensions }) => {
    const ofPass = Object.values(dimensions).some((value) => METRICS_OF_PASS.test(value));
    return ofPass && !namespace.startsWith('AWS/');
  });
  const scale = MONTH_MINUTES / minutes;
  return {
    passes: health.lambdaInvocations * scale,
    health: costOf(times(health, scale)),
    everything: costOf(times(used('everything', before.everything), scale)),
    lambdaMsPerPass: health.lambdaMs / health.lambdaInvocations,
    callsPerPass: health.apiCalls / health.lambdaInvocations,
    dollarsMetrics: custom.length * dollarsPerMetricMonth,
  };
}

type Counted = ResourcesUsed & Pick<Usage, 'lambdaMs' | 'apiCalls'>;

const COUNTED: readonly (keyof Counted)[] = [
  'stateTransitions',
  'lambdaInvocations',
  'lambdaGigabyteSeconds',
  'logBytes',
  's3Writes',
  's3Reads',
  'secretsManagerCalls',
  'kmsRequests',
  'snsPublishes',
  'lambdaMs',
  'apiCalls',
];

function difference(now: Usage, before: Usage): Counted {
  return counted((key) => now[key] - before[key]);
}

function times(used: Counted, scale: number): Counted {
  return counted((key) => used[key] * scale);
}

function counted(of: (key: keyof Counted) => number): Counted {
  return Object.fromEntries(COUNTED.map((key) => [key, of(key)])) as unknown as Counted;
}
