/** How the API server has answered so far. Times are ISO 8601, empty where there is none. */
export interface Contact {
  /** The last look. */
  readonly lookedAt: string;
  /** Since when it cannot be asked. */
  readonly awaySince: string;
  /** Since when it can again, after it could not. */
  readonly backSince: string;
}

/** So long an API server that is away is outlasted. */
const OUTLASTED_MS = 3_600_000;

/** The same after another look. */
export function contactAfter({ awaySince, backSince }: Contact, answers: boolean, now: Date): Contact {
  const lookedAt = now.toISOString();
  if (!answers) return { lookedAt, awaySince: awaySince || lookedAt, backSince: '' };
  return { lookedAt, awaySince: '', backSince: awaySince === '' ? backSince : lookedAt };
}

/** Whether it has been away for longer than it is waited for. */
export function isAwayForLong({ awaySince }: Contact, now: Date): boolean {
  return awaySince !== '' && now.getTime() - Date.parse(awaySince) >= OUTLASTED_MS;
}

/** Why nodes are not judged yet, in words: kubelets that could not report are silent for a while (S18). undefined: they may be. */
export function whyTooEarly({ backSince }: Contact, quietMinutes: number, now: Date): string | undefined {
  const isQuiet = backSince !== '' && now.getTime() - Date.parse(backSince) < quietMinutes * 60_000;
  return isQuiet ? `the API server answers only since ${backSince}: a node’s silence says nothing yet` : undefined;
}
