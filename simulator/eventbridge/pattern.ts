import { AwsError } from '../cloud/service.ts';
import { type Condition, type Leaf, PatternSyntaxError, parseCondition } from './pattern-condition.ts';
import { wildcardComplexity } from './wildcard.ts';

/** A compiled event pattern. */
export interface EventPattern {
  matches(event: unknown): boolean;
}

// A branch of the pattern, after $or is multiplied out: conditions by dotted path; one per path must hold.
type Branch = Map<string, readonly Condition[]>;

/** A value in the event, with the element it lies in for each array above it. */
interface Field {
  readonly value: Leaf;
  readonly elements: ReadonlyMap<number, number>;
}

// What EventBridge bears: measured behaviour of its own matcher, see wildcardComplexity.
const LARGEST_COMPLEXITY = 10;

// Names that no field inside $or may have.
const RESERVED_INSIDE_OR = new Set(
  `exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard
   not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range
   ip-address-not-in-range`.split(/\s+/),
);

/**
 * Compiles an EventBridge event pattern, given as its JSON text or as a parsed object.
 *
 * Fields are told apart by their dotted path, so `{"a": {"b": …}}` also finds the key `a.b`. An array in an event offers
 * each of its values; conditions on several fields of the objects in one array must be met by the same object.
 * Rules: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 * @throws AwsError `InvalidEventPatternException` with AWS's reason.
 */
export function compileEventPattern(pattern: string | object): EventPattern {
  try {
    const branches = compileBranches(typeof pattern === 'string' ? parseJson(pattern) : pattern);
    return { matches: (event) => branches.some((branch) => matchesBranch(branch, flatten(event))) };
  } catch (error) {
    if (!(error instanceof PatternSyntaxError)) throw error;
    throw new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PatternSyntaxError(error instanceof Error ? error.message : String(error));
  }
}

function compileBranches(pattern: unknown): readonly Branch[] {
  if (!isObject(pattern)) throw new PatternSyntaxError('Filter is not an object');
  const branches: Branch[] = [];
  compileObject(branches, [], pattern, false);
  for (const branch of branches) {
    for (const conditions of branch.values()) requireSimple(conditions);
  }
  return branches;
}

// Fields are added to all branches there are; $or multiplies the branches. A later field replaces one of the same path.
function compileObject(branches: Branch[], path: readonly string[], object: object, insideOr: boolean): void {
  const entries = Object.entries(object) as [string, unknown][];
  if (entries.length === 0) throw new PatternSyntaxError('Empty objects are not allowed');
  for (const [name, content] of entries) {
    if (name === '$or') {
      compileOr(branches, path, content);
      continue;
    }
    if (insideOr && RESERVED_INSIDE_OR.has(name)) {
      throw new PatternSyntaxError(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
    }
    if (Array.isArray(content)) addField(branches, [...path, name].join('.'), content);
    else if (isObject(content)) compileObject(branches, [...path, name], content, insideOr);
    else throw new PatternSyntaxError(`"${name}" must be an object or an array`);
  }
}

function compileOr(branches: Branch[], path: readonly string[], alternatives: unknown): void {
  if (!Array.isArray(alternatives)) throw new PatternSyntaxError('It must be an Array followed with $or.');
  const before = branches.splice(0);
  for (const alternative of alternatives as readonly unknown[]) {
    if (!isObject(alternative)) {
      throw new PatternSyntaxError('Only JSON object is allowed in array of $or relationship.');
    }
    const fork = before.length === 0 ? [new Map()] : before.map((branch) => new Map(branch));
    compileObject(fork, path, alternative, true);
    branches.push(...fork);
  }
  if (alternatives.length < 2) throw new PatternSyntaxError('There must have at least 2 Objects in $or relationship.');
}

function addField(branches: Branch[], path: string, elements: readonly unknown[]): void {
  const conditions = elements.map(parseCondition);
  if (conditions.length === 0) throw new PatternSyntaxError('Empty arrays are not allowed');
  if (branches.length === 0) branches.push(new Map());
  for (const branch of branches) branch.set(path, conditions);
}

function requireSimple(conditions: readonly Condition[]): void {
  const wildcards = conditions.flatMap((condition) => (condition.kind === 'value' ? condition.wildcards : []));
  if (wildcards.length > 0 && wildcardComplexity(wildcards, LARGEST_COMPLEXITY) > LARGEST_COMPLEXITY) {
    throw new PatternSyntaxError(
      'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    );
  }
}

function flatten(event: unknown): ReadonlyMap<string, readonly Field[]> {
  const fields = new Map<string, Field[]>();
  let arrays = 0;
  const visit = (node: unknown, path: string, elements: ReadonlyMap<number, number>): void => {
    if (Array.isArray(node)) {
      const array = arrays++;
      node.forEach((element: unknown, index) => {
        const isLeaf = typeof element !== 'object' || element === null;
        visit(element, path, isLeaf ? elements : new Map(elements).set(array, index));
      });
    } else if (isObject(node)) {
      for (const [name, child] of Object.entries(node) as [string, unknown][]) {
        visit(child, path === '' ? name : `${path}.${name}`, elements);
      }
    } else {
      const there = fields.get(path);
      const field = { value: node as Leaf, elements };
      if (there) there.push(field);
      else fields.set(path, [field]);
    }
  };
  visit(event, '', new Map());
  return fields;
}

function matchesBranch(branch: Branch, fields: ReadonlyMap<string, readonly Field[]>): boolean {
  const choices = [...branch].map(([path, conditions]) => candidates(conditions, fields.get(path) ?? []));
  return choices.every((options) => options.length > 0) && consistent(choices, 0, new Map());
}

const ABSENT: Field = { value: null, elements: new Map() };

function candidates(conditions: readonly Condition[], fields: readonly Field[]): readonly Field[] {
  if (fields.length === 0) return conditions.some(({ kind }) => kind === 'absent') ? [ABSENT] : [];
  return fields.filter(({ value }) =>
    conditions.some((condition) => condition.kind === 'value' && condition.holds(value)),
  );
}

// One field per path, such that no two of them lie in different elements of one array.
function consistent(choices: readonly (readonly Field[])[], from: number, taken: ReadonlyMap<number, number>): boolean {
  const options = choices[from];
  if (!options) return true;
  return options.some(({ elements }) => {
    for (const [array, index] of elements) {
      if ((taken.get(array) ?? index) !== index) return false;
    }
    return consistent(choices, from + 1, new Map([...taken, ...elements]));
  });
}

function isObject(candidate: unknown): candidate is object {
  return typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate);
}
