/** When others wrote a cluster's disruption ledger at each attempt to change it. Nothing was written; the step can be repeated as it is. */
export class LedgerContended extends Error {
  override readonly name = 'LedgerContended';

  constructor(cluster: string, turns: number) {
    super(
      `The disruption ledger of cluster ${cluster} was changed by others at each of ${turns} attempts, and nothing was written. ` +
        'Start the execution again; if it goes on, the runbook says how to see who writes',
    );
  }
}
