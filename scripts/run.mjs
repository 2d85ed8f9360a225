// The front door of every npm script: on a fresh clone, with any Node >= 20, it installs what is missing and then runs on Node 24.
// Plain JavaScript without imports from node_modules, because neither TypeScript nor a package can be counted on before it has run.
//
//   node scripts/run.mjs <script.ts | name of a package's binary> [arguments]

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const bin = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.installed-lock.json');

const [what, ...rest] = process.argv.slice(2);
if (what === undefined) fail('say what to run: node scripts/run.mjs <script.ts | binary> [arguments]');

installWhatIsMissing();
const node = existsSync(join(bin, 'node')) ? join(bin, 'node') : process.execPath;
const command = what.endsWith('.ts')
  ? [node, ['--disable-warning=ExperimentalWarning', join(root, what), ...rest]]
  : [join(bin, what), rest];
run(command[0], command[1]);

/** Runs it with our terminal, hands signals on, and ends as it ends. */
function run(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path() } });
  // From a terminal the child has the signal already, and a second one does not hurt; from `kill` it has only ours.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${program} cannot be run: ${error.message}`));
  child.on('close', (code, signal) => {
    process.exitCode = signal ? 130 : (code ?? 1);
  });
}

/** npm ci, when node_modules is missing or belongs to another lockfile. */
function installWhatIsMissing() {
  const wanted = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (existsSync(join(root, 'node_modules', '.package-lock.json')) && sameVersions(wanted)) {
    writeFileSync(stamp, wanted);
    return;
  }
  console.error('installing packages (npm ci) …');
  rmSync(stamp, { force: true });
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2], // stdout belongs to what runs afterwards: `npm run -s bench | jq`, `eval "$(npm run -s assets)"`
  });
  if (npm.status !== 0)
    fail('npm ci failed; its message is above. Is the npm registry reachable, and is Node at least 20?');
  writeFileSync(stamp, wanted);
}

/** Whether what is installed (npm's own record of it) is what the lockfile says; foreign platforms' packages are left out of both. */
function sameVersions(wanted) {
  const installed = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  return Object.entries(JSON.parse(wanted).packages).every(
    ([name, entry]) => name === '' || entry.optional || installed[name]?.version === entry.version,
  );
}

function path() {
  return `${bin}${delimiter}${process.env.PATH ?? ''}`;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
