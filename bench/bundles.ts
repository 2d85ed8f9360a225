import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundlePlainly, functionNames } from '../scripts/build/bundle-functions.ts';
import { freshPackage } from './rig/fresh-package.ts';
import { printResult } from './rig/result-line.ts';
import { median, rounded } from './rig/statistics.ts';

const HELP = `Measures what each function costs before it does anything: KiB of its bundle, and CPU milliseconds to import it in a fresh process.
The four slowest are then compared with the same functions as esbuild alone bundles them, with the same flags and without the plugins of scripts/build:
ours and the peer take turns five times, so that a slower machine, or a busier one, moves both. Prints one JSON line.

  npx node bench/bundles.ts

  --help    this text

Fails when a bundle is over 1.4 MiB, or when importing takes more than 0.55 of what it takes without the plugins.
`;

const slowest = 4;
const rounds = 5;
const budgets = { kib: 1.4 * 1024, ratio: 0.55 };
const root = resolve(import.meta.dirname, '..');

// Prints the CPU time of the import alone, without that of starting Node.
const MEASURE = `const before = process.cpuUsage();
await import(process.argv[1]);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / 1000));
process.exit();`;

const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
if (values.help) process.stdout.write(HELP);
else await main();

interface FunctionFigures {
  readonly name: string;
  readonly kib: number;
  /** Of one import: enough to find the slowest. */
  readonly cpuMs: number;
}

interface Pair {
  readonly name: string;
  readonly cpuMs: number;
  readonly plainCpuMs: number;
}

async function main(): Promise<void> {
  freshPackage();
  const names = await functionNames(join(root, 'functions'));
  const functions: FunctionFigures[] = [];
  for (const name of names) {
    const { size } = await stat(packaged(name));
    functions.push({ name, kib: rounded(size / 1024, 4), cpuMs: importCpuMs(packaged(name)) });
  }
  const candidates = functions.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, slowest);
  report(functions, await compareWithPlain(candidates.map(({ name }) => name)));
}

/** Where `npm run package` has put what is deployed. */
function packaged(name: string): string {
  return join(root, '.build', name, 'index.mjs');
}

async function compareWithPlain(names: readonly string[]): Promise<readonly Pair[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  try {
    const plain = await bundlePlainly(root, folder, names);
    return plain.map(({ name, file }) => {
      const turns = Array.from({ length: rounds }, () => [importCpuMs(packaged(name)), importCpuMs(file)] as const);
      const [cpuMs, plainCpuMs] = [median(turns.map(([ours]) => ours)), median(turns.map(([, peer]) => peer))];
      return { name, cpuMs: rounded(cpuMs), plainCpuMs: rounded(plainCpuMs) };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function report(functions: readonly FunctionFigures[], pairs: readonly Pair[]): void {
  const mean = (of: readonly number[]) => rounded(of.reduce((sum, one) => sum + one, 0) / of.length);
  const ours = mean(pairs.map(({ cpuMs }) => cpuMs));
  const peer = mean(pairs.map(({ plainCpuMs }) => plainCpuMs));
  const largestKib = Math.max(...functions.map(({ kib }) => kib));
  printResult({
    name: 'bundles',
    unit: `CPU ms to import one of the ${slowest} slowest functions, mean of their medians`,
    ours,
    peer,
    peerName: 'the same functions bundled by esbuild alone, by turns in the same run',
    budget: rounded(peer * budgets.ratio),
    ok: ours <= peer * budgets.ratio && largestKib <= budgets.kib,
    budgetRatio: budgets.ratio,
    largestKib,
    budgetKib: rounded(budgets.kib, 4),
    slowest: pairs,
    functions,
  });
}

function importCpuMs(file: string): number {
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', MEASURE, pathToFileURL(file).href], {
    encoding: 'utf8',
  });
  return rounded(Number(printed));
}
