import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { problemsOf } from '../schema/problems.ts';
import { type AuditedAction, auditRecord, trailing } from './audit-trail.ts';
import { type CallCounts, countingCalls } from './call-counts.ts';
import { type Envelope, openEnvelope } from './envelope.ts';
import { InvalidInput, InvalidOutput } from './errors.ts';
import { jsonLogger, type Logger, type LogSink, logLevel } from './logger.ts';
import { embeddedMetrics, type Piece, pieceMetrics } from './metrics.ts';
import { redact } from './redact.ts';
import { ServiceCache } from './service-cache.ts';

/** What a step knows of its surroundings. */
export interface TaskRuntime extends Envelope {
  /** The time. Steps and decisions take it from here and never from the clock. */
  now(): Date;
  /** Milliseconds until Lambda ends this invocation. */
  remainingMs(): number;
  /** Requests to AWS and Kubernetes that this invocation has sent, retries included. */
  calls(): number;
  /** Says for the record of what was changed which cluster it is about, and why, where the input does not. */
  record(about: { readonly cluster: string; readonly reason: string }): void;
  readonly logger: Logger;
}

/** What Lambda tells about an invocation; the part of its context that is used here. */
export interface LambdaContext {
  readonly functionName?: string;
  readonly awsRequestId?: string;
  getRemainingTimeInMillis?(): number;
}

/** What of an input is the same for all calls that services are kept for. */
type OfCluster<Input> = Pick<Input, Extract<keyof Input, 'cluster'>>;

/** One Lambda function: what it takes, what it gives, what it needs, and what it does. */
export interface Task<Input extends z.core.$ZodType, Output extends z.core.$ZodType, Services> {
  /** Schema of the input, without the envelope. Use `z.unknown()` for events that the step reads itself. */
  readonly input: Input;
  readonly output: Output;
  /** Built on the first call of a cold start, once per cluster, and again after five minutes. A warm function serves many calls with them: what belongs to one, or to one group, is for `run`. */
  readonly services: (
    input: OfCluster<z.core.output<Input>>,
    runtime: Omit<TaskRuntime, 'execution'>,
  ) => Promise<Services> | Services;
  readonly run: (
    input: z.core.output<Input>,
    services: Services,
    runtime: TaskRuntime,
  ) => Promise<z.core.input<Output>> | z.core.input<Output>;
  /** Metrics that the output stands for, by name: `({ approved }) => ({ CertificatesApproved: approved.length })`. */
  readonly counters?: (output: z.core.output<Output>) => Readonly<Record<string, number>>;
  /** Metrics of parts of a cluster, each with the part's name as one more dimension. Each part is a metric that is billed for the hours in which it has values. */
  readonly pieces?: (output: z.core.output<Output>) => readonly Piece[];
  /** As counters, but once for all clusters of the deployment: what an alarm watches (deploy/stack/alarms.cjs), of which 0 is well. */
  readonly alarms?: (output: z.core.output<Output>) => Readonly<Record<string, number>>;
}

/** Where log lines go, the clock, and the settings; a test gives its own. */
export interface Surroundings extends LogSink {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Keeps the record of what was changed, within a second. Absent: there is none. */
  readonly keepRecord?: (place: { readonly bucket: string; readonly key: string }, record: object) => Promise<void>;
}

/** A function that Lambda can call. Fails with whatever the step failed with. */
export type TaskHandler = (event: unknown, context?: LambdaContext) => Promise<unknown>;

interface Call extends Envelope {
  readonly input: unknown;
  readonly cluster: unknown;
  readonly counts: CallCounts;
  readonly startedAt: number;
  readonly trail: AuditedAction[];
  readonly functionName: string;
  readonly requestId: string;
  readonly runtime: TaskRuntime;
  readonly workflowName: string;
  counters: Readonly<Record<string, number>>;
  alarms: Readonly<Record<string, number>>;
  pieces: readonly Piece[];
  about?: { readonly cluster: string; readonly reason: string };
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
    call.alarms = definition.alarms?.(output) ?? {};
    call.pieces = definition.pieces?.(output) ?? [];
    return output;
  };

  // The event is replaced by the call once it is opened, so that each later phase finds everything about it there.
  const audited = (call: Call): Promise<unknown> => {
    const bucket = surroundings.environment.AUDIT_BUCKET;
    return bucket ? trailing(call.trail, `s3://${bucket}/`, () => perform(call)) : perform(call);
  };
  const handler = middy<Call, unknown>(async (call: Call) => countingCalls(call.counts, () => audited(call)), {
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
  const call: Call = {
    ...envelope,
    input,
    cluster,
    counts,
    trail: [],
    functionName: context.functionName ?? 'none',
    requestId: context.awsRequestId ?? 'none',
    startedAt: surroundings.now().getTime(),
    workflowName: envelope.workflow ?? context.functionName ?? 'none',
    counters: {},
    alarms: {},
    pieces: [],
    runtime: {
      ...envelope,
      logger,
      now: () => surroundings.now(),
      calls: () => counts.awsCalls + counts.kubernetesCalls,
      remainingMs: () => context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY,
      record: (about) => {
        call.about = about;
      },
    },
  };
  return call;
}

async function report(call: Call, surroundings: Surroundings, failure?: { readonly error: unknown }): Promise<void> {
  await audit(call, surroundings, failure);
  const time = surroundings.now();
  const durationMs = time.getTime() - call.startedAt;
  const figures = { durationMs, ...call.counts, ...call.counters, ...call.alarms };
  if (failure) call.runtime.logger.error('step failed', { ...figures, error: failure.error });
  else call.runtime.logger.info('step done', figures);
  const cluster = typeof call.cluster === 'string' ? call.cluster : 'none';
  const { workflowName: workflow, counters, alarms } = call;
  const metrics = embeddedMetrics({
    time,
    cluster,
    workflow,
    Duration: durationMs,
    Failures: failure ? 1 : 0,
    counters,
    alarms,
    deployment: surroundings.environment.DEPLOYMENT,
  });
  surroundings.write(JSON.stringify(metrics));
  for (const piece of call.pieces) surroundings.write(JSON.stringify(pieceMetrics({ ...piece, time, cluster })));
}

/** Best effort: a record that cannot be kept is counted, and fails nothing. */
async function audit(call: Call, surroundings: Surroundings, failure?: { readonly error: unknown }): Promise<void> {
  const bucket = surroundings.environment.AUDIT_BUCKET;
  if (!bucket || call.trail.length === 0 || !surroundings.keepRecord) return;
  const { functionName, requestId, execution, step, workflow, input, about, trail } = call;
  const { cluster = call.cluster, reason } = about ?? {};
  const { error } = failure ?? {};
  const { key, record } = auditRecord(
    {
      time: surroundings.now(),
      cluster: typeof cluster === 'string' && CLUSTER.test(cluster) ? cluster : 'none',
      functionName,
      requestId,
      execution,
      step,
      workflow,
      reason: reason === undefined ? reasonOf(input) : redact(reason),
      outcome: failure ? (error instanceof Error ? error.name : 'failed') : 'done',
    },
    trail,
  );
  try {
    await surroundings.keepRecord({ bucket, key }, record);
  } catch (lost) {
    call.runtime.logger.error('audit record lost', { key, record, error: lost });
    call.alarms = { ...call.alarms, AuditRecordsLost: 1 };
  }
}

/** What may stand in a key: an input that was refused may hold anything. */
const CLUSTER = /^[a-z0-9][a-z0-9-]{0,62}$/;

function reasonOf(input: unknown): string | undefined {
  const reason = typeof input === 'object' && input !== null && 'reason' in input ? input.reason : undefined;
  return typeof reason === 'string' && reason !== '' ? redact(reason) : undefined;
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
  async keepRecord({ bucket, key }, record) {
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL: endpoint } = process.env;
    const [{ awsAccess }, { putAuditRecord }] = await Promise.all([
      import('../aws/aws-access.ts'),
      import('../aws/put-audit-record.ts'),
    ]);
    await putAuditRecord(awsAccess({ region }), { bucket, key, endpoint }, record);
  },
};
