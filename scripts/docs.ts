import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readArguments } from './arguments.ts';

const HELP = `Builds the documentation's site into .docs/, and checks every link in it.

  npm run docs [-- --no-check]

  --no-check   do not check links
  --help       this text

Its generator is installed into docs/site when it is missing there.
`;

const root = resolve(import.meta.dirname, '..');
const site = join(root, 'docs', 'site');
const output = join(root, '.docs');
const { values } = readArguments({ options: { 'no-check': { type: 'boolean' }, help: { type: 'boolean' } } }, HELP);

if (values.help) process.stdout.write(HELP);
else main(values['no-check'] !== true);

function main(checks: boolean): void {
  if (!isInstalled()) run('npm', ['ci', '--no-audit', '--no-fund'], site);
  rmSync(output, { recursive: true, force: true });
  run(
    process.execPath,
    [join(site, 'node_modules/.bin/eleventy'), '--quiet', '--config=docs/site/eleventy.config.mjs'],
    root,
  );
  if (checks) run(process.execPath, [join(site, 'check-links.mjs')], root);
  process.stderr.write('the site is in .docs/: open .docs/index.html\n');
}

/** Whether what is there is what the lockfile says. */
function isInstalled(): boolean {
  const installed = join(site, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const versions = (path: string): string =>
    JSON.stringify(
      Object.entries(
        JSON.parse(readFileSync(path, 'utf8')).packages as Record<string, { version?: string; optional?: boolean }>,
      )
        .filter(([name, { optional }]) => name !== '' && optional !== true)
        .map(([name, { version }]) => [name, version]),
    );
  return versions(installed) === versions(join(site, 'package-lock.json'));
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
}
