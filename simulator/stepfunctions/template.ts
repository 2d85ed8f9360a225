import jsonata from 'jsonata';
import { isObject, type Json, jsonTypeOf, toJson } from './json.ts';
import { newerOperator } from './newer-operator.ts';
import { QueryEvaluationError } from './state-error.ts';

/** A field's value with its `{% … %}` expressions compiled. Without any expression it is a literal, which costs nothing to evaluate. */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | {
      readonly kind: 'expression';
      readonly source: string;
      readonly path: string;
      readonly compiled: jsonata.Expression;
    }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Template])[] };

/** What an expression sees: `states`, the variables, and functions, by name without the `$`. */
export type Bindings = Readonly<Record<string, unknown>>;

// Recursion without an end fails an evaluation on AWS too; the depth is ours. Real milliseconds bound a loop that never ends.
const limits = { stack: 1000, timeout: 10_000 };
const compiledExpressions = new Map<string, jsonata.Expression>();

/** The compiled expression; each text is parsed once for the whole process. @throws jsonata's syntax error, SyntaxError. */
function compileExpression(source: string): jsonata.Expression {
  let compiled = compiledExpressions.get(source);
  if (!compiled) {
    compiled = jsonata(source, limits);
    const newer = newerOperator(compiled.ast(), source);
    if (newer) throw new SyntaxError(`the operator '${newer}' is newer than JSONata 2.0.6, which Step Functions runs`);
    compiledExpressions.set(source, compiled);
  }
  return compiled;
}

/**
 * The expression inside `{% … %}`, or undefined for a plain text. The brackets must be the very first and last characters.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (JSONata syntax)
 */
function expressionIn(text: string): string | undefined {
  return text.startsWith('{%') && text.endsWith('%}') ? text.slice(2, -2).trim() : undefined;
}

/** Compiles a field. `path` is the field's place in its state: `Arguments`, `Choices[0]/Condition`. @throws jsonata's syntax error. */
export function compileTemplate(value: Json, path: string): Template {
  if (typeof value === 'string') {
    const source = expressionIn(value);
    if (source === undefined) return { kind: 'literal', value };
    return { kind: 'expression', source, path, compiled: compileExpression(source) };
  }
  if (Array.isArray(value)) {
    const items = value.map((item: Json, i) => compileTemplate(item, `${path}[${i}]`));
    return items.every((item) => item.kind === 'literal') ? { kind: 'literal', value } : { kind: 'list', items };
  }
  if (!isObject(value)) return { kind: 'literal', value };
  const members = Object.entries(value).map(
    ([key, member]) => [key, compileTemplate(member, `${path}/${key}`)] as const,
  );
  return members.every(([, member]) => member.kind === 'literal')
    ? { kind: 'literal', value }
    : { kind: 'object', members };
}

/**
 * The value of a field. Every expression must give something: nothing is an error, also inside an object (recorded).
 * @throws QueryEvaluationError without the sentence that names the state; the interpreter adds it.
 */
export async function evaluateTemplate(template: Template, bindings: Bindings): Promise<Json> {
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'expression':
      return evaluateExpression(template, bindings);
    case 'list': {
      const items: Json[] = [];
      for (const item of template.items) items.push(await evaluateTemplate(item, bindings));
      return items;
    }
    case 'object': {
      const members: Record<string, Json> = {};
      for (const [key, member] of template.members) members[key] = await evaluateTemplate(member, bindings);
      return members;
    }
  }
}

async function evaluateExpression(template: Template & { kind: 'expression' }, bindings: Bindings): Promise<Json> {
  const field = `The JSONata expression '${template.source}' specified for the field '${template.path}'`;
  let value: unknown;
  try {
    value = await template.compiled.evaluate(undefined, bindings as Record<string, unknown>);
  } catch (error) {
    throw new QueryEvaluationError(`${field} threw an error during evaluation${describe(error)}`, template.path);
  }
  const json = toJson(value);
  if (json !== undefined) return json;
  if (value === undefined) throw new QueryEvaluationError(`${field} returned nothing (undefined).`, template.path);
  // A function, say. AWS leaves out "specified" here.
  const unsupported = `The JSONata expression '${template.source}' for the field '${template.path}' returned an unsupported result type.`;
  throw new QueryEvaluationError(unsupported, template.path);
}

// A coded JSONata error is a sentence of its own, one of our functions' is not.
function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ? `. ${code}: ${message}` : `: ${message}`;
}

/**
 * The value, when it is of the type that the field wants.
 * @throws QueryEvaluationError "returned an unexpected result type", as AWS words it (recorded for Items).
 */
export function expectType(
  template: Template,
  path: string,
  value: Json,
  expected: 'array' | 'boolean' | 'string' | 'integer',
): Json {
  const fits = expected === 'integer' ? Number.isInteger(value) : jsonTypeOf(value) === expected;
  if (fits) return value;
  const source = template.kind === 'expression' ? template.source : JSON.stringify(value);
  throw new QueryEvaluationError(
    `The JSONata expression '${source}' specified for the field '${path}' returned an unexpected result type. Expected '${expected}', but was '${jsonTypeOf(value)}' for value: ${JSON.stringify(value)}`,
    path,
  );
}
