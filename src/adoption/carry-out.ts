import { AdoptionChanged } from './errors.ts';
import type { AdoptionRecord, AdoptionRecords, Change, Thing, Things, Wanted } from './ports.ts';
import { covers, differences } from './same.ts';
import { wordsOf } from './words.ts';

/** What is not yet as it is wanted, with what it is now. */
export async function changesOf(wanted: readonly Wanted[], things: Things): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const { thing, after } of wanted) {
    const before = await things.read(thing);
    if (!covers(before, after)) changes.push({ thing, before, after });
  }
  return changes;
}

/**
 * Makes changes, each written down before it is made: whoever comes after a crash knows what was there before. Repeated, it goes on where it stopped;
 * what a thing was before its first change stays on record.
 */
export async function carryOut(
  cluster: string,
  changes: readonly Change[],
  {
    things,
    records,
    uid,
    now,
    made,
  }: {
    readonly things: Things;
    readonly records: AdoptionRecords;
    readonly uid?: string | undefined;
    readonly now: () => Date;
    readonly made: (change: Change) => void;
  },
): Promise<void> {
  const known = await records.read(cluster);
  let record: AdoptionRecord = { cluster, begunAt: now().toISOString(), changes: [], ...known, uid: known?.uid ?? uid };
  for (const change of changes) {
    record = noted(record, change);
    await records.write(record);
    await things.write(change.thing, change.after);
    made(change);
  }
}

function noted(record: AdoptionRecord, change: Change): AdoptionRecord {
  const known = record.changes.some((one) => isSame(one.thing, change.thing));
  if (!known) return { ...record, changes: [...record.changes, change] };
  return {
    ...record,
    changes: record.changes.map((one) => (isSame(one.thing, change.thing) ? { ...one, after: change.after } : one)),
  };
}

function isSame(one: Thing, other: Thing): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What taking an adoption back means for one thing. */
export interface Undoing {
  readonly change: Change;
  /** `restore`: it is as we left it. `gone`: nothing of ours is there any more. `changed`: somebody has changed it since. */
  readonly action: 'restore' | 'gone' | 'changed';
  /** The fields that somebody has changed since. */
  readonly fields: readonly string[];
}

/** Hooks are answered, and groups heard, only with what was made before them; among the rest, the last change goes first. */
const ORDER: Readonly<Partial<Record<Thing['kind'], number>>> = { hook: 0, tag: 1 };
const LAST = 2;

/** What taking an adoption back would do, in its order: hooks, tags, then the rest, last change first. */
export async function undoingsOf(record: AdoptionRecord, things: Things): Promise<readonly Undoing[]> {
  const undoings: Undoing[] = [];
  for (const change of [...record.changes].reverse()) {
    const there = await things.read(change.thing);
    const isAsBefore =
      there === null || (change.before !== null && covers(there, change.before) && covers(change.before, there));
    const fields = isAsBefore ? [] : differences(there, change.after);
    undoings.push({ change, action: isAsBefore ? 'gone' : fields.length === 0 ? 'restore' : 'changed', fields });
  }
  return undoings.sort((one, other) => placeOf(one) - placeOf(other));
}

function placeOf({ change }: Undoing): number {
  return ORDER[change.thing.kind] ?? LAST;
}

/**
 * Takes back what an adoption changed. What somebody has changed since is a reason to do nothing at all, unless it is said what becomes of it: a hook, or
 * an entry, that is left needs tags, credential and rights for its answers. `atRest` is asked once hooks and tags are off, so that no new work comes, and
 * throws while old work still needs the rest. Can be repeated.
 * @throws AdoptionChanged, and what `atRest` throws
 */
export async function takeBack(
  record: AdoptionRecord,
  {
    things,
    records,
    changed: fate,
    atRest,
    made,
  }: {
    readonly things: Things;
    readonly records: AdoptionRecords;
    /** What becomes of what somebody has changed since. */
    readonly changed: 'refuse' | 'keep' | 'take';
    readonly atRest: () => Promise<void>;
    readonly made: (undoing: Undoing) => void;
  },
): Promise<readonly Undoing[]> {
  const undoings = await undoingsOf(record, things);
  const changed = fate === 'take' ? [] : undoings.filter(({ action }) => action === 'changed');
  const inTheWay = fate === 'keep' ? changed.filter(needsTheRest) : changed;
  if (inTheWay.length > 0) throw new AdoptionChanged(record.cluster, inTheWay.map(described));
  const left = undoings.filter((undoing) => undoing.action !== 'gone' && !changed.includes(undoing));
  const undo = async (some: readonly Undoing[]) => {
    for (const undoing of some) {
      await things.write(undoing.change.thing, undoing.change.before);
      made(undoing);
    }
  };
  await undo(left.filter((undoing) => placeOf(undoing) < LAST));
  await atRest();
  await undo(left.filter((undoing) => placeOf(undoing) === LAST));
  await records.delete(record.cluster);
  return changed;
}

function needsTheRest({ change }: Undoing): boolean {
  return change.thing.kind === 'hook' || change.thing.kind === 'parameter';
}

function described({ change, fields }: Undoing): string {
  return `${wordsOf(change.thing)}: ${fields.join(', ')}`;
}
