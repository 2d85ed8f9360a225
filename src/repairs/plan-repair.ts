import { keptDrained } from '../schema/drain-by-hand.ts';
import { ladderOf, rungsLeft, type TriedRung } from './choose-rung.ts';
import { type Contact, contactAfter } from './contact.ts';
import { howSick } from './how-sick.ts';
import { roleTag } from './names.ts';
import { type ObservePorts, observe, type Sight } from './observe.ts';
import type { Agents, RepairAndon, RepairPolicy, RepairQuorum, Role, Rung, Standing, Standings } from './ports.ts';
import { whyAside } from './why-aside.ts';
import { whyHeld } from './why-held.ts';
import { type Episode, namesOf } from './why-sick.ts';
import { whyStopped } from './why-stopped.ts';

/** How far a repair has come. Times are ISO 8601, empty where there is none. */
export interface PlanRepairInput extends Episode {
  readonly cluster: string;
  /** One of the two may be empty. */
  readonly instanceId: string;
  readonly nodeName: string;
  /** The execution. */
  readonly owner: string;
  /** Empty: that of the signal's rule, or all of it. */
  readonly ladder: readonly Rung[];
  readonly from?: Rung | undefined;
  readonly tried: readonly TriedRung[];
  /** Whether one of them was really done. */
  readonly rungDone: boolean;
  readonly contact: Contact;
  /** A dry run: no pass will ever see it, so that it waits for none. */
  readonly planOnly: boolean;
}

/** What comes next. */
export interface RepairPlan {
  /**
   * A rung; or `mended`: it is well. `aside`: it is not ours to repair, or not any more. `stopped`: the andon is on, somebody paused it, the policy says no by now, or
   * what would keep it from beginning keeps it from its next rung. `wait`: nobody can say how it is, or not yet.
   */
  readonly verdict: Rung | 'mended' | 'aside' | 'stopped' | 'wait';
  readonly why: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly ipAddress: string;
  readonly groupName: string;
  readonly zone: string;
  readonly role: Role;
  /** The boot with which the repair began. */
  readonly bootId: string;
  /** The node's conditions, and its lease, then. */
  readonly conditions: string;
  /** Whether its node says that it is Ready: then its pods are asked to leave before it is rebooted. */
  readonly answers: boolean;
  /** Whether the instance goes in any case: then nothing is put back. */
  readonly leaves: boolean;
  readonly inService: number;
  /** Whether a replacement has to be in service before the node goes. */
  readonly launchFirst: boolean;
  readonly rungSeconds: number;
  /** Rungs that were left out, and why. */
  readonly skipped: readonly TriedRung[];
  /** What would be tried, for a dry run. */
  readonly rungs: readonly Rung[];
  readonly contact: Contact;
}

export interface PlanRepairPorts extends ObservePorts {
  readonly agents: Agents | 'elsewhere';
  readonly andon: RepairAndon;
  readonly quorum: RepairQuorum;
  readonly standings: Standings;
}

/**
 * Looks at a sick node again and says which rung of its ladder is next, or that none is (S17–S19). Reads only, so it can run again.
 * @throws NodeNotFound, NodeWithoutInstance when only a Node is named
 */
export async function planRepair(
  input: PlanRepairInput,
  ports: PlanRepairPorts,
  policy: RepairPolicy,
  now: Date,
): Promise<RepairPlan> {
  const instanceId = input.instanceId || (await ports.nodes.instanceOf(input.cluster, input.nodeName));
  const [sight, standing] = await Promise.all([
    observe({ ...input, instanceId }, ports),
    ports.standings.of(input.cluster, instanceId),
  ]);
  const contact = contactAfter(input.contact, sight.node !== 'unknown', now);
  const known = knownOf({ ...input, instanceId, contact }, sight);
  const episode = { ...input, bootId: known.bootId, asked: isAskedFor(input) };
  const aside = whyAside(sight, input);
  if (aside) return { ...known, verdict: 'aside', ...aside };
  const { is, why } = howSick(sight, episode, { standing, contact }, policy, now);
  if (is === 'well') return { ...known, verdict: 'mended', why };
  if (is === 'unclear') return { ...known, verdict: 'wait', why };
  return { ...known, ...(await climb({ ...input, sick: why, standing }, { ...known, sight }, ports, policy, now)) };
}

/** What comes next of a node that is sick: a rung, or why none does. */
async function climb(
  input: PlanRepairInput & { readonly sick: string; readonly standing: Standing | undefined },
  {
    role,
    sight,
    nodeName,
    instanceId,
  }: Pick<RepairPlan, 'role' | 'nodeName' | 'instanceId'> & { readonly sight: Sight },
  ports: PlanRepairPorts,
  policy: RepairPolicy,
  now: Date,
): Promise<Partial<RepairPlan>> {
  const { signal, standing, sick } = input;
  const rule = policy.health.rules.find((one) => one.signal === signal)?.ladder;
  const rungs = rungsLeft(ladderOf(input.ladder, rule, input.from), input.tried);
  const stopped = await whyStopped(sight, input, ports.andon, policy, now);
  if (stopped !== undefined) return { rungs, verdict: 'stopped', why: stopped };
  const next = await firstPossible(rungs, { role, elsewhere: ports.agents === 'elsewhere' }, sight, ports);
  const { rung, skipped } = next;
  // A restart of the kubelet leaves it drained; what comes after that would put it back, or end it.
  if (sight.keptBy !== undefined && (rung === 'reboot' || rung === 'replace'))
    return { rungs, skipped, verdict: 'aside', why: keptDrained(sight.keptBy, nodeName || instanceId, input.cluster) };
  const held = whyHeld(rung, input, standing, policy, now);
  if (held?.what === 'wait') return { rungs, verdict: 'wait', why: held.why };
  // From the rung that it stops before it goes on another time.
  if (held) return { rungs: rungsLeft(rungs, skipped), skipped, verdict: 'stopped', why: held.why };
  const rungSeconds = 60 * (rung === 'page' ? 0 : policy.health.rungMinutes[rung]);
  const launchFirst = standing?.repair?.launchFirst === true;
  return { rungs, rungSeconds, launchFirst, skipped, verdict: rung, why: next.why ?? sick };
}

/** Whether a person asked for a certain rung, and neither it nor a higher one was tried yet. */
function isAskedFor({ signal, from, tried }: PlanRepairInput): boolean {
  return signal === '' && from !== undefined && rungsLeft([from], tried).includes(from);
}

function knownOf(input: PlanRepairInput, sight: Sight): RepairPlan {
  const { instance, place, node } = sight;
  const seen = typeof node === 'object' ? node : undefined;
  const role = place?.tags[roleTag];
  return {
    verdict: 'wait',
    why: '',
    instanceId: input.instanceId,
    nodeName: seen?.name ?? input.nodeName,
    ipAddress: instance?.ipAddress ?? '',
    groupName: place?.groupName ?? '',
    zone: instance?.zone ?? '',
    role: role === 'control-plane' || role === 'etcd' ? role : 'worker',
    bootId: input.bootId || (seen?.bootId ?? ''),
    conditions: input.bootId === '' && seen ? namesOf(seen, sight.leaseRenewedAt) : input.conditions,
    answers: seen?.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
    leaves: false,
    inService: place?.inService ?? 0,
    launchFirst: false,
    rungSeconds: 0,
    skipped: [],
    rungs: [],
    contact: input.contact,
  };
}

interface NextRung {
  readonly rung: Rung;
  /** Why it is this one, where it is not for the sickness alone. */
  readonly why?: string;
  readonly skipped: readonly TriedRung[];
}

/** A restart needs an agent that answers. What takes a member of etcd away for minutes needs a quorum without it: else a person decides, and no rung above does (S19). */
async function firstPossible(
  rungs: readonly Rung[],
  { role, elsewhere }: { readonly role: Role; readonly elsewhere: boolean },
  { instance }: Sight,
  { agents, quorum }: PlanRepairPorts,
): Promise<NextRung> {
  const skipped: TriedRung[] = [];
  for (const rung of rungs) {
    if (rung === 'page') break;
    if (rung === 'restart') {
      const online = agents !== 'elsewhere' && (await agents.answers(instance?.instanceId ?? ''));
      if (online) return { rung, skipped };
      const why = elsewhere
        ? 'left out: Tender’s document is not in its account and region'
        : 'left out: its SSM agent does not answer';
      skipped.push({ rung, outcome: why, seconds: 0 });
      continue;
    }
    if (role === 'worker' || !instance) return { rung, skipped };
    const answer = await quorum.without(instance);
    if (answer.quorum === 'kept') return { rung, skipped };
    const words =
      answer.quorum === 'lost'
        ? 'etcd would lose its quorum without it'
        : 'nobody can say whether etcd would keep its quorum without it';
    return {
      rung: 'page',
      why: `${words}: ${answer.why}`,
      skipped: [...skipped, { rung, outcome: `refused: ${words}`, seconds: 0 }],
    };
  }
  return { rung: 'page', skipped };
}
