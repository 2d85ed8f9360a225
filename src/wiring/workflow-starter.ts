import type { AwsAccess } from '../aws/aws-access.ts';
import { invokeLater } from '../aws/invoke-later.ts';
import { stateMachines } from '../aws/state-machines.ts';
import { type Environment, stateMachineArns } from '../runtime/settings.ts';
import type { Workflows } from '../signals/ports.ts';

/**
 * Starts what this function was given to start: state machines by their names, and the health pass, which is a function of its own, since it is too
 * frequent for a state machine (docs/health.md).
 */
export function workflowStarter(aws: AwsAccess, environment: Environment): Workflows {
  const machines = stateMachines(aws, stateMachineArns(environment));
  const checkHealth = environment.CHECK_HEALTH_FUNCTION;
  return {
    has: (workflow) => (workflow === 'check-health' ? checkHealth !== undefined : machines.has(workflow)),
    async start(workflow, name, input) {
      if (workflow !== 'check-health' || checkHealth === undefined) return machines.start(workflow, name, input);
      await invokeLater(aws, checkHealth, input);
      return 'started';
    },
  };
}
