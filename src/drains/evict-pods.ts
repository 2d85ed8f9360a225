import { asManyAsFit, type Blocker, counted, inAnEvent, nameOf, roomInResult, sentenceOf } from './blocker.ts';
import { type DrainTurn, decideTurn } from './decide-turn.ts';
import { type DrainTimers, drainTimers } from './drain-timers.ts';
import { outOfServiceTaint } from './names.ts';
import { observeNode, type SeenNode } from './observe-node.ts';
import { dispositionOf } from './pod-disposition.ts';
import type {
  Budgets,
  DrainClaims,
  DrainEvents,
  DrainInstances,
  DrainNodes,
  DrainPod,
  DrainPods,
  DrainPolicy,
  Volumes,
} from './ports.ts';

/** One look at a node that is being drained, with what the looks before have found. */
export interface EvictPodsInput {
  readonly cluster: string;
  readonly instanceId: string;
  readonly nodeName: string;
  /** The execution that holds the claim. */
  readonly owner: string;
  readonly voluntary: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Of what takes the instance away; empty when nothing does. ISO 8601. */
  readonly deadline: string;
  /** When something last moved; ISO 8601. */
  readonly progressAt: string;
  /** How many pods were left at the last look; -1 before the first. */
  readonly podsLeft: number;
  /** What the last look told of blockers. */
  readonly told: string;
}

/** How the drain stands after a look. */
export interface EvictPodsOutcome {
  /** `taint`: the volumes of an instance that is off are to be let go. `lost`: another execution has the instance now. */
  readonly next: 'wait' | 'drained' | 'taint' | 'time-up' | 'lost';
  /** False once a later signal says that the instance goes in any case. */
  readonly voluntary: boolean;
  readonly evicted: number;
  readonly podsLeft: number;
  /** For people: pod, budget, allowed disruptions (S11). */
  readonly blockers: readonly string[];
  readonly told: string;
  readonly progressAt: string;
  readonly lookAgainSeconds: number;
  /** When it ends at the latest; ISO 8601. */
  readonly deadline: string;
  readonly instanceOff: boolean;
  /** Whether the node does not say that it is Ready. */
  readonly silent: boolean;
  /** What the instance's Node is called, where that was only guessed before. */
  readonly nodeName: string;
  /** Whether the node takes no new pods, or is gone. */
  readonly cordoned: boolean;
}

export interface EvictPodsPorts {
  readonly claims: DrainClaims;
  readonly instances: DrainInstances;
  readonly nodes: DrainNodes;
  readonly pods: DrainPods;
  readonly budgets: Budgets;
  readonly volumes: Volumes;
  readonly events: DrainEvents;
}

/**
 * Looks at a node once, asks the pods to leave that may go now, and says when to look again (S9–S11, S15). Waiting is the state machine's.
 * The claim is read at each look: a later signal may have brought the deadline forward, or made the drain involuntary (S43).
 * Can run again at any moment: what has left is found gone, and what was asked is found leaving.
 */
export async function evictPods(
  input: EvictPodsInput,
  ports: EvictPodsPorts,
  policy: DrainPolicy,
  now: Date,
): Promise<EvictPodsOutcome> {
  const claim = await readClaim(input, ports.claims);
  const voluntary = input.voluntary && claim?.leaving !== true;
  const seen = await observeNode(input, ports, (pod) => dispositionOf(pod, policy, voluntary));
  const deadline = earliest([input.deadline, claim?.deadline ?? '']);
  const standing = standingOf(input, seen);
  const { instanceOff } = standing;
  const silence = seen.notReadySince && { since: seen.notReadySince, off: instanceOff };
  const timers = drainTimers(policy, new Date(input.startedAt), silence, deadline);
  const turn = decideTurn(seen.contents, { voluntary, instance: seen.instance }, policy, timers, now);
  const told = { ...standing, voluntary, deadline: timers.deadline.toISOString() };
  // A claim that is gone stops what is voluntary: unknown is unsafe.
  if (claim ? claim.owner !== input.owner : voluntary)
    return { ...unchanged(input, seen, now), ...told, next: 'lost', blockers: [] };
  // While there are pods to ask, they are asked: the taint takes them past their budgets.
  const asked = seen.podsLeft === 0 || now >= timers.askUntil;
  if (instanceOff && asked && now < timers.deadline && toBeTainted(seen, policy))
    return { ...unchanged(input, seen, now), ...told, next: 'taint', blockers: [] };

  const done = await apply(turn, ports.pods);
  const blockers = [...('blockers' in turn ? turn.blockers : []), ...done.blockers];
  const moved = done.gone > 0 || seen.podsLeft < input.podsLeft;
  const progressAt = moved ? now.toISOString() : input.progressAt;
  const outcome = {
    ...told,
    next: turn.next === 'evict' || turn.next === 'delete' ? ('wait' as const) : turn.next,
    evicted: done.gone,
    podsLeft: seen.podsLeft,
    blockers: asManyAsFit(blockers.map(sentenceOf), roomInResult),
    // What is told while pods go would be told again a moment later: the next look does it.
    told: done.gone > 0 ? input.told : digestOf(blockers),
    progressAt,
    lookAgainSeconds: secondsToNextLook(
      { startedAt: new Date(input.startedAt), progressAt: new Date(progressAt), now },
      timers,
      done,
    ),
  };
  if (seen.node) await tell(seen.node.name, { toldBefore: input.told, outcome, blockers }, ports.events);
  return outcome;
}

function standingOf(
  { nodeName }: EvictPodsInput,
  { node, notReadySince, instance }: SeenNode,
): Pick<EvictPodsOutcome, 'instanceOff' | 'silent' | 'nodeName' | 'cordoned'> {
  return {
    instanceOff: instance === 'off' || instance === 'gone',
    silent: notReadySince !== undefined,
    nodeName: node?.name ?? nodeName,
    cordoned: node?.unschedulable ?? true,
  };
}

/** The first of some times; undefined when there is none. ISO 8601, empty where nothing is said. */
function earliest(times: readonly string[]): Date | undefined {
  const said = times.filter((time) => time !== '').map((time) => Date.parse(time));
  return said.length > 0 ? new Date(Math.min(...said)) : undefined;
}

/** Without the claim store what is voluntary stops; what goes anyway goes on, by its own deadline. */
async function readClaim({ cluster, instanceId, voluntary }: EvictPodsInput, claims: DrainClaims) {
  try {
    return await claims.read(cluster, instanceId);
  } catch (error) {
    if (voluntary) throw error;
    return undefined;
  }
}

function unchanged(input: EvictPodsInput, { podsLeft }: SeenNode, now: Date) {
  return { evicted: 0, podsLeft, told: input.told, progressAt: now.toISOString(), lookAgainSeconds: 1 };
}

/** S10: only what EC2 says is off, and only when volumes have to move. */
function toBeTainted({ node, contents }: SeenNode, policy: DrainPolicy): boolean {
  const tainted = node?.taints.some(({ key }) => key === outOfServiceTaint.key) === true;
  return policy.outOfServiceTaint && node !== undefined && !tainted && contents.volumes.length > 0;
}

interface Applied {
  /** Pods that are leaving or gone now and were not before. */
  readonly gone: number;
  readonly blockers: readonly Blocker[];
  readonly retryAfterSeconds: number;
}

async function apply(turn: DrainTurn, pods: DrainPods): Promise<Applied> {
  if (turn.next === 'evict') return applied(await Promise.all(turn.pods.map((pod) => ask(pod, pods))));
  if (turn.next !== 'delete') return applied([]);
  const { graceSeconds } = turn;
  return applied(
    await Promise.all(
      turn.pods.map(async (pod) => {
        await pods.delete(pod, Math.min(graceSeconds, pod.gracePeriodSeconds));
        // One that was leaving before, and is still held by a finalizer, has not moved.
        return { gone: pod.deletionTimestamp === undefined ? 1 : 0, retryAfterSeconds: 0 };
      }),
    ),
  );
}

interface Asked {
  readonly gone: number;
  readonly blocker?: Blocker;
  readonly retryAfterSeconds: number;
}

async function ask(pod: DrainPod, pods: DrainPods): Promise<Asked> {
  const answer = await pods.evict(pod);
  switch (answer.kind) {
    case 'evicted':
    case 'gone':
      return { gone: 1, retryAfterSeconds: 0 };
    case 'throttled':
      return { gone: 0, retryAfterSeconds: answer.retryAfterSeconds };
    case 'blocked':
      // Somebody else was faster with the budget's last disruption.
      return {
        gone: 0,
        blocker: {
          pod: nameOf(pod),
          budget: answer.budget && `${pod.namespace}/${answer.budget}`,
          why: answer.message,
        },
        retryAfterSeconds: 0,
      };
    default:
      return { gone: 0, blocker: { pod: nameOf(pod), why: answer.message }, retryAfterSeconds: 0 };
  }
}

function applied(asked: readonly Asked[]): Applied {
  return {
    gone: asked.reduce((sum, { gone }) => sum + gone, 0),
    blockers: asked.flatMap(({ blocker }) => blocker ?? []),
    retryAfterSeconds: Math.max(0, ...asked.map(({ retryAfterSeconds }) => retryAfterSeconds)),
  };
}

/**
 * Seconds between two looks: short while pods leave, longer the longer nothing moves, up to five minutes, so that two days are fewer than 700 looks (S15). A
 * thirtieth of the whole time at least, since pods that come back to the node for ever would be progress for ever.
 */
const pause = { shortest: 1, longest: 300, shareOfIdleTime: 1 / 8, shareOfWholeTime: 1 / 30 } as const;

/** Never later than the next of the timers: nothing outlasts them. */
function secondsToNextLook(
  { startedAt, progressAt, now }: { readonly startedAt: Date; readonly progressAt: Date; readonly now: Date },
  timers: DrainTimers,
  { retryAfterSeconds }: Pick<Applied, 'retryAfterSeconds'>,
): number {
  const idle = secondsBetween(progressAt, now) * pause.shareOfIdleTime;
  const whole = secondsBetween(startedAt, now) * pause.shareOfWholeTime;
  const paced = Math.min(pause.longest, Math.max(pause.shortest, Math.round(Math.max(idle, whole))));
  const wanted = Math.max(retryAfterSeconds, paced);
  const ahead = [timers.askUntil, timers.graceUntil, timers.deadline]
    .map((time) => Math.ceil(secondsBetween(now, time)))
    .filter((seconds) => seconds > 0);
  return Math.min(wanted, ...ahead);
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}

/** What makes two lists of blockers different to people: who, and by which budget. */
function digestOf(blockers: readonly Blocker[]): string {
  const named = blockers.map(({ pod, budget = '' }) => `${pod} ${budget}`).sort();
  return named.slice(0, 20).join('; ');
}

async function tell(
  nodeName: string,
  {
    toldBefore,
    outcome,
    blockers,
  }: { readonly toldBefore: string; readonly outcome: EvictPodsOutcome; readonly blockers: readonly Blocker[] },
  events: DrainEvents,
): Promise<void> {
  if (outcome.next === 'time-up') {
    const message = inAnEvent("Tender's drain ran out of time. Still there: ", blockers);
    await events.record(nodeName, { type: 'Warning', reason: 'DrainGaveUp', message });
  } else if (outcome.next === 'wait' && outcome.told !== toldBefore && outcome.told !== '') {
    const message = inAnEvent(`Tender waits for ${counted(outcome.podsLeft, 'pod')} to leave: `, blockers);
    await events.record(nodeName, { type: 'Normal', reason: 'DrainBlocked', message });
  } else if (outcome.next === 'drained') {
    await events.record(nodeName, { type: 'Normal', reason: 'NodeDrained', message: 'Tender drained the node' });
  }
}
