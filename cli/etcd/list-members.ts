import { following, lookAtEach } from '../../src/etcd/ask-members.ts';
import { etcdMembersIn, thenClosed } from '../../src/wiring/etcd-members.ts';
import { describedEtcd } from '../../src/wiring/etcd-of.ts';
import type { Deployment } from '../deployment.ts';
import { print, size } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/** Asks each member of a cluster's etcd how it is, from where the command runs: port 2379 has to be reachable from here. */
export async function listMembers(
  context: CommandContext,
  { environment }: Deployment,
  cluster: string,
): Promise<boolean> {
  const { registered } = await describedEtcd(cluster, environment);
  const endpoints = await etcdMembersIn(registered);
  const { seen, listed } = await thenClosed(endpoints, async () => {
    const all = await lookAtEach(endpoints);
    const [led] = following(endpoints, all);
    return { seen: all, listed: led ? await led.members().catch(() => []) : [] };
  });
  const members = seen.map(({ url, status, problem }) => ({
    url,
    name: listed.find(({ memberId }) => memberId === status?.memberId)?.name ?? null,
    problem: problem ?? null,
    status: status ?? null,
  }));
  print(context, members, {
    kind: 'rows',
    empty: 'There is no endpoint.',
    rows: members.map(({ url, name, status, problem }) => ({
      url,
      name: name ?? undefined,
      id: status?.memberId,
      role: status ? roleOf(status) : 'unreachable',
      version: status?.version,
      revision: status?.revision,
      database: status ? size(status.databaseBytes) : undefined,
      'in use': status ? size(status.databaseBytesInUse) : undefined,
      problems: [...(status?.errors ?? []), ...(problem === null ? [] : [problem])].join('; ') || 'none',
    })),
  });
  return members.every(({ status }) => status !== null && status.leaderId !== '0');
}

function roleOf(status: { readonly memberId: string; readonly leaderId: string; readonly isLearner: boolean }): string {
  if (status.isLearner) return 'learner';
  return status.memberId === status.leaderId ? 'leader' : 'follower';
}
