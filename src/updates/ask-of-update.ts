import { type Asked, isEksAtWork, type UpdateRecord } from './update-record.ts';

/** What has to happen for somebody to get what they ask of an update. */
export type Answer =
  /** The record is written so; an execution that works on it heeds it at its next turn. */
  | { readonly kind: 'write'; readonly record: UpdateRecord; readonly words: string }
  /** An execution of os-update is started with this. */
  | { readonly kind: 'start'; readonly input: { readonly resume: true } | { readonly rollBack: true } }
  /** There is nothing that could be asked for that. */
  | { readonly kind: 'refuse'; readonly why: string };

/** What a person can ask of an update. */
export type Ask = Asked['what'] | 'resume';

/**
 * What a person's wish means for an update as far as it is. One that an execution works on is asked; one that nobody works on is changed here, or gone on with by another
 * execution. Decides only.
 *
 * @param rolls whether EKS still rolls the group
 */
export function askOfUpdate(
  record: UpdateRecord | undefined,
  what: Ask,
  { by, at, reason }: Omit<Asked, 'what'>,
  rolls: boolean,
): Answer {
  if (!record) return { kind: 'refuse', why: 'it was never updated' };
  if (what === 'resume') return resume(record);
  const fixed = record.way === 'managed' ? whyFixed(record, what, rolls) : undefined;
  if (fixed !== undefined) return { kind: 'refuse', why: fixed };
  switch (record.status) {
    case 'running':
      return {
        kind: 'write',
        record: { ...record, asked: { what, by, at, reason } },
        words: 'its execution heeds that at its next turn',
      };
    case 'waiting':
      return what === 'roll-back' ? back : still(record, { what, by, at, reason });
    case 'stopped':
      return what === 'roll-back' ? back : { kind: 'refuse', why: whatIsLeft(record) };
    default:
      if (what === 'roll-back' && record.status === 'done') return back;
      return { kind: 'refuse', why: `its last update is over (${record.status} at ${record.endedAt})` };
  }
}

/** docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupVersion.html */
function whyFixed(record: UpdateRecord, what: Ask, rolls: boolean): string | undefined {
  if (what === 'roll-back') return 'EKS takes no managed node group back to an earlier release';
  if (!isEksAtWork(record)) return undefined;
  if (rolls) return 'EKS stops no update that it has begun';
  if (record.status === 'running') return 'EKS has ended it, and its execution ends at its next turn';
  return what === 'pause' ? 'EKS has ended it, and it is only looked at once more: abort ends it' : undefined;
}

/** Of one that has ended already. */
function whatIsLeft({ way, why }: UpdateRecord): string {
  const goBack = way === 'image' ? ', abort --rollback goes back' : '';
  return `it has stopped already, and nothing of it goes on by itself (${why}). resume goes on with it${goBack}`;
}

const back = { kind: 'start', input: { rollBack: true } } as const;

function resume(record: UpdateRecord): Answer {
  if (record.status === 'waiting' || record.status === 'stopped') return { kind: 'start', input: { resume: true } };
  if (record.status !== 'running')
    return { kind: 'refuse', why: `its last update is over (${record.status} at ${record.endedAt})` };
  return record.asked === null
    ? { kind: 'refuse', why: 'it is under way' }
    : { kind: 'write', record: { ...record, asked: null }, words: 'it goes on as if nothing had been asked' };
}

/** Nobody works on it, and all that it had suspended is put back. */
function still(record: UpdateRecord, asked: Asked): Answer {
  const { by, at, reason } = asked;
  if (asked.what === 'pause') {
    const why = `${by} paused it: ${reason}`;
    return {
      kind: 'write',
      record: { ...record, asked, waitsFor: 'pause', why },
      words: 'it waits until it is resumed',
    };
  }
  const over = { status: 'stopped', waitsFor: '', asked: null, updatedAt: at, endedAt: at } as const;
  return { kind: 'write', record: { ...record, ...over, why: `${by} aborted it: ${reason}` }, words: 'it has stopped' };
}
