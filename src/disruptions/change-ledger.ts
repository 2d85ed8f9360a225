import type { Ledger, Ledgers, Luck } from './ports.ts';

/** The first pause after a conflict is at most so long; each later one twice as long, up to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 800;

/** What to write, if anything, and what to tell. */
export interface Change<Outcome> {
  readonly ledger?: Ledger;
  readonly outcome: Outcome;
}

/**
 * Reads a cluster's ledger, decides, and writes it unless somebody else did meanwhile: then all over again, after a random pause.
 *
 * @param decide is asked once a turn, with the ledger as it is; what else it looks at it should read then and not before, so that what
 *   leaves the ledger is seen elsewhere.
 * @returns `contended` when others were faster in every turn; nothing was written then.
 */
export async function changeLedger<Outcome>(
  cluster: string,
  turns: number,
  { ledgers, luck }: { ledgers: Ledgers; luck: Luck },
  decide: (ledger: Ledger) => Promise<Change<Outcome>> | Change<Outcome>,
): Promise<{ readonly outcome: Outcome } | 'contended'> {
  for (let turn = 0; turn < turns; turn += 1) {
    if (turn > 0) await luck.pause(luck.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (turn - 1)));
    const stored = await ledgers.read(cluster);
    const { ledger, outcome } = await decide(stored?.ledger ?? { leases: [] });
    if (ledger === undefined || (await ledgers.write(cluster, ledger, stored?.etag)) === 'written') return { outcome };
  }
  return 'contended';
}
