import { GetFunctionConfigurationCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { allPages } from '../src/aws/all-pages.ts';
import { awsCall, awsCallUnless } from '../src/aws/errors.ts';
import type { Environment } from '../src/runtime/settings.ts';
import { nearest } from '../src/schema/problems.ts';
import { homeAws, openRegistry } from '../src/wiring/registered-cluster.ts';
import { ClusterNotNamed, DeploymentNotFound, RegionMissing } from './errors.ts';
import type { CommandContext } from './surroundings.ts';

/** A deployment of Tender, as its own functions know it. */
export interface Deployment {
  readonly stage: string;
  /** The settings of its functions: buckets, keys, registry. */
  readonly environment: Environment;
  /** `arn:aws:states:us-east-1:111111111111:stateMachine:tender-dev-`: its state machines begin so. */
  readonly machinePrefix: string;
  /** AWS's clock less this machine's, milliseconds; 0 where they agree to minutes. */
  readonly clockOffsetMs: number;
}

/** As the SDK has it: less is no wrong clock. */
const WRONG_MS = 240_000;

/** A function that has every setting. */
const SETTLED = 'drill-snapshot';

/**
 * Finds the deployment of a stage. What it consists of is read from one of its functions, so that nothing has to be configured.
 * @throws RegionMissing, DeploymentNotFound, and what AWS throws
 */
export async function findDeployment({ environment, options }: CommandContext): Promise<Deployment> {
  const region = options.region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  if (region === undefined || region === '') throw new RegionMissing();
  const own = { ...environment, AWS_REGION: region };
  const lambda = homeAws(own).client(LambdaClient);
  const { stage } = options;
  const command = new GetFunctionConfigurationCommand({ FunctionName: `tender-${stage}-${SETTLED}` });
  const settled = await awsCallUnless(['ResourceNotFoundException'], lambda.send(command));
  if (!settled) {
    const there = await stages(lambda);
    throw new DeploymentNotFound(stage, region, there, nearest(stage, there));
  }
  const [, partition = 'aws', , , account = ''] = (settled.FunctionArn ?? '').split(':');
  return {
    stage,
    environment: { ...settled.Environment?.Variables, ...own },
    machinePrefix: `arn:${partition}:states:${region}:${account}:stateMachine:tender-${stage}-`,
    // The SDK notes it from the answer's date, to sign by it.
    clockOffsetMs: lambda.config.systemClockOffset,
  };
}

/** The same command by AWS's clock: this machine's may be wrong, and a local cloud's runs as it likes. */
export function byItsClock<Context extends CommandContext>(context: Context, { clockOffsetMs }: Deployment): Context {
  // What the surroundings have for now may be AWS's already.
  const offset = clockOffsetMs + Date.now() - context.now().getTime();
  if (clockOffsetMs === 0 || Math.abs(offset) < WRONG_MS) return context;
  return { ...context, now: () => new Date(context.now().getTime() + offset) };
}

async function stages(lambda: LambdaClient): Promise<readonly string[]> {
  const pages = await awsCall(allPages(paginateListFunctions({ client: lambda }, {})));
  const names = pages.flatMap(({ Functions = [] }) => Functions.map(({ FunctionName = '' }) => FunctionName));
  return names.flatMap((name) => new RegExp(`^tender-(.+)-${SETTLED}$`).exec(name)?.[1] ?? []).sort();
}

/**
 * The name of the cluster that a command is about: the one that was named, or the only one that is registered.
 * @throws ClusterNotFound, ClusterMisconfigured, ClusterNotNamed
 */
export async function clusterOf({ environment }: Deployment, named: string | undefined): Promise<string> {
  const registry = openRegistry(homeAws(environment), environment);
  if (named !== undefined) return (await registry.get(named)).name;
  const { clusters, misconfigured } = await registry.all();
  const names = [...clusters.map(({ name }) => name), ...misconfigured.map(({ cluster }) => cluster)];
  const [only] = names;
  if (only === undefined || names.length > 1) throw new ClusterNotNamed(names);
  return (await registry.get(only)).name;
}
