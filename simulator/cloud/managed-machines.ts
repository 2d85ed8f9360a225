import type { Instances } from '../ec2/instances.ts';
import type { ManagedMachines } from '../ssm/commands.ts';

/** How Run Command finds the machines of a fleet: an agent answers on an instance that runs, is reachable and has a role. */
export function managedMachines(instances: Instances): ManagedMachines {
  return {
    machine: (instanceId) => instances.all.get(instanceId)?.machine,
    online: (instanceId) => {
      const instance = instances.all.get(instanceId);
      return instance?.state === 'running' && instance.machine.up && !instances.isImpaired(instance);
    },
    instanceIds: () =>
      [...instances.all.values()].filter(({ state }) => state !== 'terminated').map(({ instanceId }) => instanceId),
  };
}
