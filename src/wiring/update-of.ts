import { alarmStates } from '../aws/alarm-states.ts';
import { andonParameter } from '../aws/andon-parameter.ts';
import { eksNodeGroups } from '../aws/eks-node-groups.ts';
import { launchTemplateVersions } from '../aws/launch-template-versions.ts';
import { nodeWorkflows } from '../aws/node-workflows.ts';
import { s3EvidenceStore } from '../aws/s3-evidence-store.ts';
import { s3HealthDocuments } from '../aws/s3-health-documents.ts';
import { s3BadImages, s3UpdateRecords } from '../aws/s3-update-records.ts';
import { s3WatchDocuments } from '../aws/s3-watch-documents.ts';
import { updatingGroups } from '../aws/updating-groups.ts';
import { updatesOf } from '../clusters/updates.ts';
import { userHookPoints } from '../clusters/user-hooks.ts';
import { kubernetesUpdatingNodes } from '../kubernetes/updating-nodes.ts';
import { evidenceKey } from '../nodes/names.ts';
import { queryPrometheus } from '../prometheus/query-prometheus.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import type { UpdateRules } from '../updates/policy.ts';
import type { UpdateSurroundings } from '../updates/ports.ts';
import { healthSight } from './health-sight.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { pausedUntil } from './paused-until.ts';
import { type RegisteredCluster, registeredCluster } from './registered-cluster.ts';
import { updateWindow } from './update-window.ts';

/**
 * Everything that updating groups of a registered cluster works with, and what holds for one of them. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function updateOf(name: string, environment: Environment, now: () => Date) {
  const registered = await registeredCluster(name, environment);
  const { aws, home } = registered;
  const bucket = setting(environment, 'STATE_BUCKET');
  const ofCluster = {
    records: s3UpdateRecords(home, bucket),
    badImages: s3BadImages(home, bucket),
    groups: updatingGroups(aws, name),
    templates: launchTemplateVersions(aws),
    managed: eksNodeGroups(aws),
    nodes: kubernetesUpdatingNodes(kubernetesOf(registered, now)),
    workflows: nodeWorkflows(home, stateMachineArns(environment)),
  };
  return (groupName: string) => ({
    ...ofCluster,
    rules: rulesOf(registered, groupName),
    surroundings: surroundingsOf(registered, groupName, bucket),
  });
}

function rulesOf({ cluster }: RegisteredCluster, groupName: string): UpdateRules {
  return {
    ...updatesOf(cluster.updates, groupName),
    perGroup: cluster.disruptions.perGroup,
    hooks: userHookPoints(cluster.userHooks, groupName),
    healthMinutes: cluster.schedules.healthMinutes,
  };
}

function surroundingsOf(registered: RegisteredCluster, groupName: string, bucket: string): UpdateSurroundings {
  const { cluster, aws, home } = registered;
  const { alarms, prometheus } = updatesOf(cluster.updates, groupName);
  const evidence = s3EvidenceStore(home, bucket);
  const documents = s3HealthDocuments(home, bucket);
  const watched = s3WatchDocuments(home, bucket);
  const report = async () =>
    (await watched.read(cluster.name)).document?.groups.find((one) => one.groupName === groupName);
  return {
    health: async () =>
      cluster.schedules.healthMinutes === 0 ? 'off' : healthSight((await documents.read(cluster.name)).document),
    async failedJoins({ launchTemplateId, version }) {
      return (await evidence.read(evidenceKey(cluster.name, launchTemplateId, version)))?.evidence.failuresInARow ?? 0;
    },
    andon: () => andonParameter(home).read(),
    pausedUntil: () => pausedUntil(registered),
    window: (now) => updateWindow(registered, groupName, now),
    async gates() {
      const [rung, found] = await Promise.all([
        alarmStates(aws, alarms),
        prometheus ? queryPrometheus(prometheus) : { closed: [], unknown: [] },
      ]);
      return { closed: [...rung.closed, ...found.closed], unknown: [...rung.unknown, ...found.unknown] };
    },
    etcdLeader: async () =>
      (await documents.read(cluster.name)).document?.etcd?.members.find(({ leader }) => leader)?.instanceId ?? '',
    found: async () => (await report())?.version ?? '',
    // What the watch has asked of machines, which takes minutes.
    async wanting() {
      const found = await report();
      return !found || found.verdict === 'unseen' ? 'unknown' : found.wanting;
    },
  };
}
