import { distance } from 'fastest-levenshtein';
import type * as z from 'zod/mini';

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;

/**
 * Every problem that a schema has with a value, one sentence each: the path of the field, what is wrong, what would be
 * right, and the nearest name that exists where a name is unknown.
 *
 * Values are never repeated, only names of fields: what is parsed may hold secrets.
 */
export function problemsOf(schema: Schema, value: unknown, issues: readonly Issue[]): readonly string[] {
  return issues.flatMap((issue) => describe(schema, value, issue));
}

/** The candidate most like the word, when it is like it at all (at most a third of its letters differ, and always one). */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const ranked = [...candidates]
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.ceil(word.length / 3)) ? best.candidate : undefined;
}

function describe(schema: Schema, value: unknown, issue: Issue): readonly string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(schema, issue.path, key));
  return [`${pathText(issue.path)}: ${whatIsWrong(issue, valueAt(value, issue.path))}`];
}

function unknownKey(schema: Schema, path: readonly PropertyKey[], key: string): string {
  const known = knownKeys(schema, path);
  const guess = nearest(key, known);
  const hint = guess ? `did you mean ${guess}?` : `known here: ${[...known].toSorted().join(', ') || 'nothing'}`;
  return `${pathText([...path, key])}: is not a known field; ${hint}`;
}

function whatIsWrong(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined
        ? `is required (${issue.expected})`
        : `must be ${/^[aeio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), value);
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? oneOf(issue.options.map(String), value)
        : said(issue, 'fits none of the forms that are possible here');
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      return said(issue, `is not a valid ${issue.format}`);
    default:
      return said(issue, 'is not valid');
  }
}

// A check that was given a message of its own says more than its kind does.
function said(issue: Issue, otherwise: string): string {
  return issue.message && issue.message !== 'Invalid input' ? issue.message : otherwise;
}

function oneOf(allowed: readonly string[], value: unknown): string {
  const guess = typeof value === 'string' ? nearest(value, allowed) : undefined;
  const rule = allowed.length === 1 ? `must be ${allowed[0]}` : `must be one of ${allowed.join(', ')}`;
  return guess ? `${rule}; did you mean ${guess}?` : rule;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  if (origin === 'array' || origin === 'set') return ' items';
  return '';
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(the whole value)';
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = String(part);
      if (!/^[\w-]+$/.test(name)) return `["${name}"]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  );
}

function knownKeys(schema: Schema, path: readonly PropertyKey[]): ReadonlySet<string> {
  const objects = path.reduce<readonly Schema[]>((at, part) => at.flatMap((one) => step(one, part)), [schema]);
  return new Set(objects.flatMap((one) => plain(one)).flatMap((one) => Object.keys(shapeOf(one))));
}

// The schemas of a field, through everything that wraps one: a default, an optional, the forms of a union.
function step(schema: Schema, part: PropertyKey): readonly Schema[] {
  return plain(schema).flatMap((one) => {
    const def = (one as z.core.$ZodTypes)._zod.def;
    if (def.type === 'object') return shapeOf(one)[String(part)] ?? [];
    if (def.type === 'array') return [def.element];
    if (def.type === 'record') return [def.valueType];
    return [];
  });
}

function plain(schema: Schema): readonly Schema[] {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  if (def.type === 'union') return def.options.flatMap(plain);
  if (def.type === 'pipe') return plain(def.in);
  if ('innerType' in def) return plain(def.innerType as Schema);
  return [schema];
}

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  return def.type === 'object' ? def.shape : {};
}
