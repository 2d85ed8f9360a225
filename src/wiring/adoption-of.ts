import type { AdoptionRecords, Found, Json, NamingRule, Thing, Things } from '../adoption/ports.ts';
import { adoptedAccessRoles, adoptedRolePolicies, profileRoles } from '../aws/adopted-roles.ts';
import { adoptedHooks, adoptedParameters, adoptedSecrets, adoptedTags } from '../aws/adopted-things.ts';
import { autoScalingGroups } from '../aws/auto-scaling-groups.ts';
import type { AwsAccess } from '../aws/aws-access.ts';
import { ec2Instances } from '../aws/ec2-instances.ts';
import { inspectedGroups } from '../aws/inspected-groups.ts';
import { s3AdoptionRecords } from '../aws/s3-adoption-records.ts';
import type { KubernetesEndpoint } from '../clusters/ports.ts';
import { adoptedObjects, isMadeByKubeadm, mintedToken } from '../kubernetes/adopted-objects.ts';
import { daemonSetNames, plainNodes } from '../kubernetes/inspected-workloads.ts';
import type { KubernetesConnection } from '../kubernetes/open-cluster.ts';
import { nodeNameOf } from '../nodes/node-name.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { homeAws } from './registered-cluster.ts';

const RULES: readonly NamingRule[] = ['private-dns', 'resource-name', 'instance-id', 'hostname'];

/** Everything that an adoption changes, behind one door. Without a connection objects of Kubernetes cannot be changed. */
export function adoptableThings(aws: AwsAccess, connection: () => KubernetesConnection): Things {
  const kinds = {
    parameter: adoptedParameters(aws),
    tag: adoptedTags(aws),
    hook: adoptedHooks(aws),
    secret: adoptedSecrets(aws, () => mintedToken(connection())),
    'role-policy': adoptedRolePolicies(aws),
    'access-role': adoptedAccessRoles(aws),
    object: {
      read: (thing: Extract<Thing, { kind: 'object' }>) => adoptedObjects(connection()).read(thing),
      write: (thing: Extract<Thing, { kind: 'object' }>, value: Json) =>
        adoptedObjects(connection()).write(thing, value),
    },
  };
  // One kind's things go to that kind's reader.
  const of = (thing: Thing) => kinds[thing.kind] as Things;
  return { read: (thing) => of(thing).read(thing), write: (thing, value) => of(thing).write(thing, value) };
}

/** The records of adoptions of this deployment. Does no I/O. */
export function adoptionRecordsOf(environment: Environment): AdoptionRecords {
  return s3AdoptionRecords(homeAws(environment), setting(environment, 'STATE_BUCKET'));
}

/** Looks at a cluster that nobody looks after yet. Its groups are those that are named, else those tagged for it and those of its Nodes' instances. */
export async function findCluster(
  name: string,
  named: readonly string[],
  endpoint: KubernetesEndpoint,
  { aws, connection }: { readonly aws: AwsAccess; readonly connection: KubernetesConnection },
): Promise<Found> {
  const [nodes, kubeadm, daemonSets] = await Promise.all([
    plainNodes(connection),
    isMadeByKubeadm(connection),
    daemonSetNames(connection),
  ]);
  const ids = nodes.flatMap(({ instanceId }) => (instanceId === '' ? [] : [instanceId]));
  const names = named.length > 0 ? named : await groupNames(aws, name, ids);
  const groups = names.length === 0 ? [] : await inspectedGroups(aws, { names });
  const instances = await ec2Instances(aws).describe(ids);
  const rule = RULES.find(
    (one) =>
      instances.size > 0 &&
      nodes.every((node) => {
        const instance = instances.get(node.instanceId);
        return !instance || nodeNameOf(one, instance) === node.name;
      }),
  );
  const profiles = groups.flatMap(({ template }) => template?.profile || []);
  return {
    name,
    endpoint: endpoint.endpoint,
    certificateAuthority: endpoint.certificateAuthority,
    ...(endpoint.tlsServerName !== undefined && { tlsServerName: endpoint.tlsServerName }),
    groups,
    nodes,
    ...(rule !== undefined && { nodeNames: rule }),
    kubeadm,
    daemonSets,
    profileRoles: await profileRoles(aws, profiles),
  };
}

async function groupNames(aws: AwsAccess, cluster: string, instanceIds: readonly string[]): Promise<readonly string[]> {
  const [members, tagged] = await Promise.all([
    autoScalingGroups(aws).memberships(instanceIds),
    inspectedGroups(aws, { tagKey: `kubernetes.io/cluster/${cluster}` }),
  ]);
  return [
    ...new Set([...[...members.values()].map(({ groupName }) => groupName), ...tagged.map((group) => group.name)]),
  ].sort();
}
