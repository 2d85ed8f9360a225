/**
 * The operator in an expression that JSONata got after version 2.0.6, if any: `?:` and `??`. Step Functions runs 2.0.6, so an
 * expression that uses them would work here and be refused there.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (Supported JSONata version)
 */
export function newerOperator(ast: unknown, source: string, seen = new Set<unknown>()): string | undefined {
  if (typeof ast !== 'object' || ast === null || seen.has(ast)) return undefined;
  seen.add(ast);
  const { type, position } = ast as { readonly type?: unknown; readonly position?: unknown };
  if (type === 'condition' && typeof position === 'number') {
    // The position is behind the operator; a plain condition has a single "?" there.
    const operator = source.slice(position - 2, position);
    if (operator === '?:' || operator === '??') return operator;
  }
  for (const member of Object.values(ast)) {
    const found = newerOperator(member, source, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
