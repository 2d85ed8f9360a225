import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { problemsOf } from '../schema/problems.ts';
import { type CallCounts, countingCalls } from './call-counts.ts';
import { type Envelope, openEnvelope } from './envelope.ts';
import { InvalidInput, InvalidOutput } from './errors.ts';
import { jsonLogger, type Logger, type LogSink, logLevel } from './logger.ts';
import { embeddedMetrics } from './metrics.ts';
import { ServiceCache } from './service-cache.ts';

/** What a step knows of its surroundings. */
export interface TaskRuntime extends Envelope {
  /** The time. Steps and decisions take it from here and never from the clock. */
  now(): Date;
  /** Milliseconds until Lambda ends this invocation. */
  remainingMs(): number;
  /** Requests to AWS and Kubernetes that this invocation has sent, retries included. */
  calls(): number;
  readonly logger: Logger;
}

/** What Lambda tells about an invocation; the part of its context that is used here. */
export interface LambdaContext {
  readonly functionName?: string;
  readonly awsRequestId?: string;
  getRemainingTimeInMillis?(): number;
}

/** One Lambda function: what it takes, what it gives, what it needs, and what it does. */
export interface Task<Input extends z.core.$ZodType, Output extends z.core.$ZodType, Services> {
  /** Schema of the input, without the envelope. Use `z.unknown()` for events that the step reads itself. */
  readonly input: Input;
  readonly output: Output;
  /** Built on the first call of a cold start, once per cluster, and again after five minutes. */
  readonly services: (input: z.core.output<Input>, runtime: TaskRuntime) => Promise<Services> | Services;
  readonly run: (
    input: z.core.output<Input>,
    services: Services,
    runtime: TaskRuntime,
  ) => Promise<z.core.input<Output>> | z.core.input<Output>;
  /** Metrics that the output stands for, by name: `({ approved }) => ({ CertificatesApproved: approved.length })`. */
  readonly counters?: (output: z.core.output<Output>) => Readonly<Record<string, number>>;
}

/** Where log lines go, the clock, and the settings; a test gives its own. */
export interface Surroundings extends LogSink {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A function that Lambda can call. Fails with whatever the step failed with. */
export type TaskHandler = (event: unknown, context?: LambdaContext) => Promise<unknown>;

interface Call extends Envelope {
  readonly input: unknown;
  readonly cluster: unknown;
  readonly counts: CallCounts;
  readonly startedAt: number;
  readonly runtime: TaskRuntime;
  readonly workflowName: string;
  counters: Readonly<Record<string, number>>;
}

/**
 * Makes a Lambda handler of a step: parses the input, builds the services once, runs, checks the output, and writes one
 * log record and one set of metrics about it.
 *
 * It catches nothing: an error reaches the caller by its name. Making a handler does no I/O and reads no environment.
 *
 * The handler fails with `InvalidInput` before anything was built or done, with `InvalidOutput` after the step ran.
 */
export function task<Input extends z.core.$ZodType, Output extends z.core.$ZodType, Services>(
  definition: Task<Input, Output, Services>,
  surroundings: Surroundings = LAMBDA,
): TaskHandler {
  const services = new ServiceCache<Services>();
  let cold = true;

  const perform = async (call: Call): Promise<unknown> => {
    const input = parsed(definition.input, call.input, InvalidInput);
    const key = call.cluster === undefined ? '' : JSON.stringify(call.cluster);
    const build = async () => definition.services(input, call.runtime);
    const ready = await services.get(key, surroundings.now().getTime(), build);
    const output = parsed(definition.output, await definition.run(input, ready, call.runtime), InvalidOutput);
    call.counters = definition.counters?.(output) ?? {};
    return output;
  };

  // The event is replaced by the call once it is opened, so that each later phase finds everything about it there.
  const handler = middy<Call, unknown>(async (call: Call) => countingCalls(call.counts, () => perform(call)), {
    timeoutEarlyInMillis: 0,
  }).use({
    before: (request) => {
      request.event = openCall(request.event, request.context, surroundings, cold);
      cold = false;
    },
    after: (request) => report(request.event, surroundings),
    onError: (request) => report(request.event, surroundings, { error: request.error }),
  });
  return (event, context = {}) => handler(event as Call, context as Context) as Promise<unknown>;
}

function openCall(event: unknown, context: LambdaContext, surroundings: Surroundings, cold: boolean): Call {
  const { input, ...envelope } = openEnvelope(event);
  const cluster = typeof input === 'object' && input !== null && 'cluster' in input ? input.cluster : undefined;
  const counts = { awsCalls: 0, kubernetesCalls: 0 };
  const logger = jsonLogger(surroundings, logLevel(surroundings.environment.LOG_LEVEL), {
    cluster: typeof cluster === 'string' ? cluster : undefined,
    execution: envelope.execution,
    step: envelope.step,
    function: context.functionName,
    requestId: context.awsRequestId,
    cold,
  });
  return {
    ...envelope,
    input,
    cluster,
    counts,
    startedAt: surroundings.now().getTime(),
    workflowName: envelope.workflow ?? context.functionName ?? 'none',
    counters: {},
    runtime: {
      ...envelope,
      logger,
      now: () => surroundings.now(),
      calls: () => counts.awsCalls + counts.kubernetesCalls,
      remainingMs: () => context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY,
    },
  };
}

function report(call: Call, surroundings: Surroundings, failure?: { readonly error: unknown }): void {
  const time = surroundings.now();
  const durationMs = time.getTime() - call.startedAt;
  const figures = { durationMs, ...call.counts, ...call.counters };
  if (failure) call.runtime.logger.error('step failed', { ...figures, error: failure.error });
  else call.runtime.logger.info('step done', figures);
  const cluster = typeof call.cluster === 'string' ? call.cluster : 'none';
  const { workflowName: workflow, counters } = call;
  const metrics = embeddedMetrics({
    time,
    cluster,
    workflow,
    Duration: durationMs,
    Failures: failure ? 1 : 0,
    counters,
  });
  surroundings.write(JSON.stringify(metrics));
}

function parsed<S extends z.core.$ZodType>(
  schema: S,
  value: unknown,
  Failure: new (problems: readonly string[]) => Error,
): z.core.output<S> {
  const result = z.safeParse(schema, value);
  if (!result.success) throw new Failure(problemsOf(schema, value, result.error.issues));
  return result.data;
}

// Straight to stdout: Lambda's own console prefixes or re-wraps each line, which the embedded metric format does not survive.
const LAMBDA: Surroundings = {
  now: () => new Date(),
  write: (line) => void process.stdout.write(`${line}\n`),
  get environment() {
    return process.env;
  },
};
