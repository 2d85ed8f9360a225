import type { ConditionContext } from './conditions.ts';

const compiled = new Map<string, RegExp>();

// `${*}`, `${?}` and `${$}` stand for the characters themselves once variables are substituted.
const literals: Readonly<Record<string, string>> = { '*': '\u0001', '?': '\u0002', $: '$' };

/** Whether a value fits a pattern with `*` (any characters) and `?` (exactly one). Cases count. */
export function matchesPattern(pattern: string, value: string): boolean {
  let expression = compiled.get(pattern);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
      .replaceAll('\u0001', '\\*')
      .replaceAll('\u0002', '\\?');
    expression = new RegExp(`^${source}$`, 's');
    compiled.set(pattern, expression);
  }
  return expression.test(value);
}

/**
 * Puts the call's values into policy variables (`${aws:PrincipalTag/team}`, `${ec2:SourceInstanceARN}`, with an optional
 * `, 'default'`); `undefined` when a variable has no single value, since such a statement then does not match.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function substitute(text: string, context: ConditionContext): string | undefined {
  if (!text.includes('${')) return text;
  let missing = false;
  const result = text.replace(/\$\{([^}]*)\}/g, (_, inner: string) => {
    const literal = literals[inner];
    if (literal !== undefined) return literal;
    const [, key = inner, fallback] = /^([^,]*?)\s*(?:,\s*'([^']*)')?$/.exec(inner) ?? [];
    const values = context.get(key.trim());
    const value = values?.length === 1 ? values[0] : fallback;
    if (value === undefined) missing = true;
    // What a variable brings in is text, never a pattern.
    return (value ?? '').replaceAll('*', '\u0001').replaceAll('?', '\u0002');
  });
  return missing ? undefined : result;
}
