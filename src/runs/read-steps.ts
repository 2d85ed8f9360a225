import type { RunEvent } from './ports.ts';

/** One visit of a state. */
export interface Step {
  readonly name: string;
  /** `Task`, `Wait`, `Choice`, … */
  readonly kind: string;
  /** ISO 8601. */
  readonly enteredAt: string;
  /** ISO 8601; empty while it is in it, or where the execution ended in it. */
  readonly leftAt: string;
  /** What its task calls: `evict-pods`, `autoscaling:completeLifecycleAction`; empty for what is no task. */
  readonly calls: string;
  /** How often it was called; 0 for what is no task. */
  readonly attempts: number;
  /** Errors that it met, `Error: cause`, retried or caught. */
  readonly errors: readonly string[];
  /** ARNs of executions that it started. */
  readonly started: readonly string[];
  /** Milliseconds that functions ran for it. */
  readonly busyMs: number;
  /** Requests that its results say they sent to AWS or Kubernetes. */
  readonly apiCalls: number;
}

type Open = { -readonly [Key in keyof Step]: Step[Key] extends readonly string[] ? string[] : Step[Key] } & {
  calledAt: string;
};

/** Visits of states, in the order in which they were entered. */
export function readSteps(events: readonly RunEvent[]): readonly Step[] {
  const steps: Open[] = [];
  const stepOf = new Map<number, Open>();
  for (const event of events) {
    const step = event.type.endsWith('StateEntered') ? entered(event) : ownerOf(event, steps, stepOf);
    if (!step) continue;
    if (event.type.endsWith('StateEntered')) steps.push(step);
    stepOf.set(event.id, step);
    note(step, event);
  }
  return steps.map(({ calledAt: _calledAt, ...step }) => step);
}

function entered({ type, name, at }: RunEvent): Open {
  const kind = type.slice(0, -'StateEntered'.length);
  const nothing = { leftAt: '', calls: '', attempts: 0, busyMs: 0, apiCalls: 0, calledAt: '' };
  return { name, kind, enteredAt: at, ...nothing, errors: [], started: [] };
}

/** Branches and iterations have lines of their own, so that the state around them is left by its name. */
function ownerOf(event: RunEvent, steps: readonly Open[], stepOf: ReadonlyMap<number, Open>): Open | undefined {
  if (event.type.endsWith('StateExited')) {
    const own = stepOf.get(event.previous);
    if (own?.name === event.name && own.leftAt === '') return own;
    return steps.findLast(({ name, leftAt }) => name === event.name && leftAt === '');
  }
  return stepOf.get(event.previous);
}

function note(step: Open, event: RunEvent): void {
  const { type, at } = event;
  if (type.endsWith('StateExited')) step.leftAt = at;
  if (/^(Task|LambdaFunction)Scheduled$/.test(type)) {
    step.attempts += 1;
    step.calls = callOf(event);
    step.calledAt = at;
  }
  if (/^LambdaFunction(Succeeded|Failed|TimedOut)$/.test(type) && step.calledAt !== '')
    step.busyMs += Date.parse(at) - Date.parse(step.calledAt);
  if (/(Failed|TimedOut)$/.test(type) && event.error !== '' && !type.startsWith('Execution'))
    step.errors.push(`${event.error}: ${causeOf(event.cause)}`);
  if (/^Task(Submitted|Succeeded)$/.test(type)) {
    const { ExecutionArn } = fieldsOf(event.output);
    if (typeof ExecutionArn === 'string' && !step.started.includes(ExecutionArn)) step.started.push(ExecutionArn);
  }
  if (type === 'LambdaFunctionSucceeded') {
    const { apiCalls } = fieldsOf(event.output);
    if (typeof apiCalls === 'number') step.apiCalls += apiCalls;
  }
}

function callOf({ resource, service }: RunEvent): string {
  return service === 'lambda' ? resource : `${service.replace(/^aws-sdk:/, '')}:${resource}`;
}

/** What a function threw comes as JSON with its message. */
export function causeOf(cause: string): string {
  const { errorMessage, Cause } = fieldsOf(cause);
  if (typeof errorMessage === 'string') return errorMessage;
  return typeof Cause === 'string' ? Cause : cause;
}

/** The fields of a JSON object; none where a text is something else. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
