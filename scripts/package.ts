import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readArguments } from './arguments.ts';
import { runProcess } from './package/run-process.ts';

const HELP = `Bundles the functions and writes the CloudFormation template and archives into .serverless/.

  npm run package [-- --if-changed]

  --if-changed   do nothing when nothing that goes into the package has changed since the last time
  --help         this text

Works without network and without credentials.
`;

const root = resolve(import.meta.dirname, '..');
const output = join(root, '.serverless');
const stamp = join(output, 'inputs.sha256');
const { values } = readArguments({ options: { 'if-changed': { type: 'boolean' }, help: { type: 'boolean' } } }, HELP);

if (values.help) process.stdout.write(HELP);
else await alone(() => packageStack(values['if-changed'] ?? false));

async function packageStack(ifChanged: boolean): Promise<void> {
  const inputs = hashOfInputs();
  if (ifChanged && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  // Whoever reads the package meanwhile, a test run in another terminal say, finds the old one or the new one, never half of one.
  const next = join(root, `.serverless.${process.pid}`);
  // Minified as serverless uploads it: CloudFormation takes a million bytes, and the same with indentation would be more.
  const words = ['package', '--minify-template', '--package', next];
  await runProcess(join(root, 'node_modules', '.bin', 'serverless'), words, root);
  writeFileSync(join(next, 'inputs.sha256'), inputs);
  rmSync(output, { recursive: true, force: true });
  renameSync(next, output);
  // What the local cloud has kept of the functions before: simulator/lambda/bundle-as-function.ts.
  rmSync(join(root, 'node_modules', '.cache', 'tender'), { recursive: true, force: true });
}

/** Two packagings at once, in two terminals say, would bundle into one folder: the second waits, and then finds nothing changed. */
async function alone(work: () => Promise<void>): Promise<void> {
  const lock = join(root, '.build.lock');
  while (!tryLock(lock)) await setTimeout(200);
  try {
    await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    // Whoever was killed in the middle left it; packaging takes seconds.
    const left = statSync(lock, { throwIfNoEntry: false });
    if (left && Date.now() - left.mtimeMs > 120_000) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

/** Everything that a package is made of. */
function hashOfInputs(): string {
  const files = globSync(
    [
      'functions/**/*.ts',
      'src/**/*.ts',
      'statemachines/*.yaml',
      'deploy/**/*.{yaml,cjs,sh}',
      'scripts/{build,package}/*.{ts,cjs}',
      'serverless.yml',
      'stages/*.yml',
      'package-lock.json',
    ],
    { cwd: root },
  );
  const hash = createHash('sha256');
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)));
  return hash.digest('hex');
}
