import type { Command } from 'commander';
import { byItsClock, clusterOf, type Deployment, findDeployment } from './deployment.ts';
import type { CommandContext, CommonOptions, Surroundings } from './surroundings.ts';

/** What a command does about one cluster. */
export type ClusterWork = (context: CommandContext, deployment: Deployment, cluster: string) => Promise<void>;

/** Finds the deployment and the cluster that a command is about, and does the work. */
export type OnCluster = (named: string | undefined, work: ClusterWork) => Promise<void>;

export const CLUSTER = 'name in the registry; may be left out where only one is registered';

/** How the commands of a program find what they are about. */
export function onCluster(program: Command, surroundings: Surroundings): OnCluster {
  return async (named, work) => {
    const context = { ...surroundings, options: program.opts<CommonOptions>() };
    const deployment = await findDeployment(context);
    await work(byItsClock(context, deployment), deployment, await clusterOf(deployment, named));
  };
}
