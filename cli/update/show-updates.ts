import { andonParameter } from '../../src/aws/andon-parameter.ts';
import type { GroupReport } from '../../src/images/ports.ts';
import type { UpdateRecord } from '../../src/updates/ports.ts';
import { pausedUntil } from '../../src/wiring/paused-until.ts';
import { updateWindow } from '../../src/wiring/update-window.ts';
import type { Deployment } from '../deployment.ts';
import { age, print, type Row } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { launchesInWords } from './launches-in-words.ts';
import { groupIn, reportOf, type UpdateRoom, updateRoom } from './update-room.ts';

/** What a shell is told: every node is current, there is something to update or it is under way, a person is needed. */
const STATUS = { current: 0, seenTo: 1, person: 2 } as const;
const NEEDING: ReadonlySet<string> = new Set(['available', 'behind', 'old', 'follows']);

/** What is known of one group. */
interface GroupState {
  readonly groupName: string;
  readonly found: GroupReport | null;
  readonly update: UpdateRecord | null;
  readonly window: Awaited<ReturnType<typeof updateWindow>>;
}

/**
 * Prints for each group what it runs, what there is, how far its update is, when its window opens and what blocks. Gives the exit status.
 * @throws GroupNotThere, and what AWS throws
 */
export async function showUpdates(
  context: CommandContext,
  deployment: Deployment,
  cluster: string,
  { group }: { readonly group?: string },
): Promise<number> {
  const room = await updateRoom(deployment, cluster);
  const groups = group === undefined ? room.groups : [groupIn(room, group)];
  const now = context.now();
  const states = await Promise.all(groups.map((groupName) => stateOf(room, groupName, now)));
  const blocks = await blocksOf(room, now);
  if (context.options.output === 'table') context.out.write(`${summary(room, blocks, now)}\n`);
  const value = { cluster, at: room.watch?.at ?? null, problems: room.watch?.problems ?? [], blocks, groups: states };
  print(context, value, { kind: 'rows', rows: states.map(rowOf), empty: 'it has no groups' });
  return isForgotten(room, now) ? STATUS.person : statusOf(states);
}

/** Nobody has looked for so long that nothing that was found says how it is: the watch should come by each quarter of an hour, or as often as the entry says. */
function isForgotten({ watch, registered }: UpdateRoom, now: Date): boolean {
  const minutes = Math.max(60, 4 * registered.cluster.schedules.updateWatchMinutes);
  return watch === undefined || now.getTime() - Date.parse(watch.at) > minutes * 60_000;
}

async function stateOf(room: UpdateRoom, groupName: string, now: Date): Promise<GroupState> {
  return {
    groupName,
    found: reportOf(room, groupName) ?? null,
    update: room.records.find((record) => record.groupName === groupName) ?? null,
    window: await updateWindow(room.registered, groupName, now),
  };
}

/** What holds every update of the cluster. */
async function blocksOf({ registered }: UpdateRoom, now: Date): Promise<readonly string[]> {
  const [andon, until] = await Promise.all([andonParameter(registered.home).read(), pausedUntil(registered)]);
  return [
    ...(andon ? [`the andon is on since ${andon.since}: ${andon.reason} (${andon.by})`] : []),
    ...(until !== undefined && Date.parse(until) > now.getTime() ? [`it is paused until ${until}`] : []),
  ];
}

function summary({ registered, watch }: UpdateRoom, blocks: readonly string[], now: Date): string {
  const looked = watch
    ? [`looked ${age(now.getTime() - Date.parse(watch.at))} ago`, ...watch.problems]
    : ['nobody has looked for updates yet (schedules.updateWatchMinutes)'];
  return `${registered.cluster.name}: ${[...looked, ...blocks].join('; ')}`;
}

function rowOf({ groupName, found, update, window }: GroupState): Row {
  const isNew = found?.verdict === 'available' || found?.verdict === 'bad';
  return {
    group: groupName,
    policy: found?.policy,
    runs: found?.launches ? launchesInWords(found.launches) : undefined,
    newest:
      isNew && found?.newest ? launchesInWords({ version: found.version, imageId: found.newest.imageId }) : undefined,
    outdated: found ? `${found.outdated} of ${found.nodes}` : undefined,
    update: progressOf(update),
    window: window.open
      ? `open${window.until === '' ? '' : ` until ${window.until}`}`
      : `opens ${window.next || 'never'}`,
    why: whyOf(found, update),
  };
}

function progressOf(update: UpdateRecord | null): string {
  if (!update) return '-';
  const { status, phase, moved, waitsFor, endedAt } = update;
  if (status === 'done' || status === 'rolled-back') return `${status} ${endedAt.slice(0, 10)}`;
  const waits = status === 'waiting' && waitsFor !== '' ? ` for ${waitsFor}` : '';
  return `${status}${waits}: ${phase}, ${moved.length} updated`;
}

/** What an update under way does comes before what the last look found. */
function whyOf(found: GroupReport | null, update: UpdateRecord | null): string {
  if (update && (update.status === 'running' || update.status === 'waiting' || update.status === 'stopped'))
    return update.why;
  if (!found) return 'nobody has looked yet';
  const paused = found.paused === null ? [] : [`the group is paused: ${found.paused}`];
  return `${found.verdict}: ${[found.why, ...found.diff, ...paused].join('; ')}`;
}

function statusOf(states: readonly GroupState[]): number {
  // Of a group that nobody has looked at nobody knows whether it is current.
  const needsPerson = states.some(
    ({ update, found }) => update?.status === 'stopped' || !found || found.verdict === 'unseen',
  );
  if (needsPerson) return STATUS.person;
  const isBusy = states.some(
    ({ update, found }) =>
      update?.status === 'running' || update?.status === 'waiting' || NEEDING.has(found?.verdict ?? ''),
  );
  return isBusy ? STATUS.seenTo : STATUS.current;
}
