/** What every benchmark prints, as one JSON line. */
export interface Result {
  readonly name: string;
  /** What `ours`, `peer` and `budget` are measured in. */
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly budget: number;
  readonly ok: boolean;
}

/** Prints the line, the ratio of ours to the peer's included, and makes the process fail when the budget is broken. */
export function printResult<T extends Result>({ name, unit, ours, peer, peerName, budget, ok, ...more }: T): void {
  const ratio = Number((ours / peer).toPrecision(3));
  process.stdout.write(`${JSON.stringify({ name, unit, ours, peer, peerName, ratio, budget, ok, ...more })}\n`);
  if (!ok) process.exitCode = 1;
}
