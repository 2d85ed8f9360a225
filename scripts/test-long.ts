import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { longGlobs } from '../test/long-files.ts';

const HELP = `The tests that take longer or need programs from outside: the Kubernetes contract on a real API server, what is named in
test/long-files.ts, and every test file that asks for TENDER_LONG. What npm test covers already is not repeated.

  npm run test:long [-- <filter or option of vitest>...]

The real API server comes from KUBEBUILDER_ASSETS, or from .assets/ when \`npm run assets\` has been here; without
either, its part is skipped and says so.

  --help   this text
`;

const root = resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { help: { type: 'boolean', default: false } },
  allowPositionals: true,
  strict: false,
});

if (values.help === true) process.stdout.write(HELP);
else process.exitCode = run();

function run(): number {
  const assets = kubernetesAssets();
  say(assets === undefined ? 'no real API server: run `npm run assets` first' : `real API server: ${assets}`);
  const files = positionals.length > 0 ? [] : longTestFiles();
  const { status } = spawnSync('vitest', ['run', '--testTimeout=120000', ...files, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      TENDER_LONG: '1',
      ...(assets === undefined ? {} : { KUBEBUILDER_ASSETS: assets }),
    },
  });
  return status ?? 1;
}

/** Test files that `npm test` leaves to this, and those that behave differently here, told by the variable that they read. */
function longTestFiles(): readonly string[] {
  const asking = globSync('test/**/*.test.ts', { cwd: root }).filter((path) =>
    /process\.env\.(TENDER_LONG|KUBEBUILDER_ASSETS)\b/.test(readFileSync(join(root, path), 'utf8')),
  );
  return [...new Set([...asking, ...globSync([...longGlobs], { cwd: root })])].sort();
}

/** The folder with etcd and kube-apiserver: the one that is set, else the one that an earlier `npm run assets` made. */
function kubernetesAssets(): string | undefined {
  if (process.env.KUBEBUILDER_ASSETS) return process.env.KUBEBUILDER_ASSETS;
  const { stdout } = spawnSync('node', ['scripts/assets.ts', '--no-download', '--no-build'], {
    cwd: root,
    encoding: 'utf8',
  });
  return /^export KUBEBUILDER_ASSETS=(.+)$/m.exec(stdout)?.[1];
}

function say(line: string): void {
  process.stderr.write(`test:long: ${line}\n`);
}
