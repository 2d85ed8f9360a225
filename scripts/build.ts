import { resolve } from 'node:path';
import { readArguments } from './arguments.ts';
import { bundleFunctions } from './build/bundle-functions.ts';

const HELP = `Bundles every function of functions/<domain>/<task>.ts into .build/<domain>/<task>/index.mjs.

  npx node scripts/build.ts [--quiet]

  --quiet   print nothing when all goes well
  --help    this text

Fails when a bundle is larger than the budget of 1.4 MiB.
`;

const BUDGET_KIB = 1.4 * 1024;

const { values } = readArguments({ options: { quiet: { type: 'boolean' }, help: { type: 'boolean' } } }, HELP);
if (values.help) process.stdout.write(HELP);
else await main(values.quiet ?? false);

async function main(quiet: boolean): Promise<void> {
  const root = resolve(import.meta.dirname, '..');
  const bundles = await bundleFunctions(root, resolve(root, '.build'));
  const rows = bundles.map(({ name, bytes }) => ({ name, kib: bytes / 1024 }));
  if (!quiet) for (const { name, kib } of rows) process.stdout.write(`${kib.toFixed(1).padStart(8)} KiB  ${name}\n`);
  const tooLarge = rows.filter(({ kib }) => kib > BUDGET_KIB);
  for (const { name, kib } of tooLarge) {
    process.stderr.write(
      `${name} has ${kib.toFixed(0)} KiB, the budget is ${BUDGET_KIB.toFixed(0)}: see what it imports, and bench/bundles.ts for what that costs\n`,
    );
  }
  if (tooLarge.length > 0) process.exitCode = 1;
}
