/** A wildcard pattern as AWS reads it: `*` is any number of characters, `\*` and `\\` are themselves. */
export interface Wildcard {
  /** Literal characters; `undefined` stands for `*`. */
  readonly tokens: readonly (string | undefined)[];
}

/** Thrown for a wildcard that EventBridge refuses; the message is the reason it gives. */
export class WildcardSyntaxError extends Error {
  override readonly name = 'WildcardSyntaxError';
}

/**
 * Reads a wildcard pattern.
 * @throws WildcardSyntaxError for two stars in a row and for a stray backslash. Positions count the opening quote, as AWS's do.
 */
export function parseWildcard(text: string): Wildcard {
  const tokens: (string | undefined)[] = [];
  const characters = [...text];
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i];
    const next = characters[i + 1];
    if (character === '*') {
      if (next === '*') throw new WildcardSyntaxError(`Consecutive wildcard characters at pos ${i + 1}`);
      tokens.push(undefined);
    } else if (character === '\\') {
      if (next !== '*' && next !== '\\') throw new WildcardSyntaxError(`Invalid escape character at pos ${i + 1}`);
      tokens.push(next);
      i += 1;
    } else {
      tokens.push(character);
    }
  }
  return { tokens };
}

/** Whether the whole text fits the pattern. Runs in pattern × text steps, however many stars there are. */
export function matchesWildcard({ tokens }: Wildcard, text: string): boolean {
  let active = closure(tokens, [0]);
  for (const character of text) {
    active = step(tokens, active, character);
    if (active.size === 0) return false;
  }
  return active.has(tokens.length);
}

/**
 * How many prefixes of these patterns one text can be in the middle of at once, at worst; counting stops above `limit`.
 *
 * EventBridge refuses a field whose wildcards exceed its limit ("Rule is too complex"): repeated character sequences
 * after a star are what makes them expensive.
 * Rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (wildcard matching complexity)
 */
export function wildcardComplexity(wildcards: readonly Wildcard[], limit: number): number {
  const alphabet = new Set(wildcards.flatMap(({ tokens }) => tokens.filter((token) => token !== undefined)));
  // A character that no pattern names: it advances stars only.
  const letters: (string | undefined)[] = [...alphabet, undefined];
  const start = wildcards.map(({ tokens }) => closure(tokens, [0]));
  const seen = new Set<string>();
  const pending = [start];
  let worst = 0;
  for (let active = pending.pop(); active !== undefined; active = pending.pop()) {
    for (const letter of letters) {
      const next = wildcards.map(({ tokens }, index) => step(tokens, active?.[index] ?? new Set(), letter));
      worst = Math.max(
        worst,
        next.reduce((sum, positions) => sum + positions.size, 0),
      );
      if (worst > limit) return worst;
      const key = next.map((positions) => [...positions].sort((a, b) => a - b).join(',')).join('|');
      if (!seen.has(key)) {
        seen.add(key);
        pending.push(next);
      }
    }
  }
  return worst;
}

function step(tokens: Wildcard['tokens'], active: ReadonlySet<number>, character: string | undefined): Set<number> {
  const next: number[] = [];
  for (const position of active) {
    if (position === tokens.length) continue;
    const token = tokens[position];
    if (token === undefined) next.push(position);
    else if (token === character) next.push(position + 1);
  }
  return closure(tokens, next);
}

// A star may also stand for nothing.
function closure(tokens: Wildcard['tokens'], positions: readonly number[]): Set<number> {
  const all = new Set<number>();
  for (let position of positions) {
    all.add(position);
    while (position < tokens.length && tokens[position] === undefined) all.add(++position);
  }
  return all;
}
