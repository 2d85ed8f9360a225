import { Environment } from '@marcbachmann/cel-js';

/**
 * CEL as the API server offers it to policies, as far as policies here need it: the standard library and, of the string
 * extensions (cel-go `ext.Strings`), what the library brings and `charAt`.
 */
const environment = new Environment({ unlistedVariablesAreDyn: true }).registerFunction(
  'string.charAt(int): string',
  (text: string, index: bigint) => {
    if (index < 0n || index > BigInt(text.length)) throw new RangeError(`index out of range: ${index}`);
    return text.charAt(Number(index));
  },
);

/** A compiled expression; evaluates over variables by name. @throws EvaluationError when a key is missing or types clash. */
export type CelProgram = (variables: Readonly<Record<string, unknown>>) => unknown;

/** Compiles an expression. @throws ParseError when it cannot be read. */
export function compileCel(expression: string): CelProgram {
  const program = environment.parse(expression);
  return (variables) => program(variables);
}

/** JSON as CEL sees it: whole numbers are `int`, which the library represents as bigint. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, celValue(inner)]));
}
