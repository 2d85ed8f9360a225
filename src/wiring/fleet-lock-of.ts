import { andonParameter } from '../aws/andon-parameter.ts';
import { s3HealthDocuments } from '../aws/s3-health-documents.ts';
import { stateMachines } from '../aws/state-machines.ts';
import { updatesOf } from '../clusters/updates.ts';
import { releaseLease } from '../disruptions/release-lease.ts';
import { takeLease } from '../disruptions/take-lease.ts';
import { kubernetesRebootNodes } from '../kubernetes/reboot-nodes.ts';
import type { PreRebootPorts } from '../reboots/lock-ports.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { leaseServicesOf } from './lease-services-of.ts';
import { pauseOf } from './paused-until.ts';
import { repairOf } from './repair-of.ts';
import { updateWindow } from './update-window.ts';

/** What a health pass found so long ago says nothing any more. */
const FRESH_MS = 900_000;

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
      async openBreakers(ofCluster) {
        const { document } = await health.read(ofCluster);
        const fresh = document && runtime.now().getTime() - Date.parse(document.at) < FRESH_MS;
        // One of an image is about those that join.
        const open = fresh ? Object.keys(document.memory.breakers).filter((one) => !one.startsWith('image ')) : [];
        return open.map((one) => `the breaker of ${one} is open`);
      },
    },
  };
  const policyNow = async () => ({
    ...policy,
    health: { ...policy.health, ...(await pauseOf(registered)) },
  });
  return { policyNow, ports: all };
}
