import { invokeLater } from '../aws/invoke-later.ts';
import { stateMachines } from '../aws/state-machines.ts';
import type { WorkflowStarter } from '../clusters/ports.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import { homeAws, openRegistry } from './registered-cluster.ts';

/**
 * The registry, and whoever starts what is due: state machines by their names, the health pass as a function of its own, which is too frequent
 * for a state machine (docs/health.md).
 * @throws SettingMissing
 */
export function dueWorkOf(environment: Environment) {
  const aws = homeAws(environment);
  const machines = stateMachines(aws, stateMachineArns(environment));
  const workflows: WorkflowStarter = {
    async start(workflow, executionName, input) {
      if (workflow !== 'check-health') return machines.start(workflow, executionName, input);
      await invokeLater(aws, setting(environment, 'CHECK_HEALTH_FUNCTION'), input);
      return 'started';
    },
  };
  return { registry: openRegistry(aws, environment), workflows };
}
