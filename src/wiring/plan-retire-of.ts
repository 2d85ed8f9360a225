import { andonParameter } from '../aws/andon-parameter.ts';
import { askAboutDeparture } from '../etcd/judge-departure.ts';
import type { Instance } from '../nodes/ports.ts';
import type { QuorumAnswer } from '../nodes/retire-ports.ts';
import type { Environment } from '../runtime/settings.ts';
import { etcdMembersIn, thenClosed } from './etcd-members.ts';
import { type RegisteredCluster, registeredCluster } from './registered-cluster.ts';
import { retireIn } from './retire-of.ts';

/**
 * Everything that planning a retirement works with: what retiring takes, etcd to ask, and the andon. Does no I/O beyond reading the registry.
 * @throws ClusterNotFound, ClusterMisconfigured, SettingMissing
 */
export async function planRetireOf(name: string, environment: Environment, now: () => Date) {
  const registered = await registeredCluster(name, environment);
  const retire = retireIn(registered, now);
  return {
    ...retire,
    ports: { ...retire.ports, quorum: etcdQuorum(registered), andon: andonParameter(registered.home) },
  };
}

/** These pass: who asks again gets an answer. All else stays as it is, and means that nobody can say. */
const PASSING: ReadonlySet<string> = new Set(['AwsThrottled', 'AwsUnavailable']);

/** Etcd of a cluster, asked whether it can spare an instance. That nobody can say is an answer. */
export function etcdQuorum(registered: RegisteredCluster) {
  return {
    async without({
      instanceId,
      addresses,
      dnsNames,
    }: Pick<Instance, 'instanceId' | 'addresses' | 'dnsNames'>): Promise<QuorumAnswer> {
      try {
        const members = await etcdMembersIn(registered);
        const place = { instanceId, hosts: [...addresses, ...dnsNames] };
        return await thenClosed(members, () => askAboutDeparture(place, members));
      } catch (error) {
        if (!(error instanceof Error) || PASSING.has(error.name)) throw error;
        return { quorum: 'unknown', why: `${error.name}: ${error.message}` };
      }
    },
  };
}
