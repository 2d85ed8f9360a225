import { andonParameter } from '../aws/andon-parameter.ts';
import { clusterPauses } from '../aws/cluster-pauses.ts';
import { controlPlaneInstances } from '../aws/control-plane-instances.ts';
import { ec2Instances } from '../aws/ec2-instances.ts';
import { groupCapacities } from '../aws/group-capacities.ts';
import { healthWorkflows } from '../aws/health-workflows.ts';
import { s3ClaimStore } from '../aws/s3-claim-store.ts';
import { s3DisruptionLedger } from '../aws/s3-disruption-ledger.ts';
import { s3EvidenceStore } from '../aws/s3-evidence-store.ts';
import { s3HealthDocuments } from '../aws/s3-health-documents.ts';
import { snsPager } from '../aws/sns-pager.ts';
import { watchedAlarms } from '../aws/watched-alarms.ts';
import { watchedGroups } from '../aws/watched-groups.ts';
import { watchedInstances } from '../aws/watched-instances.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { pruneLeases } from '../disruptions/prune-leases.ts';
import { checkAge } from '../etcd/check-age.ts';
import { etcdHealth, type Offer } from '../etcd/etcd-health.ts';
import { offerRestore } from '../etcd/offer-restore.ts';
import type { PassServices } from '../health/check-health.ts';
import { eventPrefix } from '../health/event-conditions.ts';
import type { ClaimsLeft, HealthSources, JoinFailures, KnownClaim, Leases } from '../health/ports.ts';

import { seen } from '../health/seen.ts';
import { kubernetesNodeEvents } from '../kubernetes/node-events.ts';
import { watchedApiServer } from '../kubernetes/watched-api-server.ts';
import { evidenceKey } from '../nodes/names.ts';
import type { Logger } from '../runtime/logger.ts';
import { luck } from '../runtime/luck.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import { andonLinks } from './answer-links.ts';
import { etcdDoors } from './etcd-members.ts';
import { thenDoorsClosed } from './etcd-membership.ts';
import { snapshotStoreOf } from './etcd-of.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { type RegisteredCluster, registeredCluster } from './registered-cluster.ts';
import { watchedTargets } from './watched-targets.ts';

const ALARM = 'Alarm:';

/**
 * Everything that a health pass over a registered cluster works with. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function healthOf(
  name: string,
  environment: Environment,
  { now, logger }: { readonly now: () => Date; readonly logger: Logger },
): Promise<PassServices> {
  const registered = await registeredCluster(name, environment);
  const { cluster, aws, home } = registered;
  const bucket = setting(environment, 'STATE_BUCKET');
  const kubernetes = kubernetesOf(registered, now);
  return {
    watched: {
      name,
      requiredDaemonSets: cluster.join.requiredDaemonSets,
      eventReasons: namedAfter(eventPrefix, cluster),
      alarmNames: namedAfter(ALARM, cluster),
    },
    policy: cluster.health,
    sources: {
      apiServer: watchedApiServer(kubernetes, now),
      groups: watchedGroups(aws),
      instances: watchedInstances(aws),
      etcd: etcdOf(registered, environment),
      snapshots: snapshotsOf(registered, environment, now),
      targets: watchedTargets(registered, bucket),
      alarms: watchedAlarms(aws),
      joins: joinFailures(registered, bucket),
      andon: andonParameter(home),
      pause: { until: () => clusterPauses(home).until(name) },
    },
    documents: s3HealthDocuments(home, bucket),
    leases: leasesIn(registered, bucket),
    claims: claimsIn(registered, bucket),
    workflows: healthWorkflows(home, stateMachineArns(environment)),
    pager: snsPager(
      home,
      setting(environment, 'ALARM_TOPIC'),
      environment.DOCS_URL ?? '',
      andonLinks(home, environment, { now, logger }),
    ),
    events: kubernetesNodeEvents(kubernetes, now, (error) => logger.warn('event not written', { error })),
  };
}

/** What rules are about, whose signals begin so. */
function namedAfter(prefix: string, { health }: Cluster): readonly string[] {
  const signals = health.rules.map(({ signal }) => signal).filter((signal) => signal.startsWith(prefix));
  return [...new Set(signals.map((signal) => signal.slice(prefix.length)))];
}

function etcdOf(registered: RegisteredCluster, environment: Environment): HealthSources['etcd'] {
  const { aws, cluster } = registered;
  if (!cluster.etcd) return undefined;
  return {
    async look() {
      const doors = await etcdDoors(registered);
      const controlPlane = controlPlaneInstances(aws, cluster.name);
      const offer: Offer = async (seen) => offerRestore(cluster.name, seen, snapshotStoreOf(environment));
      return thenDoorsClosed(doors, () => etcdHealth(doors.members, doors.open, controlPlane, offer));
    },
  };
}

function snapshotsOf(
  { cluster }: RegisteredCluster,
  environment: Environment,
  now: () => Date,
): HealthSources['snapshots'] {
  const { name, etcd, schedules } = cluster;
  const everyMinutes = schedules.etcdSnapshotMinutes;
  return (
    etcd && {
      newest: async () => ({
        ...(await checkAge(name, everyMinutes, snapshotStoreOf(environment), now())),
        everyMinutes,
      }),
    }
  );
}

function joinFailures({ home }: RegisteredCluster, bucket: string): JoinFailures {
  const evidence = s3EvidenceStore(home, bucket);
  return {
    async of(cluster, launchTemplates) {
      const found = await Promise.all(
        launchTemplates.map(async (launchTemplate) => {
          const [template = '', version = '-'] = launchTemplate.split(':');
          return { launchTemplate, evidence: (await evidence.read(evidenceKey(cluster, template, version)))?.evidence };
        }),
      );
      return found.flatMap(({ launchTemplate, evidence: counted }) =>
        counted
          ? [{ launchTemplate, inARow: counted.failuresInARow, instances: counted.failed.map((one) => one.instanceId) }]
          : [],
      );
    },
  };
}

function leasesIn({ aws, home }: RegisteredCluster, bucket: string): Leases {
  const ledgers = s3DisruptionLedger(home, bucket);
  return {
    of: async (cluster) => (await ledgers.read(cluster))?.ledger.leases ?? [],
    async prune(cluster, instanceIds) {
      const services = { ledgers, groups: groupCapacities(aws), instances: ec2Instances(aws), luck };
      await pruneLeases({ cluster, instanceIds }, services);
    },
  };
}

function claimsIn({ home }: RegisteredCluster, bucket: string): ClaimsLeft {
  const claims = s3ClaimStore(home, bucket);
  return {
    async of(cluster) {
      const ids = await claims.list(cluster);
      const found = await Promise.all(
        ids.map(async (instanceId) => ({ instanceId, one: await seen(() => claims.read(cluster, instanceId)) })),
      );
      return found.flatMap(({ instanceId, one }): readonly KnownClaim[] => {
        if ('problem' in one) return [{ instanceId, owner: '', claimedAt: '', deadline: '', problem: one.problem }];
        return one.value ? [one.value.claim] : [];
      });
    },
  };
}
