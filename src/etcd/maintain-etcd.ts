import { agreedOn, following, lookAtEach } from './ask-members.ts';
import { EtcdNotWell } from './errors.ts';
import { problemsOf } from './healthy-voters.ts';
import {
  type EtcdView,
  type MaintenancePolicy,
  type MaintenanceProgress,
  type MaintenanceStep,
  nextMaintenance,
} from './next-maintenance.ts';
import type { MaintainedMember, OtherWork } from './ports.ts';

/** What came of one turn. */
export interface MaintenanceTurn {
  /** `busy`: other work is under way, so nothing was done. `stopped`: the andon is on. */
  readonly outcome: 'acted' | 'busy' | 'done' | 'stopped';
  /** For people. */
  readonly what: string;
  readonly progress: MaintenanceProgress;
}

/** The cord that anybody may pull. */
export interface MaintenanceAndon {
  /** null: it is off. */
  read(): Promise<{ readonly reason: string; readonly since: string; readonly by: string } | null>;
}

/**
 * Looks at all of etcd, decides, and does one step of maintenance. The next turn looks again, so that nothing is done to a
 * member while another one is unwell or the andon is on, whatever happened in between.
 *
 * It can run again: a member without holes needs nothing, and what was compacted or disarmed stays so.
 *
 * @throws EtcdNotWell, EtcdStillFull, EtcdDataCorrupt, EtcdEndpointsMixed, and what the ports throw
 */
export async function maintainEtcd(
  progress: MaintenanceProgress,
  endpoints: readonly MaintainedMember[],
  otherWork: OtherWork,
  policy: MaintenancePolicy,
  andon: MaintenanceAndon,
): Promise<MaintenanceTurn> {
  const cord = await andon.read();
  if (cord) {
    const what = `the andon is on since ${cord.since} (${cord.by}): ${cord.reason}`;
    return { outcome: 'stopped', what, progress };
  }
  const others = await otherWork.underWay();
  if (others.length > 0) return { outcome: 'busy', what: others.join('; '), progress };
  const view = await look(endpoints);
  const step = nextMaintenance(view, progress, policy);
  if (step.kind === 'done') return { outcome: 'done', what: 'nothing is left to do', progress };
  return { outcome: 'acted', ...(await act(step, view, endpoints, progress)) };
}

async function look(endpoints: readonly MaintainedMember[]): Promise<EtcdView> {
  const seen = await lookAtEach(endpoints);
  const led = following(endpoints, seen);
  if (led.length === 0) throw new EtcdNotWell('no member answered and knows a leader', problemsOf(seen));
  return { seen, ...(await agreedOn(led)) };
}

async function act(
  step: Exclude<MaintenanceStep, { readonly kind: 'done' }>,
  { seen }: EtcdView,
  endpoints: readonly MaintainedMember[],
  progress: MaintenanceProgress,
): Promise<Omit<MaintenanceTurn, 'outcome'>> {
  const at = (memberId: string) => endpointOf(memberId, seen, endpoints);
  switch (step.kind) {
    case 'compact':
      await anyOf(endpoints).compact(step.revision);
      return { what: `compacted at revision ${step.revision}`, progress: { ...progress, compacted: true } };
    case 'defragment':
      return defragment(at(step.memberId), step.memberId, progress);
    case 'move-leader':
      await at(step.from).moveLeader(step.to);
      return {
        what: `moved leadership from ${step.from} to ${step.to}`,
        progress: { ...progress, leaderMoves: progress.leaderMoves + 1 },
      };
    case 'disarm':
      for (const alarm of step.alarms) await anyOf(endpoints).disarm(alarm);
      return { what: 'disarmed NOSPACE', progress: { ...progress, disarmed: true } };
  }
}

async function defragment(
  member: MaintainedMember,
  memberId: string,
  progress: MaintenanceProgress,
): Promise<Omit<MaintenanceTurn, 'outcome'>> {
  const { databaseBytes: bytesBefore } = await member.status();
  await member.defragment();
  const { databaseBytes: bytesAfter } = await member.status();
  const done = [...progress.defragmented, { memberId, bytesBefore, bytesAfter }];
  return {
    what: `defragmented member ${memberId}: ${bytesBefore} bytes before, ${bytesAfter} after`,
    progress: { ...progress, defragmented: done },
  };
}

function endpointOf(
  memberId: string,
  seen: EtcdView['seen'],
  endpoints: readonly MaintainedMember[],
): MaintainedMember {
  const found = endpoints.find((_, index) => seen[index]?.status?.memberId === memberId);
  if (!found) throw new EtcdNotWell(`no endpoint is that of member ${memberId}`, problemsOf(seen));
  return found;
}

/** All of them were found well. */
function anyOf(endpoints: readonly MaintainedMember[]): MaintainedMember {
  const [first] = endpoints;
  if (!first) throw new EtcdNotWell('there is no endpoint', []);
  return first;
}
