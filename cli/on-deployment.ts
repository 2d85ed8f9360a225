import type { Command } from 'commander';
import { executionRuns } from '../src/aws/execution-runs.ts';
import type { Runs } from '../src/runs/ports.ts';
import { homeAws } from '../src/wiring/registered-cluster.ts';
import { byItsClock, type Deployment, findDeployment } from './deployment.ts';
import type { CommandContext, CommonOptions, Surroundings } from './surroundings.ts';

/** What a command does about a deployment. */
export type DeploymentWork = (context: CommandContext, deployment: Deployment) => Promise<void>;

/** Finds the deployment that a command is about, and does the work. */
export type OnDeployment = (work: DeploymentWork) => Promise<void>;

/** How the commands of a program that are about no one cluster find what they are about. */
export function onDeployment(program: Command, surroundings: Surroundings): OnDeployment {
  return async (work) => {
    const context = { ...surroundings, options: program.opts<CommonOptions>() };
    const deployment = await findDeployment(context);
    await work(byItsClock(context, deployment), deployment);
  };
}

/** Executions of a deployment. */
export function runsOf({ environment, machinePrefix }: Deployment): Runs {
  return executionRuns(homeAws(environment), machinePrefix);
}
