/** How a rule's target wants the event: as it is, constant, a part of it, or rewritten. */
export interface InputSettings {
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?:
    | {
        readonly InputPathsMap?: Readonly<Record<string, string>> | undefined;
        readonly InputTemplate: string | undefined;
      }
    | undefined;
}

/** The rule by which an event goes to a target. */
export interface RuleIdentity {
  readonly name: string;
  readonly arn: string;
}

/**
 * What the target gets of an event.
 * Rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function targetInput(
  event: Readonly<Record<string, unknown>>,
  settings: InputSettings,
  rule: RuleIdentity,
): unknown {
  if (settings.Input !== undefined) return parseOrText(settings.Input);
  if (settings.InputPath !== undefined) return atPath(event, settings.InputPath) ?? null;
  const transformer = settings.InputTransformer;
  if (!transformer) return event;
  const values = new Map<string, unknown>([
    ['aws.events.rule-arn', rule.arn],
    ['aws.events.rule-name', rule.name],
    ['aws.events.event.ingestion-time', event.time],
    ['aws.events.event.json', event],
    ['aws.events.event', withoutDetail(event)],
  ]);
  for (const [name, path] of Object.entries(transformer.InputPathsMap ?? {})) values.set(name, atPath(event, path));
  return parseOrText(fill(transformer.InputTemplate ?? '', values));
}

/** The value at a path of EventBridge's JSONPath: `$`, `$.detail.state`, `$.resources[0]`, `$['detail-type']`. */
export function atPath(root: unknown, path: string): unknown {
  let node = root;
  for (const [, dotted, index, quoted] of path.replace(/^\$/, '').matchAll(/\.([^.[]+)|\[(\d+)\]|\['([^']*)'\]/g)) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[dotted ?? quoted ?? index ?? ''];
  }
  return node;
}

// Outside of quotes a placeholder becomes JSON; inside a quoted text its bare text.
function fill(template: string, values: ReadonlyMap<string, unknown>): string {
  let quoted = false;
  return template.replace(/\\.|"|<([\w.-]+)>/gs, (token, name?: string) => {
    if (token === '"') quoted = !quoted;
    if (name === undefined || !values.has(name)) return token;
    const value = values.get(name);
    if (!quoted) return JSON.stringify(value ?? null);
    return typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : value === undefined ? '' : escaped(value);
  });
}

function escaped(value: unknown): string {
  return JSON.stringify(JSON.stringify(value)).slice(1, -1);
}

function withoutDetail(event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { detail: _, ...rest } = event;
  return rest;
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
