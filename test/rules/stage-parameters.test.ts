import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { STAGE_PARAMETERS } from '../../scripts/package/stage-parameters.ts';

const read = (file: string): string => readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8');
const known = STAGE_PARAMETERS.map(({ name, initial }) => ({ name, initial: String(initial) }));

it('finds every parameter of scripts/package/stage-parameters.ts in serverless.yml, with the same default, and no other', () => {
  const block = /^params:\n {2}default:\n((?: {4}.*\n)+)/m.exec(read('serverless.yml'))?.[1] ?? '';
  const lines = block.matchAll(/^ {4}(\w+): \$\{file\(stages\/\$\{sls:stage\}\.yml\):(\w+), '?([^'}]*)'?\}$/gm);
  const declared = [...lines].map(([, name, inFile, initial]) => ({ name, inFile, initial }));
  expect(declared).toEqual(known.map(({ name, initial }) => ({ name, inFile: name, initial })));
});

it('finds every parameter in the table of deploy/README.md, with the same default, and no other', () => {
  const table = /^\| parameter \| default .*\n\|.*\n((?:\|.*\n)+)/m.exec(read('deploy/README.md'))?.[1] ?? '';
  const rows = [...table.matchAll(/^\| `(\w+)` \| (?:`(.*?)`)? ?\| \S.* \|$/gm)];
  expect(rows.map(([, name, initial = '']) => ({ name, initial }))).toEqual(known);
});
