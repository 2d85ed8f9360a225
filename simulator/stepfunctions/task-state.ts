import type { Cancellation } from './cancellation.ts';
import type { TaskState } from './definition.ts';
import type { Engine, Step, Visit } from './engine.ts';
import { internalError } from './internal-error.ts';
import type { Json } from './json.ts';
import { isTooLarge, tooLarge } from './payload-limit.ts';
import { bindingsOf, leaveState, numberField } from './state-data.ts';
import { Cancelled, StateError } from './state-error.ts';
import { type TaskEvents, taskEvents } from './task-events.ts';
import type { TaskResource } from './task-resource.ts';
import type { WaitingTask } from './task-tokens.ts';
import { evaluateTemplate } from './template.ts';

/** Runs a Task state once: its arguments, its resource, its output. @throws StateError, Cancelled */
export async function runTask(engine: Engine, state: TaskState, visit: Visit): Promise<Step> {
  const { resource } = state;
  const waits = resource.kind === 'service' && resource.pattern === 'waitForTaskToken';
  const waiting = waits ? engine.options.tokens.issue() : undefined;
  try {
    const result = await scheduleTask(engine, state, visit, waiting);
    return await leaveState(engine, state, visit, state.next, result, result);
  } finally {
    waiting?.close();
  }
}

async function scheduleTask(
  engine: Engine,
  state: TaskState,
  visit: Visit,
  waiting: WaitingTask | undefined,
): Promise<Json> {
  const bindings = bindingsOf(engine, state, visit, waiting ? { token: waiting.token } : {});
  const args = state.arguments ? await evaluateTemplate(state.arguments, bindings) : visit.input;
  const timeout = state.timeoutSeconds && (await numberField(state.timeoutSeconds, 'TimeoutSeconds', bindings));
  const heartbeat = state.heartbeatSeconds && (await numberField(state.heartbeatSeconds, 'HeartbeatSeconds', bindings));
  const events = taskEvents(state.resource, engine.options.region);
  const { cursor, cancellation } = visit.frame;
  engine.record(events.scheduled, cursor, events.scheduledDetails(engine.text(args), timeout, heartbeat));
  engine.record(events.started, cursor, events.startedDetails());
  const part = cancellation.child();
  const clock = taskClock(engine, part.part, timeout, waiting ? heartbeat : undefined, waiting);
  try {
    const result = await awaitAnswer(engine, state, args, part.part, waiting, clock.expiry, visit, events);
    checkResult(engine, state.resource, result);
    engine.record(events.succeeded, cursor, events.succeededDetails(JSON.stringify(result)));
    return result;
  } catch (thrown) {
    if (thrown instanceof Cancelled) throw thrown;
    const failure = thrown instanceof StateError ? thrown : internalError(thrown);
    const expired = failure === clock.expired();
    engine.record(expired ? events.timedOut : events.failed, cursor, events.failedDetails(failure, expired));
    throw failure;
  } finally {
    clock.stop();
    part.release();
    part.part.cancel();
  }
}

async function awaitAnswer(
  engine: Engine,
  state: TaskState,
  args: Json,
  cancellation: Cancellation,
  waiting: WaitingTask | undefined,
  expiry: Promise<never>,
  visit: Visit,
  events: TaskEvents,
): Promise<Json> {
  const { executionArn, executionName, roleArn, integrations } = engine.options;
  const origin = { executionArn, executionName, roleArn, cancellation };
  const within = <T>(promise: Promise<T>): Promise<T> =>
    visit.frame.cancellation.guard(Promise.race([promise, expiry]));
  const { response, completion } = await within(integrations.for(state.resource).call(args, origin));
  const end = waiting?.completion ?? completion;
  if (!end) return response;
  completion?.catch(() => {});
  engine.record('TaskSubmitted', visit.frame.cursor, events.submittedDetails(JSON.stringify(response)));
  return within(end);
}

/**
 * The task's deadline, and the longest silence of a task that waits for its token. Heartbeats exist for those only.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html (TimeoutSeconds, HeartbeatSeconds)
 */
function taskClock(
  engine: Engine,
  part: Cancellation,
  timeout: number | undefined,
  heartbeat: number | undefined,
  waiting: WaitingTask | undefined,
) {
  const { world } = engine.options;
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  let expired: StateError | undefined;
  const expire = (error: string): void => {
    expired ??= new StateError(error, undefined);
    reject(expired);
    part.cancel();
  };
  const deadline =
    timeout === undefined ? undefined : world.after(timeout * 1000, 'task timeout', () => expire('States.Timeout'));
  const listen = () => world.after((heartbeat ?? 0) * 1000, 'task heartbeat', () => expire('States.HeartbeatTimeout'));
  let silence = heartbeat === undefined ? undefined : listen();
  waiting?.onHeartbeat(() => {
    silence?.cancel();
    if (silence) silence = listen();
  });
  const stop = (): void => {
    deadline?.cancel();
    silence?.cancel();
  };
  return { expiry: promise, expired: () => expired, stop };
}

/** @throws StateError States.DataLimitExceeded, which States.ALL takes (recorded). */
function checkResult(engine: Engine, resource: TaskResource, result: Json): void {
  if (typeof result !== 'object' && typeof result !== 'string') return;
  if (isTooLarge(engine.text(result))) {
    const name = resource.kind === 'function' ? resource.arn : resource.resourceType;
    throw new StateError('States.DataLimitExceeded', tooLarge(name));
  }
}
