import type { Invocation } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import type { EventInvokeConfig } from './deployed-function.ts';
import type { VersionRuntime } from './version-runtime.ts';

/** Brings a text to a queue, a topic, a bus or a function, as the role. `attributes` become message attributes where there are such. */
export type Deliver = (
  targetArn: string,
  body: string,
  options: { readonly roleArn: string; readonly attributes?: Readonly<Record<string, string>> },
) => Promise<void>;

/** An event that waits for its function. */
export interface QueuedEvent {
  readonly version: VersionRuntime;
  /** As invoked. */
  readonly arn: string;
  readonly requestId: string;
  readonly payload: unknown;
  readonly config: EventInvokeConfig | undefined;
}

interface Attempt {
  readonly event: QueuedEvent;
  readonly queuedAt: number;
  /** Invocations that the function failed. */
  readonly failures: number;
  /** Attempts that Lambda itself refused. */
  readonly refusals: number;
}

interface Options {
  readonly world: World;
  readonly deliver: Deliver;
  /** @throws AwsError when Lambda refuses to invoke now. */
  readonly invoke: (version: VersionRuntime, requestId: string, payload: unknown, arn: string) => Promise<Invocation>;
}

type Condition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';

// Source for all of these: docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const RETRY_AFTER_MS = [60_000, 120_000];
const DEFAULT_RETRIES = 2;
const DEFAULT_EVENT_AGE_SECONDS = 21_600;
const LONGEST_BACKOFF_MS = 5 * 60_000;
// How long an event lies in Lambda's queue when nothing is in its way; assumed.
const QUEUE_MS = [10, 60] as const;

/** Lambda's queue of asynchronous events: retries, backoff, and what becomes of events that go on failing. */
export class AsyncInvocations {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  add(event: QueuedEvent): void {
    const { world } = this.#options;
    const delay = world.random.for('lambda:async').integer(...QUEUE_MS);
    this.#schedule({ event, queuedAt: world.now(), failures: 0, refusals: 0 }, delay);
  }

  #schedule(attempt: Attempt, delayMs: number): void {
    const { settings } = attempt.event.version;
    this.#options.world.after(delayMs, `lambda:${settings.name} asynchronous event`, () => void this.#attempt(attempt));
  }

  async #attempt(attempt: Attempt): Promise<void> {
    const { version, requestId, payload, arn } = attempt.event;
    let result: Invocation;
    try {
      result = await this.#options.invoke(version, requestId, payload, arn);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return await this.#refused(attempt);
    }
    if (result.ok) return await this.#finish(attempt, 'Success', result);
    await this.#failed({ ...attempt, failures: attempt.failures + 1 }, result);
  }

  async #refused(attempt: Attempt): Promise<void> {
    const delayMs = Math.min(1000 * 2 ** attempt.refusals, LONGEST_BACKOFF_MS);
    if (this.#tooOld(attempt, delayMs)) return await this.#finish(attempt, 'EventAgeExceeded', undefined);
    this.#schedule({ ...attempt, refusals: attempt.refusals + 1 }, delayMs);
  }

  async #failed(attempt: Attempt, result: Invocation): Promise<void> {
    const retries = attempt.event.config?.maximumRetryAttempts ?? DEFAULT_RETRIES;
    const delayMs = RETRY_AFTER_MS[attempt.failures - 1];
    if (attempt.failures > retries || delayMs === undefined) {
      return await this.#finish(attempt, 'RetriesExhausted', result);
    }
    if (this.#tooOld(attempt, delayMs)) return await this.#finish(attempt, 'EventAgeExceeded', result);
    this.#schedule(attempt, delayMs);
  }

  #tooOld({ event, queuedAt }: Attempt, delayMs: number): boolean {
    const maximum = (event.config?.maximumEventAgeSeconds ?? DEFAULT_EVENT_AGE_SECONDS) * 1000;
    return this.#options.world.now() + delayMs - queuedAt > maximum;
  }

  async #finish(attempt: Attempt, condition: Condition, result: Invocation | undefined): Promise<void> {
    const { world } = this.#options;
    const { version, requestId, config } = attempt.event;
    const { name, roleArn, deadLetterArn } = version.settings;
    if (condition !== 'Success') {
      world.history.record(`lambda:${name}`, 'EventGivenUp', { requestId, condition });
      if (deadLetterArn)
        await this.#deliver(
          deadLetterArn,
          JSON.stringify(attempt.event.payload),
          roleArn,
          errorAttributes(requestId, result),
        );
    }
    const target = condition === 'Success' ? config?.onSuccessArn : config?.onFailureArn;
    if (target) await this.#deliver(target, JSON.stringify(this.#record(attempt, condition, result)), roleArn);
  }

  // Lambda itself only counts a destination that does not take the record (DestinationDeliveryFailures).
  async #deliver(target: string, body: string, roleArn: string, attributes?: Record<string, string>): Promise<void> {
    try {
      await this.#options.deliver(target, body, { roleArn, ...(attributes ? { attributes } : {}) });
    } catch (error) {
      const reason = error instanceof AwsError ? error.code : String(error);
      this.#options.world.history.record('lambda', 'DestinationDeliveryFailed', { target, reason });
    }
  }

  // Source: docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
  #record({ event, failures, refusals }: Attempt, condition: Condition, result: Invocation | undefined): object {
    return {
      version: '1.0',
      timestamp: this.#options.world.date().toISOString(),
      requestContext: {
        requestId: event.requestId,
        functionArn: event.arn === event.version.settings.arn ? `${event.arn}:$LATEST` : event.arn,
        condition,
        approximateInvokeCount: Math.max(1, failures + (condition === 'Success' ? 1 : 0) || refusals),
      },
      requestPayload: event.payload,
      ...(result ? { responseContext: responseContext(result), responsePayload: responsePayload(result) } : {}),
    };
  }
}

function responseContext(result: Invocation): object {
  const functionError = result.ok ? {} : { functionError: 'Unhandled' };
  return { statusCode: 200, executedVersion: result.executedVersion, ...functionError };
}

/** What Invoke answers as its payload: the value, or the error as an object. */
export function responsePayload(result: Invocation): unknown {
  if (result.ok) return result.payload;
  const { errorType, errorMessage, trace } = result;
  return { errorType, errorMessage, ...(trace.length > 0 ? { trace } : {}) };
}

function errorAttributes(requestId: string, result: Invocation | undefined): Record<string, string> {
  const message = result && !result.ok ? { ErrorMessage: result.errorMessage.slice(0, 1024) } : {};
  return { RequestID: requestId, ErrorCode: '200', ...message };
}
