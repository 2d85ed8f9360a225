import { AwsError } from '../cloud/service.ts';

type Matches = (message: string) => boolean;

const COMPARISON = /^\$\.([\w.-]+)\s*(=|!=|>=|<=|>|<)\s*(?:"([^"]*)"|(\S+))$/;

/**
 * Reads a filter pattern: terms that must all occur, `"a phrase"`, `-excluded`, `?any ?of`, and
 * `{ $.a.b = "text" && $.n > 3 }` for JSON, where a text may have `*` at its ends.
 * Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 * @throws AwsError `InvalidParameterException` for patterns with columns, regular expressions or `||`.
 */
export function filterPattern(pattern: string | undefined): Matches {
  const text = pattern?.trim() ?? '';
  if (text === '') return () => true;
  if (text.startsWith('{') && text.endsWith('}')) return jsonPattern(text.slice(1, -1));
  if (/^\[|^%/.test(text)) throw unsupported(text);
  return termPattern(text);
}

function termPattern(text: string): Matches {
  const terms = [...text.matchAll(/([-?]?)(?:"([^"]*)"|(\S+))/g)].map(([, sign = '', phrase, word]) => ({
    sign,
    term: phrase ?? word ?? '',
  }));
  const any = terms.filter(({ sign }) => sign === '?');
  const none = terms.filter(({ sign }) => sign === '-');
  const all = terms.filter(({ sign }) => sign === '');
  return (message) =>
    all.every(({ term }) => message.includes(term)) &&
    !none.some(({ term }) => message.includes(term)) &&
    (any.length === 0 || all.length > 0 || any.some(({ term }) => message.includes(term)));
}

function jsonPattern(text: string): Matches {
  if (text.includes('||')) throw unsupported(text);
  const conditions = text.split('&&').map((part) =>
    comparison(
      part
        .trim()
        .replace(/^\((.*)\)$/, '$1')
        .trim(),
    ),
  );
  return (message) => {
    const value = parsed(message);
    return value !== undefined && conditions.every((holds) => holds(value));
  };
}

function comparison(text: string): (value: unknown) => boolean {
  const [, path, operator, quoted, bare] = COMPARISON.exec(text) ?? [];
  if (path === undefined) throw unsupported(text);
  const keys = path.split('.');
  const wanted = quoted ?? bare ?? '';
  return (value) => {
    const found = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], value);
    if (found === undefined) return false;
    if (operator === '=') return like(String(found), wanted);
    if (operator === '!=') return !like(String(found), wanted);
    return compare(Number(found), operator ?? '', Number(wanted));
  };
}

function compare(left: number, operator: string, right: number): boolean {
  if (operator === '>') return left > right;
  if (operator === '<') return left < right;
  return operator === '>=' ? left >= right : left <= right;
}

function like(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function unsupported(text: string): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `Invalid filter pattern, or one that the local cloud does not support: ${text}`,
  );
}
