import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readArguments } from './arguments.ts';
import { clusterJsonSchema } from './build/cluster-json-schema.ts';

const HELP = `Writes docs/cluster.schema.json, the JSON Schema of a cluster's registry entry, for editors.

  npx node scripts/write-cluster-schema.ts [--check]

  --check   write nothing; fail when the file is not up to date
  --help    this text
`;

const { values } = readArguments({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } }, HELP);
if (values.help) process.stdout.write(HELP);
else await main(values.check ?? false);

async function main(check: boolean): Promise<void> {
  const file = resolve(import.meta.dirname, '../docs/cluster.schema.json');
  const schema = clusterJsonSchema();
  if (!check) return writeFile(file, schema);
  if ((await readFile(file, 'utf8')) === schema) return;
  process.stderr.write('docs/cluster.schema.json is not up to date: npx node scripts/write-cluster-schema.ts\n');
  process.exitCode = 1;
}
