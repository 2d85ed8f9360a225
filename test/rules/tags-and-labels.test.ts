import { expect, test } from 'vitest';
import { sourceFiles, textOf } from '../support/source-files.ts';

const table = textOf('docs/tags-and-labels.md');
const documented = [...table.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? '');
const code = sourceFiles('src').map((path) => ({ path, text: textOf(path) }));

test('every tag, label and annotation in the code stands in the table', () => {
  const used = code.flatMap(({ path, text }) =>
    [
      ...text.matchAll(
        /['`](tender(?::|\.sh\/|-launch|-terminate)[a-z./-]*|system:bootstrappers:tender|node-role\.kubernetes\.io\/)['`$]/g,
      ),
    ].map((match) => ({ path, name: match[1] ?? '' })),
  );

  const missing = used.filter(({ name }) => !documented.includes(name));

  expect(missing.map(({ path, name }) => `${path} uses ${name}: add it to docs/tags-and-labels.md`)).toEqual([]);
  expect(used.length).toBeGreaterThan(8);
});

test('every row of the table is of a name that the code uses', () => {
  const all = [...code.map(({ text }) => text), textOf('deploy/stack/shared-policies.yaml')].join('\n');

  const stale = documented.filter((name) => !all.includes(literalPart(name)));

  expect(stale.map((name) => `docs/tags-and-labels.md: nothing uses ${name}; delete the row`)).toEqual([]);
});

/** The part of a name before its first placeholder. */
function literalPart(name: string): string {
  return name.split('<')[0] ?? name;
}
