import * as z from 'zod/mini';

const RUNGS = ['restart', 'reboot', 'replace', 'page'] as const;

/** A condition's type as Kubernetes writes it, `Alarm:` and a CloudWatch alarm's name (255 characters at most), or `Event:` and the reason of an Event. */
const SIGNAL = /^([A-Za-z][A-Za-z0-9._/-]{0,62}|Alarm:\S(.{0,253}\S)?|Event:[A-Za-z][A-Za-z0-9._/-]{0,127})$/;
/** What is not a Node's condition, so that no status can be asked for. */
const NO_CONDITIONS =
  /^(NotReady|Unknown|LeaseStopped|SystemStatus|InstanceStatus|AutoScalingUnhealthy|NeverJoined|NodeWithoutInstance|Flapping|Alarm:.*|Event:.*)$/;
/** What is the cluster's and no node's: a person can be told, and nothing else. */
const OF_THE_CLUSTER =
  /^(ApiServerAway|EtcdQuorumLost|EtcdAlarm|EtcdDatabaseFull|EtcdMemberLags|DaemonSetNotReady|CoreDnsAway|CoreDnsNotReady|TargetsUnhealthy|BadImage|Unseen)$/;

const minutes = (fallback: number, least: number, what: string) =>
  z._default(z.int().check(z.gte(least), z.lte(1440)), fallback).check(z.describe(what));

const percent = (fallback: string, what: string) =>
  z
    ._default(
      z.string().check(z.regex(/^([1-9]\d?|100)%$/, 'must be a percentage from 1% to 100%, as in 20%')),
      fallback,
    )
    .check(z.describe(what));

const Rule = z
  .strictObject({
    signal: z.string().check(
      z.refine((signal) => signal !== 'Ready', 'must be NotReady or Unknown, since Ready has those two'),
      z.regex(
        SIGNAL,
        'must be a signal, the type of a Node’s condition, Alarm:<name of an alarm>, or Event:<reason of a Node’s Event>',
      ),
      z.describe(
        'What the rule is about: a signal of docs/health.md, a condition’s type, Alarm:<name>, or Event:<reason>.',
      ),
    ),
    status: z.optional(
      z
        .enum(['True', 'False', 'Unknown'])
        .check(
          z.describe('The status of a condition that is sick. Default: False where its type ends in Ready, else True.'),
        ),
    ),
    afterMinutes: z
      .int()
      .check(z.gte(0), z.lte(1440), z.describe('How long it has to last before anything is done, in minutes.')),
    ladder: z
      .array(z.enum(RUNGS))
      .check(
        z.refine(climbs, 'must climb: restart, reboot, replace, page, each at most once'),
        z.describe('What is tried, in this order. Empty: nothing, it is only shown.'),
      ),
  })
  .check(
    z.refine(({ signal, ladder }) => !OF_THE_CLUSTER.test(signal) || ladder.every((rung) => rung === 'page'), {
      path: ['ladder'],
      error: 'must be [page] or empty, because this signal is of no node',
    }),
    z.refine(({ signal, status }) => status === undefined || !isNoCondition(signal), {
      path: ['status'],
      error: 'must be absent, because this signal is not a condition',
    }),
  );

const Breaker = z.strictObject({
  perGroup: percent('20%', 'No node of a group is repaired while more of it than this are sick or disrupted.'),
  smallGroup: z
    ._default(z.int().check(z.gte(1), z.lte(5)), 1)
    .check(z.describe('The same for a group or a cluster of five or fewer nodes, as a number.')),
  perZone: percent('50%', 'No node of a zone is repaired while more of it than this are sick: then it is the zone.'),
  perCluster: percent('20%', 'No node of the cluster is repaired while more of it than this are sick or disrupted.'),
  coolDownMinutes: minutes(15, 0, 'How long a breaker stays open after it was last over its limit, in minutes.'),
  failedJoins: z
    ._default(z.int().check(z.gte(1), z.lte(100)), 3)
    .check(z.describe('After how many failed joins in a row nothing is replaced onto that launch template version.')),
});

const Flapping = z.strictObject({
  transitions: z
    ._default(z.int().check(z.gte(2), z.lte(100)), 5)
    .check(z.describe('A node that becomes Ready or not Ready so often is sick.')),
  withinMinutes: minutes(60, 5, 'Within so many minutes.'),
});

const RungMinutes = z.strictObject({
  restart: minutes(5, 1, 'How long a restart of the kubelet may take until the node is well, in minutes.'),
  reboot: minutes(10, 1, 'The same for a reboot.'),
  replace: minutes(30, 5, 'The same for a replacement.'),
});

/** When a node is sick, what is done about it, and when nothing is. */
export const Health = z.strictObject({
  repair: z
    ._default(z.enum(['on', 'notify', 'off']), 'on')
    .check(z.describe('Whether sick nodes are repaired, only told to a person, or only shown.')),
  pausedUntil: z.optional(
    z.iso
      .datetime({ error: 'must be a time in UTC, as in 2026-03-01T12:00:00Z' })
      .check(z.describe('No node of the cluster is repaired until then.')),
  ),
  rules: z
    ._default(z.array(Rule).check(z.refine(namedOnce, 'must name each signal (and status) once'), z.maxLength(100)), [])
    .check(z.describe('Rules beside the defaults of docs/health.md, or instead of those for the same signal.')),
  breaker: z.prefault(Breaker, {}).check(z.describe('When so many are sick that nothing is repaired.')),
  flapping: z.prefault(Flapping, {}).check(z.describe('When coming and going is being sick.')),
  rungMinutes: z.prefault(RungMinutes, {}).check(z.describe('How long each rung may take before the next is tried.')),
  quietMinutes: minutes(
    5,
    0,
    'How long the API server has to be back before a node is judged by its silence again, in minutes.',
  ),
});

function isNoCondition(signal: string): boolean {
  return NO_CONDITIONS.test(signal) || OF_THE_CLUSTER.test(signal) || signal === 'EtcdMemberUnhealthy';
}

function climbs(ladder: readonly (typeof RUNGS)[number][]): boolean {
  return ladder.every((rung, index) => index === 0 || RUNGS.indexOf(rung) > RUNGS.indexOf(ladder[index - 1] ?? 'page'));
}

function namedOnce(rules: readonly { readonly signal: string; readonly status?: string | undefined }[]): boolean {
  return new Set(rules.map(({ signal, status }) => `${signal}=${status ?? ''}`)).size === rules.length;
}
