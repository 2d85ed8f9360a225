import { andonParameter } from '../aws/andon-parameter.ts';
import { s3HealthDocuments } from '../aws/s3-health-documents.ts';
import { stateMachines } from '../aws/state-machines.ts';
import { updatesOf } from '../clusters/updates.ts';
import { releaseLease } from '../disruptions/release-lease.ts';
import { takeLease } from '../disruptions/take-lease.ts';
import { openBreakers } from '../health/open-breakers.ts';
import { kubernetesRebootNodes } from '../kubernetes/reboot-nodes.ts';
import type { PreRebootPorts } from '../reboots/lock-ports.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { leaseServicesOf } from './lease-services-of.ts';
import { pauseOf } from './paused-until.ts';
import { repairOf } from './repair-of.ts';
import { updateWindow } from './update-window.ts';

/**
 * Everything that answering FleetLock in a registered cluster works with. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function fleetLockOf(
  name: string,
  environment: Environment,
  runtime: { readonly now: () => Date; readonly logger: Logger },
) {
  const { registered, policy, ports } = await repairOf(name, environment, runtime);
  const { home, cluster } = registered;
  const leases = leaseServicesOf(registered, environment, runtime.now);
  const arns = stateMachineArns(environment);
  const machines = stateMachines(home, arns);
  const health = s3HealthDocuments(home, setting(environment, 'STATE_BUCKET'));
  const all: PreRebootPorts = {
    nodes: kubernetesRebootNodes(kubernetesOf(registered, runtime.now)),
    places: ports.places,
    executions: ports.executions,
    andon: andonParameter(home),
    slots: {
      async holderOf(ofCluster, instanceId) {
        const ledger = (await leases.ledgers.read(ofCluster))?.ledger;
        return ledger?.leases.find((lease) => lease.instanceId === instanceId)?.execution;
      },
      take: ({ cluster: ofCluster, ...slot }) =>
        takeLease(
          { ...slot, cluster: ofCluster, voluntary: true, takenAt: runtime.now().toISOString(), looks: 0 },
          leases,
          cluster.disruptions,
        ),
      async release({ cluster: ofCluster, instanceId, execution }) {
        await releaseLease({ cluster: ofCluster, instanceId, owner: execution }, leases);
      },
    },
    workflow: {
      arnOf: (execution) => `${(arns['node-update'] ?? '').replace(':stateMachine:', ':execution:')}:${execution}`,
      start: (execution, input) => machines.start('node-update', execution, input),
    },
    gates: {
      async window(groupName, now) {
        const { policy: said } = updatesOf(cluster.updates, groupName);
        return said === 'off' ? 'off' : updateWindow(registered, groupName, now);
      },
      async openBreakers(ofCluster, which) {
        const { healthMinutes } = cluster.schedules;
        // Nobody looks, and so it is wanted.
        if (healthMinutes === 0) return [];
        return openBreakers((await health.read(ofCluster)).document, which, healthMinutes, runtime.now());
      },
    },
  };
  const policyNow = async () => ({
    ...policy,
    health: { ...policy.health, ...(await pauseOf(registered)) },
  });
  return { policyNow, ports: all };
}
