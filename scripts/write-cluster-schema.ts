import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readArguments } from './arguments.ts';
import { clusterJsonSchema } from './build/cluster-json-schema.ts';
import { policyPage } from './build/policy-page.ts';

const HELP = `Writes docs/cluster.schema.json, the JSON Schema of a cluster's registry entry, for editors, and docs/reference/policy.md, its fields for people.

  npx node scripts/write-cluster-schema.ts [--check]

  --check   write nothing; fail when a file is not up to date
  --help    this text
`;

const { values } = readArguments({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } }, HELP);
if (values.help) process.stdout.write(HELP);
else await main(values.check ?? false);

async function main(check: boolean): Promise<void> {
  for (const [path, text] of [
    ['docs/cluster.schema.json', clusterJsonSchema()],
    ['docs/reference/policy.md', policyPage()],
  ] as const) {
    const file = resolve(import.meta.dirname, '..', path);
    if (!check) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
      process.stderr.write(`${path} is not up to date: npx node scripts/write-cluster-schema.ts\n`);
      process.exitCode = 1;
    }
  }
}
