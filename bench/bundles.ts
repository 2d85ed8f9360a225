import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleFunctions } from '../scripts/build/bundle-functions.ts';

const HELP = `Measures what each function costs before it does anything: KiB of its bundle, and CPU milliseconds to import it, as the
median of five fresh processes, against a bare handler in the same run. Prints one JSON line.

  npx node bench/bundles.ts

  --help    this text

Fails when a function is over budget: 1.4 MiB, 130 CPU ms.
`;

const RUNS = 5;
const BUDGET = { kib: 1.4 * 1024, cpuMs: 130 };

// Prints the CPU time of the import alone, without that of starting Node.
const MEASURE = `const before = process.cpuUsage();
await import(process.argv[1]);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / 1000));
process.exit();`;

const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  try {
    const bare = join(folder, 'bare.mjs');
    await writeFile(bare, 'export const handler = async () => ({});\n');
    const bundles = await bundleFunctions(resolve(import.meta.dirname, '..'), join(folder, 'functions'));
    const functions = bundles.map(({ name, file, bytes }) => ({
      name,
      kib: round(bytes / 1024),
      cpuMs: importCpuMs(file),
    }));
    report(functions, importCpuMs(bare));
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface FunctionFigures {
  readonly name: string;
  readonly kib: number;
  readonly cpuMs: number;
}

function report(functions: readonly FunctionFigures[], bareCpuMs: number): void {
  const ours = Math.max(...functions.map(({ cpuMs }) => cpuMs));
  const largestKib = Math.max(...functions.map(({ kib }) => kib));
  const ok = ours <= BUDGET.cpuMs && largestKib <= BUDGET.kib;
  const line = {
    name: 'bundles',
    unit: 'CPU ms to import the slowest function',
    ours,
    peer: bareCpuMs,
    peerName: 'a bare handler',
    ratio: round(ours / bareCpuMs),
    budget: BUDGET.cpuMs,
    largestKib,
    budgetKib: round(BUDGET.kib),
    ok,
    functions,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (!ok) process.exitCode = 1;
}

function importCpuMs(file: string): number {
  const once = () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', MEASURE, pathToFileURL(file).href], {
        encoding: 'utf8',
      }),
    );
  const sorted = Array.from({ length: RUNS }, once).toSorted((a, b) => a - b);
  return round(sorted[Math.floor(RUNS / 2)] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
