import { isInRange, parseCidr, parseIpAddress } from './ip-address.ts';
import { matchesWildcard, parseWildcard, type Wildcard, WildcardSyntaxError } from './wildcard.ts';

/** A value at the end of a path in an event. */
export type Leaf = string | number | boolean | null;

/** One alternative in a pattern's array. */
export type Condition =
  /** Holds for a value at the path. */
  | { readonly kind: 'value'; readonly holds: (value: Leaf) => boolean; readonly wildcards: readonly Wildcard[] }
  /** Holds when the event has no value at the path. */
  | { readonly kind: 'absent' };

/** Why EventBridge refuses a pattern. */
export class PatternSyntaxError extends Error {
  override readonly name = 'PatternSyntaxError';
}

/** "EventBridge supports … values between -5.0e9 and +5.0e9 inclusive" (numeric matching). */
const LARGEST_NUMBER = 5e9;

/**
 * Reads one element of a pattern's array: a literal, or a match expression such as `{"prefix": "x"}`.
 * Rules: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * @throws PatternSyntaxError with AWS's reason.
 */
export function parseCondition(element: unknown): Condition {
  if (Array.isArray(element)) refuse('Match value must be String, number, true, false, or null');
  if (typeof element === 'object' && element !== null) return parseExpression(element);
  if (typeof element === 'string') return value(equalsText(element));
  return value((leaf) => leaf === element);
}

// An address in a pattern matches all spellings of that address.
function equalsText(text: string): (leaf: Leaf) => boolean {
  const address = parseIpAddress(text);
  if (!address) return (leaf) => leaf === text;
  return (leaf) => typeof leaf === 'string' && isInRange({ ...address, low: address.value, high: address.value }, leaf);
}

function parseExpression(expression: object): Condition {
  const [name, operand] = onlyEntry(
    expression,
    'Match expression name not found',
    'Only one key allowed in match expression',
  );
  switch (name) {
    case 'exactly':
      return value(equalsText(requireText(operand, 'exact match pattern must be a string')));
    case 'prefix':
    case 'suffix':
      return value(affix(name, operand));
    case 'equals-ignore-case':
      return value(equalsIgnoringCase(requireText(operand, 'equals-ignore-case match pattern must be a string')));
    case 'wildcard':
      return wildcards([requireText(operand, 'wildcard match pattern must be a string')], (hit) => hit);
    case 'numeric':
      return value(numeric(operand));
    case 'anything-but':
      return anythingBut(operand);
    case 'exists':
      if (typeof operand !== 'boolean') refuse('exists match pattern must be either true or false.');
      return operand ? value(() => true) : { kind: 'absent' };
    case 'cidr':
      return value(cidr(operand));
    default:
      return refuse(`Unrecognized match type ${name}`);
  }
}

function affix(name: 'prefix' | 'suffix', operand: unknown): (leaf: Leaf) => boolean {
  const has = (text: string, part: string) => (name === 'prefix' ? text.startsWith(part) : text.endsWith(part));
  if (!isObject(operand)) {
    const part = requireText(operand, `${name} match pattern must be a string`);
    return (leaf) => typeof leaf === 'string' && has(leaf, part);
  }
  const title = name === 'prefix' ? 'Prefix' : 'Suffix';
  const [inner, text] = onlyEntry(
    operand,
    `${title} expression name not found`,
    'Only one key allowed in match expression',
  );
  if (inner !== 'equals-ignore-case') refuse(`Unsupported ${name} pattern: ${inner}`);
  const part = requireText(text, 'equals-ignore-case match pattern must be a string').toLowerCase();
  return (leaf) => typeof leaf === 'string' && has(leaf.toLowerCase(), part);
}

function equalsIgnoringCase(text: string): (leaf: Leaf) => boolean {
  const wanted = text.toLowerCase();
  return (leaf) => typeof leaf === 'string' && leaf.toLowerCase() === wanted;
}

function cidr(operand: unknown): (leaf: Leaf) => boolean {
  const text = requireText(operand, 'prefix match pattern must be a string');
  try {
    const range = parseCidr(text);
    return (leaf) => typeof leaf === 'string' && isInRange(range, leaf);
  } catch (error) {
    return refuse(error instanceof RangeError ? error.message : String(error));
  }
}

function anythingBut(operand: unknown): Condition {
  if (isObject(operand)) return anythingButExpression(operand);
  if (!Array.isArray(operand) && typeof operand !== 'string' && typeof operand !== 'number') {
    refuse('Value of anything-but must be an array or single string/number value.');
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  for (const each of values) {
    if (typeof each === 'number') requireComparable(each);
    else if (typeof each !== 'string') refuse('Inside anything but list, start|null|boolean is not supported.');
  }
  if (new Set(values.map((each) => typeof each)).size !== 1) {
    refuse('Inside anything but list, either all values are number or string, mixed type is not supported');
  }
  return value((leaf) => !values.includes(leaf));
}

function anythingButExpression(expression: object): Condition {
  const [name, operand] = onlyEntry(
    expression,
    'Anything-But expression name not found',
    'Too many elements in numeric expression',
  );
  if (!['equals-ignore-case', 'prefix', 'suffix', 'wildcard'].includes(name))
    refuse(`Unsupported anything-but pattern: ${name}`);
  if (!Array.isArray(operand) && typeof operand !== 'string' && typeof operand !== 'number') {
    refuse('Value of anything-but must be an array or single string/number value.');
  }
  const texts = (Array.isArray(operand) ? operand : [operand]).map((each) =>
    requireText(each, complaintInAnythingBut(name)),
  );
  switch (name) {
    case 'equals-ignore-case': {
      const tests = texts.map(equalsIgnoringCase);
      return value((leaf) => !tests.some((test) => test(leaf)));
    }
    case 'wildcard':
      return wildcards(texts, (hit) => !hit);
    default: {
      if (texts.includes('')) refuse('Null prefix/suffix not allowed');
      const tests = texts.map((text) => affix(name === 'prefix' ? 'prefix' : 'suffix', text));
      return value((leaf) => !tests.some((test) => test(leaf)));
    }
  }
}

function complaintInAnythingBut(name: string): string {
  if (name === 'equals-ignore-case') {
    return 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.';
  }
  return name === 'wildcard'
    ? 'wildcard match pattern must be a string'
    : 'prefix/suffix match pattern must be a string';
}

function wildcards(texts: readonly string[], verdict: (hit: boolean) => boolean): Condition {
  const parsed = texts.map((text) => {
    try {
      return parseWildcard(text);
    } catch (error) {
      if (error instanceof WildcardSyntaxError) return refuse(error.message);
      throw error;
    }
  });
  const hit = (leaf: Leaf) => typeof leaf === 'string' && parsed.some((wildcard) => matchesWildcard(wildcard, leaf));
  return { kind: 'value', holds: (leaf) => verdict(hit(leaf)), wildcards: parsed };
}

type Comparison = (left: number) => boolean;

function numeric(operand: unknown): (leaf: Leaf) => boolean {
  if (!Array.isArray(operand)) refuse('Value of numeric must be an array.');
  const terms: readonly unknown[] = operand;
  const [operator, bound, second, secondBound, ...more] = terms;
  if (typeof operator !== 'string') refuse(`Invalid member in numeric match: ${tokenText(operator)}`);
  const first = comparison(operator, bound);
  if (terms.length === 2) return (leaf) => typeof leaf === 'number' && inScale(leaf) && first(leaf);
  if (operator !== '>' && operator !== '>=') refuse('Too many elements in numeric expression');
  if (typeof second !== 'string') refuse(`Bad value in numeric range: ${tokenText(second)}`);
  if (second !== '<' && second !== '<=') refuse(`Bad numeric range operator: ${second}`);
  const last = comparison(second, secondBound);
  if (more.length > 0) refuse('Too many terms in numeric range expression');
  // `compile` refuses an empty range as AWS does: nothing could ever match it.
  if (typeof bound === 'number' && typeof secondBound === 'number' && bound >= secondBound)
    refuse('Bottom must be less than top');
  return (leaf) => typeof leaf === 'number' && inScale(leaf) && first(leaf) && last(leaf);
}

function comparison(operator: string, bound: unknown): Comparison {
  if (!['=', '<', '<=', '>', '>='].includes(operator)) refuse(`Unrecognized numeric range operator: ${operator}`);
  if (typeof bound !== 'number') refuse(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`);
  requireComparable(bound);
  switch (operator) {
    case '<':
      return (left) => left < bound;
    case '<=':
      return (left) => left <= bound;
    case '>':
      return (left) => left > bound;
    case '>=':
      return (left) => left >= bound;
    default:
      return (left) => left === bound;
  }
}

function tokenText(token: unknown): string {
  if (token === undefined) return ']';
  if (Array.isArray(token)) return '[';
  return isObject(token) ? '{' : String(token);
}

function inScale(number: number): boolean {
  return Math.abs(number) <= LARGEST_NUMBER;
}

function requireComparable(number: number): void {
  if (!inScale(number)) refuse('Value must be between -5.0E9 and 5.0E9, inclusive');
}

function requireText(operand: unknown, complaint: string): string {
  return typeof operand === 'string' ? operand : refuse(complaint);
}

function onlyEntry(object: object, whenNone: string, whenMore: string): [string, unknown] {
  const [entry, ...more] = Object.entries(object) as [string, unknown][];
  if (!entry) return refuse(whenNone);
  if (more.length > 0 && isKnownExpression(entry[0])) return refuse(whenMore);
  return entry;
}

// AWS complains of an unknown name first, then of a second key.
function isKnownExpression(name: string): boolean {
  return [
    'exactly',
    'prefix',
    'suffix',
    'equals-ignore-case',
    'wildcard',
    'numeric',
    'anything-but',
    'exists',
    'cidr',
  ].includes(name);
}

function isObject(candidate: unknown): candidate is object {
  return typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate);
}

function value(holds: (leaf: Leaf) => boolean): Condition {
  return { kind: 'value', holds, wildcards: [] };
}

function refuse(reason: string): never {
  throw new PatternSyntaxError(reason);
}
