import type { Action } from './decision.ts';
import { isLeaving, type UpdateSight, type UpdatingMember } from './sight.ts';
import type { Turn } from './turn.ts';
import type { Move, Moved, UpdateRecord, Wave } from './update-record.ts';

/** An execution that has not begun by then never will. */
const START_WITHIN_MS = 1_800_000;
/** A node that somebody else drains is waited for this long. */
const JOINED_MS = 7_200_000;

/** The record with what became of its executions for nodes. */
export function noteMoves(record: UpdateRecord, sight: UpdateSight, now: Date): UpdateRecord {
  const { wave } = record;
  if (!wave) return record;
  const moves = wave.moves.map((move) => (move.state === 'open' ? noted(move, record, sight, now) : move));
  // What is given back, or taken back, was not updated.
  const forward = wave.stage === 'move' && record.phase !== 'roll-back';
  const gone = moves.filter((move, index) => forward && move.state === 'moved' && wave.moves[index]?.state === 'open');
  const moved: Moved[] = gone.map(({ instanceId, nodeName, zone }) => ({
    instanceId,
    nodeName,
    zone,
    at: now.toISOString(),
  }));
  return { ...record, wave: { ...wave, moves }, moved: [...record.moved, ...moved] };
}

function noted(move: Move, { way }: UpdateRecord, { fates, group }: UpdateSight, now: Date): Move {
  const fate = fates[move.execution];
  if (!fate) {
    const isLate = now.getTime() - Date.parse(move.since) >= START_WITHIN_MS;
    return isLate ? { ...move, state: 'failed', why: 'its execution could not be started' } : move;
  }
  if (fate.state === 'running') return move;
  if (fate.state !== 'joined') return { ...move, ...fate, state: fate.state };
  // Somebody else empties it: it has moved when it has left.
  const member = group?.members.find(({ instanceId }) => instanceId === move.instanceId);
  if (way === 'image' && (!member || isLeaving(member))) return { ...move, state: 'moved', why: fate.why };
  const waited = now.getTime() - Date.parse(move.since) >= JOINED_MS;
  return waited ? { ...move, state: 'failed', why: 'another execution has it, and it did not go' } : move;
}

/** Moves that have not ended. */
export function openMoves({ wave }: UpdateRecord): readonly Move[] {
  return wave?.moves.filter(({ state }) => state === 'open') ?? [];
}

/** Starts executions that nobody has seen yet; to start one twice is to start it once, by its name. */
export function startsOf({ record, sight }: Turn): readonly Action[] {
  const notAfter = record.now || record.phase === 'roll-back' ? '' : sight.window.until;
  return openMoves(record)
    .filter(({ execution }) => sight.fates[execution] === undefined)
    .map(({ instanceId, nodeName, execution, shrink }) => ({
      atLeast: record.wave?.base ?? 0,
      kind: 'move',
      instanceId,
      nodeName,
      execution,
      shrink,
      notAfter,
    }));
}

/** The record with moves of these members in its wave. Names of executions are never used twice. */
export function withMoves(
  { record, sight, now }: Turn,
  wave: Wave,
  members: readonly UpdatingMember[],
  shrink: boolean,
): UpdateRecord {
  const stamp = record.startedAt.replace(/[-:]|\.\d+Z$/g, '');
  const nameOf = (instanceId: string) =>
    sight.nodes === 'unknown' ? undefined : sight.nodes.find((one) => one.instanceId === instanceId)?.name;
  const moves = members.map(
    ({ instanceId, zone }, index): Move => ({
      instanceId,
      nodeName: nameOf(instanceId) ?? '',
      zone,
      execution: `update-${instanceId}-${stamp}-${record.moves + index + 1}`,
      shrink,
      shrunk: false,
      state: 'open',
      why: '',
      since: now.toISOString(),
    }),
  );
  return { ...record, moves: record.moves + moves.length, wave: { ...wave, moves: [...wave.moves, ...moves] } };
}

/** Members that go when capacity is given back: those of what is taken back, youngest last in Auto Scaling's list, then any. */
export function surplusMembers({ record, group }: Turn, count: number): readonly UpdatingMember[] {
  const serving = group.members.filter(
    (one) =>
      one.lifecycleState === 'InService' && !openMoves(record).some(({ instanceId }) => instanceId === one.instanceId),
  );
  const isTargets = ({ version }: UpdatingMember) =>
    version === record.target.version && record.target.version !== record.previous.version;
  return [...serving.filter(isTargets).toReversed(), ...serving.filter((one) => !isTargets(one)).toReversed()].slice(
    0,
    count,
  );
}

/** Members that were launched, are not in service yet and are no Nodes; and whether there are such that are. */
export function joiningMembers({ sight, group }: Turn) {
  const pending = group.members.filter(({ lifecycleState }) => lifecycleState.startsWith('Pending'));
  const hasNode = ({ instanceId }: UpdatingMember) =>
    sight.nodes === 'unknown' || sight.nodes.some((one) => one.instanceId === instanceId);
  return { joining: pending.filter((one) => !hasNode(one)), withNode: pending.some(hasNode) };
}
