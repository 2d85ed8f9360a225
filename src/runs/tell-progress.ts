import type { RunEvent } from './ports.ts';
import { readSteps } from './read-steps.ts';
import { whatWaits } from './what-waits.ts';

/** What is known of an execution's progress. */
export interface Told {
  /** One line for each step that is new, with its time: `12:00:05 EvictPods`. */
  readonly lines: readonly string[];
  /** What it does now; empty: it is between two steps, or over. */
  readonly now: string;
}

const SILENT: ReadonlySet<string> = new Set(['Choice', 'Pass', 'Succeed', 'Fail']);
/** Blockers that a line names; the execution's variables name them all. */
const TOLD_BY_NAME = 8;

/**
 * What there is to tell of a history of which the first events, up to the id `told`, were told already. A loop is told once, unless what blocks it has changed. Pure.
 */
export function tellProgress(events: readonly RunEvent[], told: number, now: Date): Told {
  const said = new Map<string, string>();
  const lines: string[] = [];
  let variables: Readonly<Record<string, unknown>> = {};
  for (const { id, type, name, at, assigned } of events) {
    variables = { ...variables, ...assigned };
    const kind = type.replace(/State(Entered|Exited)$/, '');
    if (!type.endsWith('StateEntered') || SILENT.has(kind)) continue;
    const blockers = kind === 'Wait' ? blockersIn(variables) : '';
    if (said.get(name) === blockers) continue;
    said.set(name, blockers);
    if (id > told) lines.push(`${at.slice(11, 19)} ${name}${blockers === '' ? '' : `: ${blockers}`}`);
  }
  const waits = whatWaits(readSteps(events), variables);
  const seconds = waits ? Math.max(0, Math.round((now.getTime() - Date.parse(waits.since)) / 1000)) : 0;
  return { lines, now: waits ? `${waits.step} for ${seconds} s: ${waits.words}` : '' };
}

function blockersIn({ blockers }: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(blockers)) return '';
  const told = blockers.filter((one) => typeof one === 'string');
  const more = told.length - TOLD_BY_NAME;
  return [...told.slice(0, TOLD_BY_NAME), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
