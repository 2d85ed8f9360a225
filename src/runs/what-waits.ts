import type { RunEvent } from './ports.ts';
import { fieldsOf, type Step } from './read-steps.ts';

/** What an execution that runs is about now. */
export interface Waiting {
  readonly step: string;
  /** ISO 8601: since when it is in this step. */
  readonly since: string;
  /** What it waits for, or what blocks, in words; the name of the step where nothing more is known. */
  readonly words: string;
  /** What keeps it, one line each: `shop/web-1: PodDisruptionBudget shop/web allows 0 disruptions`. */
  readonly blockers: readonly string[];
  /** Whether only a person lets it go on. */
  readonly person: boolean;
}

/** Steps that wait for the word of a person, by the call that waits for it. */
const PERSON = /\.waitForTaskToken$/;

/** What it waits for, from the last steps and the variables as they are. undefined: no step is open. Pure. */
export function whatWaits(steps: readonly Step[], variables: Readonly<Record<string, unknown>>): Waiting | undefined {
  const open = steps.findLast(({ leftAt }) => leftAt === '');
  if (!open) return undefined;
  const person = PERSON.test(open.calls);
  const blockers = listOf(variables.blockers);
  const told = [...blockers, textOf(variables.trouble), textOf(variables.why), textOf(variables.waitingFor)];
  const known = told.filter((one) => one !== '' && one !== 'nobody knows');
  const words = person ? 'a person has to approve or refuse it' : (known[0] ?? wordsOf(open));
  return { step: open.name, since: open.enteredAt, words, blockers, person };
}

/** `WaitForPods` waits for pods; `EvictPods` is under way. */
function wordsOf({ name, started }: Step): string {
  const words = name.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();
  if (started.length > 0) return `an execution that it started: ${started.at(-1)?.split(':').slice(6).join(' ')}`;
  return words.startsWith('wait for ') ? words.slice('wait for '.length) : `${words} is under way`;
}

/** What waits for a person's answer, and the token to answer it with; undefined: nothing does. */
export function waitingQuestion(
  events: readonly RunEvent[],
): { readonly token: string; readonly shows: string } | undefined {
  const ends = endsOfTasks(events);
  const waits = questions(events).findLast(({ id }) => !ends.has(id));
  const { Payload, Message } = fieldsOf(waits?.parameters ?? '');
  if (typeof Payload === 'object' && Payload !== null) {
    const { token, shows } = Payload as Readonly<Record<string, unknown>>;
    return typeof token === 'string' ? { token, shows: textOf(shows) } : undefined;
  }
  // Executions that began before a function sent the page sent it themselves.
  const token = typeof Message === 'string' ? /--task-token (\S+)/.exec(Message)?.[1] : undefined;
  return token === undefined ? undefined : { token, shows: textOf(Message).split('\n\nCluster: ')[0] ?? '' };
}

/** What a person has answered last; `by` is who said yes, or the cause that came with the no. undefined: nobody has. */
export function givenAnswer(
  events: readonly RunEvent[],
): { readonly answer: 'approved' | 'refused'; readonly by: string } | undefined {
  const ends = endsOfTasks(events);
  const end = questions(events)
    .map(({ id }) => ends.get(id))
    .findLast((one) => one !== undefined);
  if (end?.type === 'TaskSucceeded') return { answer: 'approved', by: textOf(fieldsOf(end.output).by) };
  return end?.type === 'TaskFailed' && end.error === 'Refused' ? { answer: 'refused', by: end.cause } : undefined;
}

function questions(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.filter(({ type, resource }) => type === 'TaskScheduled' && PERSON.test(resource));
}

/** How tasks ended, by the id of their TaskScheduled. */
function endsOfTasks(events: readonly RunEvent[]): ReadonlyMap<number, RunEvent> {
  const scheduled = lineOf(events);
  const ends = events.filter(({ type }) => /^Task(Succeeded|Failed|TimedOut)$/.test(type));
  return new Map(ends.map((end) => [scheduled(end), end]));
}

/** The id of the TaskScheduled that an event belongs to. */
function lineOf(events: readonly RunEvent[]): (event: RunEvent) => number {
  const byId = new Map(events.map((event) => [event.id, event]));
  return (event) => {
    let at: RunEvent | undefined = event;
    while (at && at.type !== 'TaskScheduled') at = byId.get(at.previous);
    return at?.id ?? 0;
  };
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : listOf(value).join(', ');
}
