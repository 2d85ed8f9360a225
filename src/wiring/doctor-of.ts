import { X509Certificate } from 'node:crypto';
import { andonParameter } from '../aws/andon-parameter.ts';
import { ec2Instances } from '../aws/ec2-instances.ts';
import { confirmedSubscribers, hasLayer, messagesIn, parameterSize } from '../aws/inspected-deployment.ts';
import { claimedGroups, inspectedGroups } from '../aws/inspected-groups.ts';
import { inspectedLoadBalancers } from '../aws/inspected-load-balancers.ts';
import { inspectedNetwork } from '../aws/inspected-network.ts';
import { inspectedProfiles } from '../aws/inspected-profiles.ts';
import { inspectedUserHooks } from '../aws/inspected-user-hooks.ts';
import { kubernetesCredentials } from '../aws/kubernetes-credentials.ts';
import { s3HealthDocuments } from '../aws/s3-health-documents.ts';
import { deniedNeeds } from '../aws/tender-permissions.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { SecretUnusable } from '../clusters/errors.ts';
import type { KubernetesCredential } from '../clusters/ports.ts';
import type {
  ClusterFacts,
  CredentialFacts,
  DeploymentFacts,
  GroupFacts,
  KubernetesFacts,
  Looked,
  NodeFacts,
  RightFacts,
} from '../doctor/ports.ts';
import { needless, podDeletion } from '../doctor/rights.ts';
import { apiServerDoor } from '../kubernetes/api-server-door.ts';
import { kubernetesAutoApproveBindings } from '../kubernetes/auto-approve-bindings.ts';
import { bootstrapperGroups, heldRights, lackedRights, refusesForeignSecret } from '../kubernetes/inspected-access.ts';
import { allowances, daemonSetNames, plainNodes, singleWorkloads } from '../kubernetes/inspected-workloads.ts';
import { serverVersion } from '../kubernetes/server-version.ts';
import { nodeNameOf } from '../nodes/node-name.ts';
import { type Environment, setting } from '../runtime/settings.ts';
import { nearest } from '../schema/problems.ts';
import { etcdFactsOf } from './doctor-etcd.ts';
import { kubernetesOf } from './kubernetes-of.ts';
import { look } from './look.ts';
import { type RegisteredCluster, registeredCluster } from './registered-cluster.ts';
import { needsOf } from './tender-needs.ts';

/** Where and what a deployment is, and how it is looked at. */
export interface Examination {
  readonly environment: Environment;
  readonly stage: string;
  readonly partition: string;
  readonly account: string;
  /** Names of all clusters that are registered. */
  readonly registered: readonly string[];
  /** What rbac.yaml grants. */
  readonly rights: readonly RightFacts[];
  now(): Date;
}

/**
 * Gathers everything that the checks read about a cluster. Whatever cannot be seen says why, and hides nothing else.
 * @throws ClusterNotFound, ClusterMisconfigured
 */
export async function factsOf(name: string, examination: Examination): Promise<ClusterFacts> {
  const registered = await registeredCluster(name, examination.environment);
  const { cluster, aws, home } = registered;
  const groups = await look(() => inspectedGroups(aws, { cluster: name }));
  const places = { cluster: name, ...placeOf(groups, examination) };
  const profiles = 'seen' in groups ? groups.seen.flatMap(({ template }) => template?.profile || []) : [];
  const roles = Object.values(cluster.roles);
  const [
    parameter,
    profileFacts,
    denials,
    userHooks,
    loadBalancers,
    credential,
    pass,
    deployment,
    network,
    etcd,
    kubernetes,
  ] = await Promise.all([
    look(() => parameterSize(home, `${examination.environment.REGISTRY_PREFIX ?? '/tender/clusters'}/${name}`)),
    'unseen' in groups ? groups : look(() => inspectedProfiles(aws, places, profiles)),
    'unseen' in groups ? groups : look(() => deniedNeeds(home, needsOf(registered, groups.seen, examination))),
    look(() => inspectedUserHooks(home, examination.account, cluster.userHooks)),
    look(() =>
      inspectedLoadBalancers(
        aws,
        roles.flatMap(({ targetGroups }) => targetGroups.map(({ arn }) => arn)),
        roles.flatMap(({ classicLoadBalancers }) => classicLoadBalancers.map((one) => one.name)),
      ),
    ),
    look(() => credentialFacts(registered, examination.now)),
    look(() => lastPass(registered, examination)),
    deploymentOf(registered, examination),
    // Those that reach clusters are all in the same subnets.
    look(() => inspectedNetwork(home, `tender-${examination.stage}-check-health`)),
    cluster.etcd ? etcdFactsOf(registered, examination.environment) : null,
    kubernetesFacts(registered, groups, examination),
  ]);
  const region = aws.region;
  return {
    now: examination.now(),
    region,
    entry: cluster,
    parameter,
    deployment,
    network,
    groups,
    profiles: profileFacts,
    denials,
    userHooks,
    loadBalancers,
    kubernetes,
    credential,
    pass,
    etcd,
  };
}

/** How the API server's refusal of a credential begins. */
const UNAUTHORIZED = 'KubernetesUnauthorized: ';

/** Where the groups are, as their ARNs say. */
function placeOf(groups: Looked<readonly GroupFacts[]>, { partition, account }: Examination) {
  const [, own = partition, , , theirs = account] = ('seen' in groups ? (groups.seen[0]?.arn ?? '') : '').split(':');
  return { partition: own || partition, account: theirs || account };
}

function credentialOf({ cluster, aws }: RegisteredCluster, now: () => Date): Promise<KubernetesCredential> {
  return kubernetesCredentials(cluster.kubernetes.auth, aws)(now());
}

async function credentialFacts(registered: RegisteredCluster, now: () => Date): Promise<CredentialFacts> {
  try {
    return lifeOf(await credentialOf(registered, now));
  } catch (error) {
    if (error instanceof SecretUnusable) return { unusable: oneLine(error) };
    throw error;
  }
}

function oneLine({ message }: Error): string {
  return message.replace(/\s*\n-?\s*/g, ' ');
}

/** Until when a credential is good, where it says so itself: a certificate, or a token that is a JWT. */
function lifeOf({ token, clientCertificate }: KubernetesCredential): CredentialFacts {
  if (clientCertificate)
    return { unusable: '', until: new Date(new X509Certificate(clientCertificate.certificate).validTo) };
  const claims = token?.split('.')[1];
  if (token?.split('.').length !== 3 || claims === undefined) return { unusable: '' };
  const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { readonly exp?: unknown };
  return typeof exp === 'number' ? { unusable: '', until: new Date(exp * 1000) } : { unusable: '' };
}

async function lastPass({ cluster, home }: RegisteredCluster, { environment }: Examination) {
  const { document } = await s3HealthDocuments(home, setting(environment, 'STATE_BUCKET')).read(cluster.name);
  if (!document) return null;
  const { apiServer } = document;
  return {
    at: new Date(document.at),
    reachable: apiServer.reachable,
    problem: apiServer.reachable ? '' : apiServer.problem,
  };
}

async function deploymentOf({ home }: RegisteredCluster, examination: Examination): Promise<DeploymentFacts> {
  const { stage, partition, account, registered } = examination;
  const prefix = `tender-${stage}-`;
  const topic = `arn:${partition}:sns:${home.region}:${account}:${prefix}alarms`;
  const [subscribers, queues, drillLayer, andon, strangers] = await Promise.all([
    look(() => confirmedSubscribers(home, topic)),
    look(() => messagesIn(home, [`${prefix}failed-signals`, `${prefix}undelivered-events`])),
    look(() => hasLayer(home, `${prefix}drill-snapshot`)),
    look(async () => {
      const pulled = await andonParameter(home).read();
      return pulled && `${pulled.reason} (${pulled.by})`;
    }),
    look(async () =>
      [...(await claimedGroups(home))]
        .filter(([, cluster]) => !registered.includes(cluster))
        .map(([group, cluster]) => ({ group, cluster, nearest: nearest(cluster, registered) ?? '' })),
    ),
  ]);
  const hookQueue = `arn:${partition}:sqs:${home.region}:${account}:${prefix}hook-notifications`;
  return { stage, topic, subscribers, queues, drillLayer, andon, hookQueue, strangers };
}

async function kubernetesFacts(
  registered: RegisteredCluster,
  groups: Looked<readonly GroupFacts[]>,
  { rights, now }: Examination,
): Promise<KubernetesFacts> {
  const { kubernetes } = registered.cluster;
  const connection = kubernetesOf(registered, now);
  const [door, version, lacks, exceeds, held, foreignSecretRefused, approving, bootstrappers] = await Promise.all([
    look(() => apiServerDoor(kubernetes, now)),
    look(async () => serverVersion(kubernetes, await credentialOf(registered, now))),
    look(() => lackedRights(connection, rights)),
    look(() => heldRights(connection, needless)),
    look(() => heldRights(connection, [podDeletion])),
    look(() => refusesForeignSecret(connection)),
    look(async () =>
      (await kubernetesAutoApproveBindings(connection).list()).map(({ binding, groups: subjects }) => ({
        binding,
        subjects: subjects.map(withoutKind),
      })),
    ),
    look(() => bootstrapperGroups(connection)),
  ]);
  const [nodes, budgets, workloads, daemonSets] = await Promise.all([
    'unseen' in groups ? groups : look(() => knownNodes(registered, groups.seen, connection)),
    look(() => allowances(connection)),
    look(() => singleWorkloads(connection)),
    look(() => daemonSetNames(connection)),
  ]);
  const refused = 'unseen' in held && held.unseen.startsWith(UNAUTHORIZED);
  const refusal = refused ? { seen: held.unseen } : 'unseen' in held ? held : { seen: '' };
  const mayDeletePods = 'unseen' in held ? held : { seen: held.seen.length > 0 };
  return {
    door,
    version,
    refusal,
    lacks,
    exceeds,
    mayDeletePods,
    foreignSecretRefused,
    approving,
    bootstrappers,
    nodes,
    budgets,
    workloads,
    daemonSets,
  };
}

function withoutKind(subject: string): string {
  return subject.replace(/^(Group|User) /, '');
}

/** Nodes, with what the entry's rule calls their instances. */
async function knownNodes(
  { cluster, aws }: { readonly cluster: Cluster; readonly aws: RegisteredCluster['aws'] },
  groups: readonly GroupFacts[],
  connection: ReturnType<typeof kubernetesOf>,
): Promise<readonly NodeFacts[]> {
  const nodes = await plainNodes(connection);
  const ids = nodes.flatMap(({ instanceId }) => (instanceId === '' ? [] : [instanceId]));
  const instances = await ec2Instances(aws).describe(ids);
  return nodes.map((node) => {
    const instance = instances.get(node.instanceId);
    const group = groups.find(({ instanceIds }) => instanceIds.includes(node.instanceId));
    return {
      ...node,
      expectedName: instance ? nodeNameOf(cluster.nodeNames, instance) : '',
      groupName: group?.name ?? '',
    };
  });
}
