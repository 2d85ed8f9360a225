import type { KnownRun, RunEvent } from './ports.ts';
import { causeOf, fieldsOf, readSteps } from './read-steps.ts';
import { type StepSummary, summarizeSteps } from './summarize-steps.ts';
import { runbookOf, whatNext } from './what-next.ts';
import { type Waiting, whatWaits } from './what-waits.ts';
import { type Asked, whoAsked } from './who-asked.ts';

/** What an execution is about; fields that are not known are empty. */
export interface Subject {
  readonly cluster: string;
  readonly nodeName: string;
  readonly instanceId: string;
  readonly groupName: string;
  readonly zone: string;
}

/** What it used, as far as its history tells. */
export interface Used {
  /** Retries included, as they are billed. */
  readonly stateTransitions: number;
  readonly lambdaInvocations: number;
  readonly lambdaSeconds: number;
  /** Calls that the machine sent itself. */
  readonly sdkCalls: number;
  /** Requests to AWS and Kubernetes that results of functions speak of. */
  readonly apiCalls: number;
}

/** The story of an execution. */
export interface Story {
  readonly execution: string;
  readonly name: string;
  readonly workflow: string;
  readonly status: KnownRun['status'];
  readonly about: Subject;
  readonly asked: Asked;
  readonly reason: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly seconds: number;
  readonly steps: readonly StepSummary[];
  /** Executions that it started, and waited for or not. */
  readonly children: readonly string[];
  /** undefined: it is over. */
  readonly waits?: Waiting | undefined;
  /** undefined: it did not end badly. */
  readonly failure?: { readonly error: string; readonly cause: string; readonly runbook: string } | undefined;
  readonly outcome: string;
  readonly used: Used;
  readonly next: readonly string[];
}

const SUBJECT = ['cluster', 'nodeName', 'instanceId', 'groupName', 'zone'] as const;

/** The story of an execution: who asked and why, its steps, what it waits for, how it ended, what it used, what to do next. Pure. */
export function tellStory(run: KnownRun, events: readonly RunEvent[], now: Date): Story {
  const { execution, name, workflow, status, startedAt, endedAt, input, output } = run;
  const isRunning = endedAt === '';
  const until = isRunning ? now.toISOString() : endedAt;
  const steps = readSteps(events);
  const variables = Object.assign({}, ...events.map(({ assigned }) => assigned)) as Readonly<Record<string, unknown>>;
  const waits = isRunning ? whatWaits(steps, variables) : undefined;
  const isBad = !isRunning && status !== 'SUCCEEDED';
  return {
    execution,
    name,
    workflow,
    status,
    about: subjectOf([variables, output, input]),
    asked: whoAsked(run),
    reason: textOf(input.reason) || textOf(variables.reason),
    startedAt,
    endedAt,
    seconds: (Date.parse(until) - Date.parse(startedAt)) / 1000,
    steps: summarizeSteps(steps, until, isRunning),
    children: [...new Set(steps.flatMap(({ started }) => started))],
    ...(waits && { waits }),
    ...(isBad && { failure: { error: run.error || status, cause: causeOf(run.cause), runbook: runbookOf(run) } }),
    outcome: textOf(output.outcome),
    used: usedBy(steps),
    next: whatNext(run, waits),
  };
}

/** What an execution is about: of each field the first that these tell. An event about another execution has that one's input. */
export function subjectOf(sources: readonly Fields[]): Subject {
  const all = sources.flatMap((source) => [source, objectIn(source.hook), inputOf(objectIn(source.detail))]);
  const [cluster = '', nodeName = '', instanceId = '', groupName = '', zone = ''] = SUBJECT.map(
    (field) => all.map((source) => textOf(source[field])).find((text) => !NOTHING.has(text)) ?? '',
  );
  return { cluster, nodeName, instanceId, groupName, zone };
}

type Fields = Readonly<Record<string, unknown>>;

const NOTHING: ReadonlySet<string> = new Set(['', 'none', 'unknown']);

function inputOf({ input }: Fields): Fields {
  return fieldsOf(textOf(input));
}

function objectIn(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function usedBy(steps: ReturnType<typeof readSteps>): Used {
  const sum = (pick: (one: (typeof steps)[number]) => number) => steps.reduce((total, one) => total + pick(one), 0);
  const isFunction = ({ calls }: (typeof steps)[number]) => calls !== '' && !calls.includes(':');
  const retries = sum(({ attempts }) => Math.max(0, attempts - 1));
  return {
    stateTransitions: steps.length + retries,
    lambdaInvocations: sum((one) => (isFunction(one) ? one.attempts : 0)),
    lambdaSeconds: sum(({ busyMs }) => busyMs) / 1000,
    sdkCalls: sum((one) => (isFunction(one) ? 0 : one.attempts)),
    apiCalls: sum(({ apiCalls }) => apiCalls),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
