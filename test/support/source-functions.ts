import { parseSync, Visitor } from 'oxc-parser';
import { textOf } from './source-files.ts';

/** A function with a body of its own, as far as rules look at it. */
export interface SourceFunction {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  /** Lines between its braces without those of functions, and of tables of functions, inside it. */
  readonly ownLines: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Every function with a block body in a TypeScript file. */
export function functionsOf(path: string): readonly SourceFunction[] {
  const text = textOf(path);
  const lineAt = lineCounter(text);
  const bodies: { readonly body: Span; readonly name: string }[] = [];
  const functions: Span[] = [];
  const literals: Span[] = [];
  const found = (node: Span & { readonly body: (Span & { readonly type: string }) | null }) => {
    functions.push(node);
    if (node.body?.type === 'BlockStatement') bodies.push({ body: node.body, name: nameBefore(text, node) });
  };
  const literal = (node: Span) => {
    literals.push(node);
  };
  new Visitor({
    FunctionDeclaration: found,
    FunctionExpression: found,
    ArrowFunctionExpression: found,
    ObjectExpression: literal,
    ArrayExpression: literal,
  }).visit(parseSync(path, text).program);
  const tables = literals.filter((one) => functions.some((inner) => contains(one, inner)));
  return bodies.map(({ body, name }) => {
    const inside = [...functions, ...tables].filter((other) => contains(body, other));
    const outermost = inside.filter((one) => !inside.some((other) => other !== one && contains(other, one)));
    const nested = outermost.reduce((sum, one) => sum + linesIn(one, lineAt), 0);
    return { path, line: lineAt(body.start), name, ownLines: linesIn(body, lineAt) - nested };
  });
}

/** Exported functions and classes of a file that no doc comment stands before, and that are longer than so many lines. */
export function undocumentedExports(path: string, lines: number): readonly string[] {
  const text = textOf(path);
  return parseSync(path, text)
    .program.body.filter((statement) => statement.type === 'ExportNamedDeclaration')
    .filter(({ start }) => !text.slice(0, start).trimEnd().endsWith('*/'))
    .filter(({ start, end }) => text.slice(start, end).split('\n').length > lines)
    .flatMap(({ declaration }) =>
      declaration?.type === 'FunctionDeclaration' || declaration?.type === 'ClassDeclaration'
        ? [declaration.id?.name ?? 'something']
        : [],
    );
}

function linesIn({ start, end }: Span, lineAt: (offset: number) => number): number {
  return Math.max(0, lineAt(end) - lineAt(start) - 1);
}

function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** The last word before a function's parameters: its own name, or that of the constant, property or method that it is. */
function nameBefore(text: string, node: { readonly start: number; readonly body: Span | null }): string {
  const own = /^(?:async\s+)?function\s*\*?\s*(\w+)/.exec(text.slice(node.start, node.body?.start));
  return (
    own?.[1] ??
    /([\w#]+)\s*(?::[^=\n]*)?[=:(]?\s*$/.exec(text.slice(Math.max(0, node.start - 120), node.start))?.[1] ??
    '?'
  );
}

function lineCounter(text: string): (offset: number) => number {
  const starts = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
