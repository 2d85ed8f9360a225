/** Something that stays so until somebody mends it. */
export interface Matter {
  /** What pages about it are of: `breakers-open`. */
  readonly kind: string;
  /** Which one of its kind: `group workers-a`, an instance, a cluster. */
  readonly name: string;
  /** As a page says it, in a list of such. */
  readonly words: string;
  /** How long it has to last before anybody is told, in milliseconds. */
  readonly patienceMs: number;
}

/** What is remembered of one, as JSON has it. */
export interface KnownMatter extends Omit<Matter, 'patienceMs'> {
  /** When it was first seen. ISO 8601. */
  readonly since: string;
  /** When a person was told; null: it is too young for that. */
  readonly toldAt: string | null;
  /** Whether a person was told that it lasts. */
  readonly toldAgain: boolean;
}

export type Change = 'began' | 'lasts' | 'over';

/** Matters of one kind that people are to be told of in one page. */
export interface News {
  readonly kind: string;
  readonly change: Change;
  readonly matters: readonly KnownMatter[];
}

/** A night and a day: nobody who was told has seen to it. */
const LASTS_MS = 24 * 3_600_000;

/**
 * What people are told of that stands: once when it has begun, once more when it has lasted for a day, and once when it is over. Whoever remembers `known` before anything is sent tells
 * nothing twice.
 *
 * @param isUnseen whether nobody could see how it is now: it stays as it was
 */
export function newsOf(
  standing: readonly Matter[],
  known: readonly KnownMatter[],
  isUnseen: (one: KnownMatter) => boolean,
  now: Date,
): { readonly news: readonly News[]; readonly known: readonly KnownMatter[] } {
  const before = new Map(known.map((one) => [keyOf(one), one]));
  const stand = standing.map((matter) => next(matter, before.get(keyOf(matter)), now));
  const present = new Set(stand.map(({ matter }) => keyOf(matter)));
  const absent = known.filter((one) => !present.has(keyOf(one)));
  const over = absent.filter((one) => !isUnseen(one) && one.toldAt !== null);
  const changed = [...stand, ...over.map((matter) => ({ matter, change: 'over' as const }))];
  return { news: grouped(changed), known: [...absent.filter(isUnseen), ...stand.map(({ matter }) => matter)] };
}

interface Changed {
  readonly matter: KnownMatter;
  readonly change: Change | undefined;
}

function next({ patienceMs, ...matter }: Matter, before: KnownMatter | undefined, now: Date): Changed {
  const at = now.toISOString();
  const { since, toldAt, toldAgain } = before ?? { since: at, toldAt: null, toldAgain: false };
  const age = (from: string) => now.getTime() - Date.parse(from);
  if (toldAt === null)
    return age(since) < patienceMs
      ? { matter: { ...matter, since, toldAt, toldAgain }, change: undefined }
      : { matter: { ...matter, since, toldAt: at, toldAgain }, change: 'began' };
  const lasts = !toldAgain && age(toldAt) >= LASTS_MS;
  return {
    matter: { ...matter, since, toldAt, toldAgain: toldAgain || lasts },
    change: lasts ? 'lasts' : undefined,
  };
}

function grouped(changed: readonly Changed[]): readonly News[] {
  const pages = new Map<string, News>();
  for (const { matter, change } of changed) {
    if (change === undefined) continue;
    const key = `${matter.kind} ${change}`;
    const { matters } = pages.get(key) ?? { matters: [] };
    pages.set(key, { kind: matter.kind, change, matters: [...matters, matter] });
  }
  return [...pages.values()];
}

function keyOf({ kind, name }: Pick<Matter, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}
