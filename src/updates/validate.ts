import { countsPods, whyUncounted } from './counted-pods.ts';
import { isLeaving, readyInstances, type UpdateSight, type UpdatingGroup, type UpdatingMember } from './sight.ts';
import type { UpdateRecord, Validation } from './update-record.ts';

/** Two looks count as two when this much lies between them: kOps validates anew after 15 s. */
const BETWEEN_LOOKS_MS = 10_000;
/** A health document that is older says nothing of now. */
const STALE_PASSES = 4;
/** What is wrong for less long may be a node that has just come. */
const BLAMED_AFTER_MS = 300_000;
/** What does not become well in so long needs a person. */
const GIVE_UP_AFTER_MS = 1_800_000;

/** What is not well. */
interface Troubles {
  /** With what this update launched. */
  readonly blamed: readonly string[];
  readonly other: readonly string[];
  /** Whether nodes that it did not launch are unwell, too: then it is no image's fault, or nobody can say. */
  readonly isWider: boolean;
}

/**
 * Whether the cluster is well: every member of the group in service and Ready, nothing found by the health passes, no breaker open, no gate closed. A rollback asks less: what it takes
 * back is what is not well.
 */
function troublesOf(
  record: UpdateRecord,
  sight: UpdateSight,
  group: UpdatingGroup,
  healthMinutes: number,
  now: Date,
): Troubles {
  if (sight.nodes === 'unknown') return { blamed: [], other: ['the API server cannot be asked'], isWider: true };
  const { health } = sight;
  const ready = readyInstances(sight);
  const moving = new Set(
    record.wave?.moves.filter(({ state }) => state === 'open').map(({ instanceId }) => instanceId),
  );
  const launched = new Set(
    group.members.filter((one) => isUpdated(record, one) && !moving.has(one.instanceId)).map((one) => one.instanceId),
  );
  const silent = group.members.filter(
    (one) => one.lifecycleState === 'InService' && !ready.has(one.instanceId) && !moving.has(one.instanceId),
  );
  // Auto Scaling would replace it, and by itself: an image that fails its checks is found out here.
  const unhealthy = group.members.filter((one) => !one.healthy && launched.has(one.instanceId) && !isLeaving(one));
  const found = health === 'off' ? [] : health.findings;
  const troubles = [
    ...silent.map(({ instanceId }) => ({ instanceId, words: `${instanceId} is in service and its Node is not Ready` })),
    ...unhealthy.map(({ instanceId }) => ({ instanceId, words: `Auto Scaling thinks ${instanceId} unhealthy` })),
    ...found
      .filter(
        ({ about, groupName, instanceId }) => about === 'node' && groupName === group.name && !moving.has(instanceId),
      )
      .filter(({ instanceId }) => !group.members.some((one) => one.instanceId === instanceId && isLeaving(one))),
  ];
  const isBlamed = ({ instanceId }: { instanceId: string }) => launched.has(instanceId);
  return {
    blamed: [
      ...troubles.filter(isBlamed).map(({ words }) => words),
      ...(record.phase === 'bake' ? sight.gates.closed : []),
    ],
    other: [
      ...troubles.filter((one) => !isBlamed(one)).map(({ words }) => words),
      ...found.filter(({ about }) => about === 'cluster').map(({ words }) => words),
      ...staleness(record, sight, healthMinutes, now),
      ...openBreakers(record, sight, group),
      ...sight.gates.unknown,
      ...uncountedPods(record, sight, now),
      ...(record.phase === 'bake' ? [] : sight.gates.closed),
    ],
    isWider: troubles.some((one) => !isBlamed(one)) || hasWideBreaker(sight),
  };
}

/** Before there is a canary, and after its bake, nobody goes on without having counted. */
function uncountedPods(record: UpdateRecord, { pods }: UpdateSight, now: Date): readonly string[] {
  const why = countsPods(record, now) ? whyUncounted(pods) : undefined;
  return why === undefined ? [] : [why];
}

/** A zone that fails, or a storm over the whole cluster. */
function hasWideBreaker({ health }: UpdateSight): boolean {
  return health !== 'off' && health.breakers.some(({ name }) => name === 'cluster' || name.startsWith('zone '));
}

/** Those of other groups, and of other images, are none of this update's. */
function openBreakers({ target }: UpdateRecord, { health }: UpdateSight, group: UpdatingGroup): readonly string[] {
  if (health === 'off') return [];
  const image = `image ${target.launchTemplateId}:${target.version}`;
  const concerns = (name: string) => name === `group ${group.name}` || name === image || !/^(group|image) /.test(name);
  return health.breakers.filter(({ name }) => concerns(name)).map(({ words }) => `breaker: ${words}`);
}

/** Whether what is wrong with it may be the update's fault. Where target and previous are the same, as when nodes are rotated by age, nothing is. */
function isUpdated(
  { way, moved, target, previous, phase }: UpdateRecord,
  { instanceId, version }: UpdatingMember,
): boolean {
  if (way === 'in-place') return moved.some((one) => one.instanceId === instanceId);
  // EKS's own launch template has numbers of its own.
  if (way === 'managed') return false;
  return phase !== 'roll-back' && target.version !== previous.version && version === target.version;
}

function staleness(record: UpdateRecord, { health }: UpdateSight, healthMinutes: number, now: Date): readonly string[] {
  if (health === 'off') return [];
  if (health.at === '') return ['no health pass has looked yet'];
  const minutes = (now.getTime() - Date.parse(health.at)) / 60_000;
  if (minutes > STALE_PASSES * healthMinutes + 1)
    return [`the last health pass was ${Math.round(minutes)} minutes ago`];
  // What was seen before the last change says nothing of it.
  const since = record.wave?.stage === 'settle' || record.wave?.stage === 'surge' ? record.wave.stageSince : '';
  return since !== '' && Date.parse(health.at) < Date.parse(since) ? ['no health pass has looked since'] : [];
}

/** The validation after one more look. */
export function validated(
  record: UpdateRecord,
  sight: UpdateSight,
  group: UpdatingGroup,
  healthMinutes: number,
  now: Date,
): Validation {
  const { blamed, other, isWider } = troublesOf(record, sight, group, healthMinutes, now);
  // A rollback waits for nobody but the API server.
  const problems = record.phase === 'roll-back' ? (sight.nodes === 'unknown' ? other : []) : [...blamed, ...other];
  const before = record.validation;
  const at = now.toISOString();
  const incompleteSince = isComplete(record, sight, group) ? '' : before.incompleteSince || at;
  const isAnother = before.goodAt === '' || now.getTime() - Date.parse(before.goodAt) >= BETWEEN_LOOKS_MS;
  if (problems.length === 0)
    return {
      good: isAnother ? before.good + 1 : before.good,
      goodAt: isAnother ? at : before.goodAt,
      badSince: '',
      blamedSince: '',
      incompleteSince,
      problems: [],
    };
  return {
    good: 0,
    goodAt: '',
    badSince: before.badSince || at,
    blamedSince: blamed.length === 0 || isWider || record.phase === 'roll-back' ? '' : before.blamedSince || at,
    incompleteSince,
    problems: problems.slice(0, 5),
  };
}

/** Nothing is known yet. */
export const unvalidated: Validation = {
  good: 0,
  goodAt: '',
  badSince: '',
  blamedSince: '',
  incompleteSince: '',
  problems: [],
};

/** Well, twice in a row (S31). */
export function isValid({ good }: Validation): boolean {
  return good >= 2;
}

/** Whether what was launched is not well for so long that it is no coincidence. */
export function isToBlame({ blamedSince }: Validation, now: Date): boolean {
  return blamedSince !== '' && now.getTime() - Date.parse(blamedSince) >= BLAMED_AFTER_MS;
}

/** Whether the cluster is not well for so long that a person has to see to it. */
export function isHopeless({ badSince }: Validation, now: Date): boolean {
  return badSince !== '' && now.getTime() - Date.parse(badSince) >= GIVE_UP_AFTER_MS;
}

/**
 * Whether everything that the group wants is in service and Ready, and nothing leaves. What is rolled back need not be Ready. What Auto Scaling thinks of a member's health does not count: it
 * replaces nobody for it meanwhile, and never thinks better of it.
 */
export function isComplete(record: UpdateRecord, sight: UpdateSight, { desired, members }: UpdatingGroup): boolean {
  if (sight.nodes === 'unknown' || members.some(isLeaving)) return false;
  const ready = readyInstances(sight);
  const isBack = (version: string) => record.phase === 'roll-back' && version !== record.previous.version;
  const there = members.filter(
    (one) => one.lifecycleState === 'InService' && (isBack(one.version) || ready.has(one.instanceId)),
  );
  return there.length >= desired;
}

/** Whether it is what was launched that does not come: joins of it have failed, or instances of it are there and are no Ready nodes. */
export function areLate({ record, sight, group }: Seen): boolean {
  if (sight.nodes === 'unknown') return false;
  const ready = readyInstances(sight);
  const late = group.members.filter((one) => !isLeaving(one) && isUpdated(record, one) && !ready.has(one.instanceId));
  return late.length > 0 || sight.failedJoins > (record.wave?.failedJoins ?? 0);
}

/** What is looked at. */
interface Seen {
  readonly record: UpdateRecord;
  readonly sight: UpdateSight;
  readonly group: UpdatingGroup;
}
