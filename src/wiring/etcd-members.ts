import { ec2Instances } from '../aws/ec2-instances.ts';
import { etcdCertificates } from '../aws/etcd-certificates.ts';
import { clusterMembers } from '../aws/group-attachments.ts';
import { EtcdNotDescribed } from '../etcd/errors.ts';
import { EtcdEndpoint } from '../etcd-client/etcd-endpoint.ts';
import type { RegisteredCluster } from './registered-cluster.ts';

/** Where etcd listens for clients, unless the registry entry says otherwise. */
const CLIENT_PORT = 2379;

/**
 * The members of a registered cluster's etcd, each with its own connection, which opens when something is asked, and is
 * opened again after it was closed.
 * @throws EtcdNotDescribed, SecretUnusable, and what AWS throws
 */
export async function etcdMembersIn(registered: RegisteredCluster): Promise<readonly EtcdEndpoint[]> {
  return (await etcdDoors(registered)).members;
}

/** The same, and a way to open a member by another URL; {@link close} closes all of them. */
export interface EtcdDoors {
  readonly members: readonly EtcdEndpoint[];
  open(url: string): EtcdEndpoint;
  close(): void;
}

/**
 * Opens a registered cluster's etcd.
 * @throws EtcdNotDescribed, SecretUnusable, and what AWS throws
 */
export async function etcdDoors(registered: RegisteredCluster): Promise<EtcdDoors> {
  const { etcd, name } = registered.cluster;
  if (!etcd) throw new EtcdNotDescribed(name);
  const [certificates, urls] = await Promise.all([
    etcdCertificates(registered.aws, etcd.secretArn),
    etcdUrls(registered),
  ]);
  const opened: EtcdEndpoint[] = [];
  const open = (url: string) => {
    const endpoint = new EtcdEndpoint({ url, serverName: etcd.tlsServerName, ...certificates });
    opened.push(endpoint);
    return endpoint;
  };
  const close = () => {
    for (const one of opened) one.close();
  };
  return { members: urls.map(open), open, close };
}

/** Works with members and closes their connections, however it ends: a function that is frozen keeps none alive. */
export async function thenClosed<T>(members: readonly EtcdEndpoint[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    for (const member of members) member.close();
  }
}

/**
 * Where members of a registered cluster's etcd are asked: as the entry says, or at its instances.
 * @throws EtcdNotDescribed where there is neither, and what AWS throws
 */
export async function etcdUrls(registered: RegisteredCluster): Promise<readonly string[]> {
  return registered.cluster.etcd?.endpoints ?? (await instanceUrls(registered));
}

// Members on machines of their own come before those beside the API server: a cluster has one or the other.
async function instanceUrls({ cluster, aws }: RegisteredCluster): Promise<readonly string[]> {
  const all = await clusterMembers(aws).membersOf(cluster.name);
  const etcd = all.filter(({ role }) => role === 'etcd');
  const members = etcd.length > 0 ? etcd : all.filter(({ role }) => role === 'control-plane');
  const instances = await ec2Instances(aws).describe(members.map(({ instanceId }) => instanceId));
  const running = [...instances.values()].filter(({ state }) => state === 'running');
  if (running.length === 0) throw new EtcdNotDescribed(cluster.name);
  return running.map(({ privateIpAddress }) => `https://${privateIpAddress}:${CLIENT_PORT}`).sort();
}
