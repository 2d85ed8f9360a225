import { costOf } from '../../src/prices/cost-model.ts';
import type { KnownRun, Runs } from '../../src/runs/ports.ts';
import { type Story, tellStory } from '../../src/runs/tell-story.ts';
import { whatNext } from '../../src/runs/what-next.ts';
import type { Deployment } from '../deployment.ts';
import { runsOf } from '../on-deployment.ts';
import { age, print, type Row } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';
import { soughtRun } from './sought-run.ts';

/** Executions that executions have started are told that deep, and so many of one. */
const DEPTH = 3;
const CHILDREN = 20;
/** Functions have that much memory, but for one (serverless.yml). */
const GIGABYTES = 0.5;

type Told = Omit<Story, 'children'> & { readonly dollars: number; readonly children: readonly Told[] };

/**
 * Prints the story of an execution from its history, and those of the executions that it started.
 * @throws RunNotFound, RunAmbiguous, and what AWS throws
 */
export async function explainRun(context: CommandContext, deployment: Deployment, id: string): Promise<void> {
  const runs = runsOf(deployment);
  const story = await toldOf(await soughtRun(id, runs), runs, context.now(), DEPTH);
  if (context.options.output !== 'table') return print(context, story, { kind: 'fields', fields: {} });
  print(context, story, { kind: 'fields', fields: fieldsOf(story) });
  context.out.write('\n');
  print(context, story, { kind: 'rows', rows: rowsOf(story, ''), empty: 'It has done nothing yet.' });
  if (story.next.length > 0) context.out.write(`\n${story.next.map((line) => `next: ${line}\n`).join('')}`);
}

async function toldOf(run: KnownRun, runs: Runs, now: Date, depth: number): Promise<Told> {
  const { children, ...story } = tellStory(run, await runs.history(run.execution), now);
  const followed = depth === 0 ? [] : children.slice(0, CHILDREN);
  const known = (await Promise.all(followed.map((each) => runs.describe(each)))).filter((one) => one !== undefined);
  const told: Told[] = [];
  for (const child of known) told.push(await toldOf(child, runs, now, depth - 1));
  const waits = told.findLast(({ endedAt }) => endedAt === '')?.waits;
  // What blocks is known to whom it blocks, and so is what a person can do about it.
  const next = story.waits && waits ? whatNext(run, waits) : story.next;
  return { ...story, ...(story.waits && waits && { waits }), next, dollars: dollarsOf(story.used), children: told };
}

function dollarsOf({ stateTransitions, lambdaInvocations, lambdaSeconds }: Story['used']): number {
  const none = { logBytes: 0, s3Writes: 0, s3Reads: 0, secretsManagerCalls: 0, kmsRequests: 0, snsPublishes: 0 };
  return costOf({ ...none, stateTransitions, lambdaInvocations, lambdaGigabyteSeconds: lambdaSeconds * GIGABYTES })
    .compute;
}

function fieldsOf(story: Told): Row {
  const { workflow, status, about, asked, reason, startedAt, endedAt, seconds, waits, failure, outcome } = story;
  const all = allOf(story);
  const sum = (pick: (used: Story['used']) => number) => all.reduce((total, { used }) => total + pick(used), 0);
  const dollars = all.reduce((total, one) => total + one.dollars, 0);
  const subject = Object.entries(about).filter(([, text]) => text !== '');
  return {
    execution: story.execution,
    workflow,
    status: `${status.toLowerCase()}${outcome === '' ? '' : `: ${outcome}`}`,
    about: subject.map(([, text]) => text).join(', ') || undefined,
    'asked by': `${asked.by}: ${asked.words}`,
    ...(reason !== '' && { why: reason }),
    started: startedAt,
    ...(endedAt === '' ? { running: age(seconds * 1000) } : { ended: `${endedAt}, after ${age(seconds * 1000)}` }),
    ...(waits && { 'waits in': `${waits.step} since ${waits.since}`, for: waits.words }),
    ...(waits && waits.blockers.length > 1 && { blockers: waits.blockers.join('; ') }),
    ...(failure && { error: failure.error, cause: failure.cause || undefined, runbook: failure.runbook || undefined }),
    used: `${sum((used) => used.stateTransitions)} transitions, ${sum((used) => used.lambdaInvocations)} calls of functions (${sum((used) => used.lambdaSeconds).toFixed(1)} s), ${sum((used) => used.sdkCalls)} of AWS by the machine, ${sum((used) => used.apiCalls)} that results tell of`,
    compute: `$${dollars.toFixed(5)}`,
  };
}

function allOf(story: Told): readonly Told[] {
  return [story, ...story.children.flatMap(allOf)];
}

/** Steps in order; those of an execution that was started stand below the step that did. */
function rowsOf(story: Told, indent: string): Row[] {
  return story.steps.flatMap((step) => [
    {
      at: step.at.slice(11, 19),
      step: `${indent}${step.step}${step.now ? ' (now)' : ''}`,
      times: step.times,
      took: seconds(step.seconds),
      retries: step.retries,
      calls: step.calls || undefined,
      trouble: step.trouble.slice(0, 160) || undefined,
    },
    ...story.children
      .filter(({ execution }) => step.started.includes(execution))
      .flatMap((child) => [headOf(child, `${indent}  `), ...rowsOf(child, `${indent}    `)]),
  ]);
}

function headOf({ startedAt, workflow, name, status, seconds: took, failure }: Told, indent: string): Row {
  return {
    at: startedAt.slice(11, 19),
    step: `${indent}${workflow}: ${status.toLowerCase()}`,
    times: 1,
    took: seconds(took),
    retries: 0,
    calls: name,
    trouble: failure ? `${failure.error}: ${failure.cause}`.slice(0, 160) : undefined,
  };
}

function seconds(value: number): string {
  return value < 120 ? `${value.toFixed(1)}s` : age(value * 1000);
}
