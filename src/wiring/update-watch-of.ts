import { andonParameter } from '../aws/andon-parameter.ts';
import { eksNodeGroups } from '../aws/eks-node-groups.ts';
import { healthWorkflows } from '../aws/health-workflows.ts';
import { imageParameters } from '../aws/image-parameters.ts';
import { imageVersions } from '../aws/image-versions.ts';
import { launchedInstances } from '../aws/launched-instances.ts';
import { machineImages } from '../aws/machine-images.ts';
import { rebootAgents } from '../aws/reboot-agents.ts';
import { s3NodeHistory } from '../aws/s3-node-history.ts';
import { s3BadImages, s3UpdateRecords } from '../aws/s3-update-records.ts';
import { s3WatchDocuments } from '../aws/s3-watch-documents.ts';
import { snsPager } from '../aws/sns-pager.ts';
import { updatableGroups } from '../aws/updatable-groups.ts';
import { updatesOf } from '../clusters/updates.ts';
import type { KnownUpdate, KnownUpdates, RebootWishes } from '../images/ports.ts';
import type { WatchServices } from '../images/watch-updates.ts';
import { kubernetesRebootNodes } from '../kubernetes/reboot-nodes.ts';
import { kubernetesSystemNodes } from '../kubernetes/system-nodes.ts';
import { pendingReboots } from '../reboots/pending-reboots.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import { isEksAtWork, type UpdateRecord } from '../updates/update-record.ts';
import { andonLinks } from './answer-links.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { pausedUntil } from './paused-until.ts';
import { type RegisteredCluster, registeredCluster } from './registered-cluster.ts';
import { updateWindow } from './update-window.ts';

/**
 * Everything that a look for new images of a registered cluster works with. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function updateWatchOf(
  name: string,
  environment: Environment,
  { now, logger }: { readonly now: () => Date; readonly logger: Logger },
): Promise<WatchServices> {
  const registered = await registeredCluster(name, environment);
  const { cluster, aws, home } = registered;
  const bucket = setting(environment, 'STATE_BUCKET');
  return {
    cluster: name,
    policyOf: (groupName) => updatesOf(cluster.updates, groupName),
    windowOf: (groupName, at) => updateWindow(registered, groupName, at),
    groups: updatableGroups(aws),
    templates: imageVersions(aws),
    images: machineImages(aws),
    nodeGroups: eksNodeGroups(aws),
    parameters: imageParameters(aws),
    instances: launchedInstances(aws),
    nodes: kubernetesSystemNodes(kubernetesOf(registered, now)),
    updates: knownUpdates(registered, bucket),
    reboots: rebootWishes(registered, environment, now),
    holds: {
      andon: async () => (await andonParameter(home).read())?.reason ?? null,
      pausedUntil: () => pausedUntil(registered),
    },
    workflows: healthWorkflows(home, stateMachineArns(environment)),
    documents: s3WatchDocuments(home, bucket),
    history: s3NodeHistory(home, bucket),
    teller: snsPager(
      home,
      setting(environment, 'ALARM_TOPIC'),
      environment.DOCS_URL ?? '',
      andonLinks(home, environment, { now, logger }),
    ),
  };
}

/** Documents are the deployment's, and are not in another account or region: there only FLUO's agent says what it wants. */
function rebootWishes(registered: RegisteredCluster, environment: Environment, now: () => Date): RebootWishes {
  const { aws, elsewhere } = registered;
  const ports = {
    nodes: kubernetesRebootNodes(kubernetesOf(registered, now)),
    agents: elsewhere ? ('elsewhere' as const) : rebootAgents(aws, setting(environment, 'UPDATE_DOCUMENT')),
  };
  return { look: (nodes, asked) => pendingReboots({ nodes, asked }, ports) };
}

/** Updates as their records tell of them. */
function knownUpdates({ home }: RegisteredCluster, bucket: string): KnownUpdates {
  const records = s3UpdateRecords(home, bucket);
  return {
    ofCluster: async (cluster) => (await records.ofCluster(cluster)).map(knownUpdate),
    whyBad: async (imageId) => (await s3BadImages(home, bucket).read(imageId))?.why,
  };
}

function knownUpdate({
  groupName,
  status,
  execution,
  settled,
  asked,
  now,
  phase,
  target,
  managed,
  waves,
  updatedAt,
  endedAt,
}: UpdateRecord): KnownUpdate {
  const { version, imageId } = target;
  return {
    groupName,
    status,
    execution,
    settled,
    held: asked !== null,
    // What EKS has rolled is only looked at.
    now: now || phase === 'roll-back' || (managed !== null && managed.askedAt !== ''),
    isEksAtWork: isEksAtWork({ status, managed, waves }),
    version,
    imageId,
    updatedAt,
    endedAt,
  };
}
