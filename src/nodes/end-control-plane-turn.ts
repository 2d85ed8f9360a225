import type { ControlPlaneTurns } from './turn-ports.ts';

/** Lets the next instance join the control plane. Only the owner's turn is ended; one that is over is fine. Can run again. */
export async function endControlPlaneTurn(
  { cluster, execution }: { readonly cluster: string; readonly execution: string },
  turns: ControlPlaneTurns,
): Promise<void> {
  const found = await turns.read(cluster);
  if (found?.turn.owner === execution) await turns.delete(cluster, found.etag);
}
