/** What a state machine adds to a step's input to say who calls. */
export interface Envelope {
  /** ARN of the execution. */
  readonly execution: string | undefined;
  /** Name of the state. */
  readonly step: string | undefined;
  /** Name of the state machine. */
  readonly workflow: string | undefined;
}

const FIELDS = ['execution', 'step', 'workflow'] as const;

/**
 * Takes the envelope (`execution`, `step`, `workflow`) off an event; what is left is the step's own input.
 *
 * The workflow is read from the execution's ARN (`…:execution:<state machine>:<name>`, Express ones alike) unless it is
 * given. An event that is no object, or has fields of these names that are not text, keeps them: its schema will say so.
 */
export function openEnvelope(event: unknown): Envelope & { readonly input: unknown } {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return { ...EMPTY, input: event };
  const entries = Object.entries(event);
  const isOurs = ([name, value]: [string, unknown]) =>
    FIELDS.some((field) => field === name) && typeof value === 'string';
  const found: Partial<Record<(typeof FIELDS)[number], string>> = Object.fromEntries(entries.filter(isOurs));
  const input = Object.fromEntries(entries.filter((entry) => !isOurs(entry)));
  return {
    execution: found.execution,
    step: found.step,
    workflow: found.workflow ?? (found.execution === undefined ? undefined : workflowOf(found.execution)),
    input,
  };
}

/** The name of the state machine whose execution this ARN names: `…:execution:<state machine>:<name>`, Express ones alike. */
export function workflowOf(execution: string): string | undefined {
  return execution.split(':')[6];
}

const EMPTY: Envelope = { execution: undefined, step: undefined, workflow: undefined };
