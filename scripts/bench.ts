import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { readArguments } from './arguments.ts';

const root = resolve(import.meta.dirname, '..');
const names = globSync('bench/*.ts', { cwd: root })
  .map((path) => basename(path, '.ts'))
  .sort();

const HELP = `Runs the benchmarks of bench/, one after the other. stdout has their results and nothing else, one JSON line each: name, ours,
peer, ratio, budget, ok and what else they measured. Fails when one is over its budget.

  npm run -s bench [-- <name>...]

  --help   this text

Benchmarks: ${names.join(', ')}
`;

const { values, positionals } = readArguments(
  {
    options: { help: { type: 'boolean', default: false } },
    allowPositionals: true,
  },
  HELP,
);

if (values.help) process.stdout.write(HELP);
else await main(positionals);

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`no benchmark is called ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
    process.exitCode = 1;
    return;
  }
  for (const name of wanted.length > 0 ? wanted : names) {
    if (!(await runBenchmark(name))) process.exitCode = 1;
  }
}

/** Runs one to its end and hands its JSON lines on. Resolves to whether it ended well, measured something, and kept its budgets. */
async function runBenchmark(name: string): Promise<boolean> {
  const startedAt = performance.now();
  const child = spawn('node', [`bench/${name}.ts`], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const code = new Promise<number>((resolve, reject) => child.on('error', reject).on('close', (c) => resolve(c ?? 1)));
  const oks: boolean[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const ok = verdictOf(line);
    if (ok !== undefined) oks.push(ok);
    (ok === undefined ? process.stderr : process.stdout).write(`${line}\n`);
  }
  const good = (await code) === 0 && oks.length > 0 && oks.every(Boolean);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(
    `bench: ${name} ${good ? 'ok' : oks.length === 0 ? 'measured nothing' : 'FAILED'} in ${seconds} s\n`,
  );
  return good;
}

/** The `ok` of a line of result; undefined for a line that is none. */
function verdictOf(line: string): boolean | undefined {
  try {
    const result: unknown = JSON.parse(line);
    return typeof result === 'object' && result !== null && 'ok' in result ? result.ok === true : undefined;
  } catch {
    return undefined;
  }
}
