import { changeLedger } from './change-ledger.ts';
import { LedgerContended } from './errors.ts';
import type { Ledgers, Luck } from './ports.ts';

/** Twelve, because a lease that stays holds up others. */
const TURNS = 12;

/**
 * Gives a lease back. Only the owner's lease on the instance; one that is gone or another's is left, and said so. Can run again.
 *
 * @throws LedgerContended when others were faster each time
 */
export async function releaseLease(
  { cluster, instanceId, owner }: { cluster: string; instanceId: string; owner: string },
  services: { ledgers: Ledgers; luck: Luck },
): Promise<{ released: boolean }> {
  const settled = await changeLedger(cluster, TURNS, services, ({ leases }) => {
    const others = leases.filter((one) => one.instanceId !== instanceId || one.execution !== owner);
    if (others.length === leases.length) return { outcome: { released: false } };
    return { outcome: { released: true }, ledger: { leases: others } };
  });
  if (settled === 'contended') throw new LedgerContended(cluster, TURNS);
  return settled.outcome;
}
