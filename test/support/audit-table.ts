import { textOf } from './source-files.ts';

/** What docs/audit.md says of each call that changes something: whether its record has a `before`. */
export function auditTable(): ReadonlyMap<string, boolean> {
  const table = /^\| call \| `before` \| \|\n\|.*\n((?:\|.*\n)+)/m.exec(textOf('docs/audit.md'))?.[1] ?? '';
  const rows = table.trimEnd().split('\n');
  return new Map(
    rows.flatMap((row) => {
      const [, calls = '', before = '', why = ''] = row.split('|').map((cell) => cell.trim());
      if (!/^(yes|no)$/.test(before) || why.length < 10)
        throw new Error(`docs/audit.md: what does this row say? ${row}`);
      return [...calls.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, before === 'yes'] as const);
    }),
  );
}
