import { BlockList, isIPv4 } from 'node:net';
import { listOf, type OneOrMany, type PolicyStatement } from './policy.ts';
import { matchesPattern, substitute } from './wildcards.ts';

/** Condition keys in lower case, since IAM does not tell cases apart in them, with the values that the call carries. */
export class ConditionContext {
  readonly #sources: readonly ContextSource[];
  #values: ReadonlyMap<string, readonly string[]> | undefined;

  /** @param sources later ones win; those that are functions are called when a condition or variable first asks for anything: most calls meet none. */
  constructor(...sources: readonly ContextSource[]) {
    this.#sources = sources;
  }

  /** The values of a key; `undefined` when the call does not carry it. */
  get(key: string): readonly string[] | undefined {
    this.#values ??= valuesOf(this.#sources);
    return this.#values.get(key.toLowerCase());
  }
}

type ContextValues = Readonly<Record<string, string | readonly string[]>>;
type ContextSource = ContextValues | (() => ContextValues);

function valuesOf(sources: readonly ContextSource[]): ReadonlyMap<string, readonly string[]> {
  const values = sources.flatMap((source) => Object.entries(typeof source === 'function' ? source() : source));
  return new Map(values.map(([key, value]) => [key.toLowerCase(), listOf(value)]));
}

type Test = (actual: string, expected: string) => boolean;

const numeric =
  (compare: (a: number, b: number) => boolean): Test =>
  (a, b) =>
    compare(Number(a), Number(b));
const dated =
  (compare: (a: number, b: number) => boolean): Test =>
  (a, b) =>
    compare(instant(a), instant(b));

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
const tests: Readonly<Record<string, { readonly test: Test; readonly negated?: boolean }>> = {
  StringEquals: { test: (a, b) => a === b },
  StringNotEquals: { test: (a, b) => a === b, negated: true },
  StringEqualsIgnoreCase: { test: (a, b) => a.toLowerCase() === b.toLowerCase() },
  StringNotEqualsIgnoreCase: { test: (a, b) => a.toLowerCase() === b.toLowerCase(), negated: true },
  StringLike: { test: (a, b) => matchesPattern(b, a) },
  StringNotLike: { test: (a, b) => matchesPattern(b, a), negated: true },
  ArnEquals: { test: matchesArn },
  ArnLike: { test: matchesArn },
  ArnNotEquals: { test: matchesArn, negated: true },
  ArnNotLike: { test: matchesArn, negated: true },
  Bool: { test: (a, b) => a.toLowerCase() === b.toLowerCase() },
  BinaryEquals: { test: (a, b) => a === b },
  NumericEquals: { test: numeric((a, b) => a === b) },
  NumericNotEquals: { test: numeric((a, b) => a === b), negated: true },
  NumericLessThan: { test: numeric((a, b) => a < b) },
  NumericLessThanEquals: { test: numeric((a, b) => a <= b) },
  NumericGreaterThan: { test: numeric((a, b) => a > b) },
  NumericGreaterThanEquals: { test: numeric((a, b) => a >= b) },
  DateEquals: { test: dated((a, b) => a === b) },
  DateNotEquals: { test: dated((a, b) => a === b), negated: true },
  DateLessThan: { test: dated((a, b) => a < b) },
  DateLessThanEquals: { test: dated((a, b) => a <= b) },
  DateGreaterThan: { test: dated((a, b) => a > b) },
  DateGreaterThanEquals: { test: dated((a, b) => a >= b) },
  IpAddress: { test: inRange },
  NotIpAddress: { test: inRange, negated: true },
};

/**
 * Whether all conditions of a statement hold. Values of one key are alternatives, keys and operators all must hold.
 * @throws Error for an operator that IAM does not know.
 */
export function conditionsHold(condition: PolicyStatement['Condition'], context: ConditionContext): boolean {
  return Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => conditionHolds(operator, key, expected, context)),
  );
}

function conditionHolds(
  operator: string,
  key: string,
  expected: OneOrMany<string | number | boolean>,
  context: ConditionContext,
): boolean {
  const { quantifier, name, ifExists } = parseOperator(operator);
  const actual = context.get(key);
  if (name === 'Null') return listOf(expected).some((value) => (String(value) === 'true') === (actual === undefined));
  const known = tests[name];
  if (!known) throw new Error(`IAM has no condition operator ${operator}`);
  if (actual === undefined && ifExists) return true;
  const wanted = listOf(expected).flatMap((value) => substitute(String(value), context) ?? []);
  // A negated test is "none of these".
  const fits = (value: string) => wanted.some((each) => known.test(value, each)) !== (known.negated ?? false);
  if (quantifier === 'ForAllValues') return (actual ?? []).every(fits);
  if (actual === undefined) return quantifier === undefined && (known.negated ?? false);
  if (quantifier === 'ForAnyValue') return actual.some(fits);
  return known.negated ? actual.every(fits) : actual.some(fits);
}

function parseOperator(operator: string): {
  readonly quantifier: string | undefined;
  readonly name: string;
  readonly ifExists: boolean;
} {
  const match = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(operator);
  return { quantifier: match?.[1], name: match?.[2] ?? operator, ifExists: match?.[3] !== undefined };
}

// The six parts of an ARN match one by one, so that a `*` does not reach over a colon of the first five.
function matchesArn(actual: string, expected: string): boolean {
  const split = (arn: string) => /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(arn)?.slice(1);
  const [pattern, value] = [split(expected), split(actual)];
  if (!pattern || !value) return expected === '*';
  return pattern.every((part, index) => matchesPattern(part, value[index] ?? ''));
}

function instant(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function inRange(actual: string, expected: string): boolean {
  const [network = '', bits] = expected.split('/');
  const family = isIPv4(network) ? 'ipv4' : 'ipv6';
  if (isIPv4(actual) !== (family === 'ipv4')) return false;
  const list = new BlockList();
  list.addSubnet(network, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  return list.check(actual, family);
}
