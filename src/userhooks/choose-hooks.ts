/** A hook of the user's own, as the registry has it. */
export interface Hook {
  readonly name: string;
  readonly run:
    | { readonly kind: 'lambda' | 'state-machine'; readonly arn: string }
    | { readonly kind: 'ssm-document'; readonly name: string };
  readonly timeoutSeconds: number;
  readonly onFailure: 'continue' | 'block';
}

/** What is asked: whether hooks are run now, and how long each may take. */
export interface HooksWanted {
  /** `before-drain` and the like. */
  readonly point: string;
  /** What takes the node away, ISO 8601; empty when nothing does. */
  readonly deadline: string;
  /** Whether what waits for the hooks can be held: an instance that goes in any case cannot. */
  readonly voluntary: boolean;
}

/** One hook that is to be run. */
export interface PlannedHook {
  readonly name: string;
  readonly kind: 'lambda' | 'state-machine' | 'ssm-document';
  /** An ARN, or the name of a document. */
  readonly target: string;
  readonly timeoutSeconds: number;
  /** Whether its failure holds what waits for it. */
  readonly blocks: boolean;
}

/** Hooks in their order, and those that there is no time for. */
export interface HooksPlan {
  readonly hooks: readonly PlannedHook[];
  readonly skipped: readonly string[];
  /** The first of those whose failure would hold what can be held; empty: none. */
  readonly missed: string;
}

/** Less than this is not worth beginning with. */
const SHORTEST_SECONDS = 5;

/**
 * Decides which of a point's hooks are run, and how long each may take. Before a node joins or is emptied they get at most a quarter of the time until it has to be
 * done, since the rest is needed for that; later all but the last minute, in which a lifecycle hook is answered. The first ones come first: those
 * that no time is left for are skipped, and said so.
 */
export function chooseHooks(hooks: readonly Hook[], wanted: HooksWanted, now: Date): HooksPlan {
  let left = secondsFor(wanted, now);
  const planned: PlannedHook[] = [];
  const skipped: string[] = [];
  let missed = '';
  for (const { name, run, timeoutSeconds, onFailure } of hooks) {
    const seconds = Math.min(timeoutSeconds, left);
    const blocks = wanted.voluntary && onFailure === 'block';
    if (seconds < SHORTEST_SECONDS) {
      skipped.push(name);
      if (blocks) missed ||= name;
      continue;
    }
    left -= seconds;
    const target = run.kind === 'ssm-document' ? run.name : run.arn;
    planned.push({ name, kind: run.kind, target, timeoutSeconds: seconds, blocks });
  }
  return { hooks: planned, skipped, missed };
}

function secondsFor({ point, deadline }: HooksWanted, now: Date): number {
  if (deadline === '') return Number.POSITIVE_INFINITY;
  const seconds = Math.max(0, (new Date(deadline).getTime() - now.getTime()) / 1000);
  return Math.floor(/^before-(bootstrap|drain)$/.test(point) ? seconds / 4 : seconds - 60);
}
