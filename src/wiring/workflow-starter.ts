import type { AwsAccess } from '../aws/aws-access.ts';
import { invokeLater } from '../aws/invoke-later.ts';
import { stateMachines } from '../aws/state-machines.ts';
import { type Environment, stateMachineArns } from '../runtime/settings.ts';
import type { Workflows } from '../signals/ports.ts';

/**
 * Starts what this function was given to start: state machines by their names, and what is a function of its own, since it is a look and no order of steps: the
 * health pass (docs/health.md) and the watch for updates (docs/updates.md).
 */
export function workflowStarter(aws: AwsAccess, environment: Environment): Workflows {
  const machines = stateMachines(aws, stateMachineArns(environment));
  const functions: Readonly<Record<string, string | undefined>> = {
    'check-health': environment.CHECK_HEALTH_FUNCTION,
    'watch-updates': environment.WATCH_UPDATES_FUNCTION,
  };
  return {
    has: (workflow) => functions[workflow] !== undefined || machines.has(workflow),
    async start(workflow, name, input) {
      const functionName = functions[workflow];
      if (functionName === undefined) return machines.start(workflow, name, input);
      await invokeLater(aws, functionName, input);
      return 'started';
    },
  };
}
