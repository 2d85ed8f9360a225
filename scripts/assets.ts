import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rmdir, symlink } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { readArguments } from './arguments.ts';
import { downloadArchive, downloadBinary } from './assets/download.ts';
import { buildGoProgram, type GoProgram, goPrograms, goVersion } from './assets/go-build.ts';
import { builtVersion, controllerManagers, downloadedVersion, envtestArchives } from './assets/pins.ts';

const help = `Obtains the programs that the contract tests run against: etcd, kube-apiserver, kubectl and, where possible,
kube-controller-manager. Prints one line for the shell; everything else goes to stderr:

  eval "$(npm run --silent assets)" && npm test -- contract

Tried in this order, each step said aloud:
  1. what is there already (<directory>/<version>-<os>-<arch>, the layout of setup-envtest)
  2. the envtest release of Kubernetes ${downloadedVersion}, checked against pinned digests
  3. a Go toolchain (1.26 or newer) that builds Kubernetes ${builtVersion} and etcd from pinned modules; it takes minutes
     and continues where it stopped

Options:
  --directory <path>   where to put them (default .assets/k8s)
  --no-download        skip step 2
  --no-build           skip step 3
  --help               this text
`;

/** What a suite cannot do without. */
const required = ['etcd', 'kube-apiserver', 'kubectl'] as const;
const controllerManager = 'kube-controller-manager';

const { values: options } = readArguments(
  {
    options: {
      directory: { type: 'string', default: join(import.meta.dirname, '..', '.assets', 'k8s') },
      download: { type: 'boolean', default: true },
      build: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  },
  help,
);

const root = resolve(options.directory);
const system = `${platform()}-${arch() === 'x64' ? 'amd64' : arch()}`;

await main();

async function main(): Promise<void> {
  if (options.help) {
    process.stdout.write(help);
    return;
  }
  const found = (await alreadyThere()) ?? (await downloaded()) ?? (await built());
  if (found === undefined) {
    say('nothing worked: run this where github.com can be reached, or with Go 1.26 or newer in PATH');
    process.exitCode = 1;
    return;
  }
  if (!existsSync(join(found, controllerManager)))
    say(`no ${controllerManager}: tests that need its controllers will be skipped`);
  process.stdout.write(`export KUBEBUILDER_ASSETS=${found}\n`);
}

/** The newest complete directory; one with a controller-manager before one without. */
async function alreadyThere(): Promise<string | undefined> {
  const names = existsSync(root) ? await readdir(root) : [];
  const complete = names
    .filter((name) => name.endsWith(`-${system}`))
    .map((name) => join(root, name))
    .filter(isComplete)
    .sort(
      (a, b) =>
        Number(existsSync(join(b, controllerManager))) - Number(existsSync(join(a, controllerManager))) ||
        (a < b ? 1 : -1),
    );
  const found = complete[0];
  say(found === undefined ? `nothing complete in ${root} yet` : `already there: ${found}`);
  if (found?.endsWith(`${builtVersion}-${system}`) && options.build) await finishBuild(found);
  return found;
}

async function downloaded(): Promise<string | undefined> {
  const archive = envtestArchives[system];
  if (!options.download || archive === undefined) {
    say(options.download ? `no envtest archive is pinned for ${system}` : 'download: skipped');
    return undefined;
  }
  const directory = join(root, `${downloadedVersion}-${system}`);
  await mkdir(directory, { recursive: true });
  try {
    say(`downloading ${archive.url}`);
    await downloadArchive(archive, directory, required);
    await downloadControllerManager(directory);
    return directory;
  } catch (error) {
    say(`download failed: ${reason(error)}`);
    await rmdir(directory).catch(() => {}); // stays when something is in it
    return undefined;
  }
}

/** Its absence is not fatal: the API server is right about everything but what the controllers do. */
async function downloadControllerManager(directory: string): Promise<void> {
  const pin = controllerManagers[system];
  if (pin === undefined) return say(`no ${controllerManager} is pinned for ${system}`);
  try {
    say(`downloading ${pin.url}`);
    await downloadBinary(pin, join(directory, controllerManager));
  } catch (error) {
    say(`${controllerManager}: ${reason(error)}`);
  }
}

async function built(): Promise<string | undefined> {
  const go = options.build ? goVersion() : undefined;
  if (go === undefined) {
    say(options.build ? 'no Go toolchain in PATH' : 'build: skipped');
    return undefined;
  }
  say(`building Kubernetes ${builtVersion} with ${go}; this takes minutes`);
  const directory = join(root, `${builtVersion}-${system}`);
  await mkdir(directory, { recursive: true });
  await finishBuild(directory);
  return isComplete(directory) ? directory : undefined;
}

/** Builds what the directory lacks. A program that fails is said and passed over; an etcd in PATH stands in for ours. */
async function finishBuild(directory: string): Promise<void> {
  for (const program of goPrograms.filter(({ name }) => !existsSync(join(directory, name)))) {
    try {
      const seconds = await buildGoProgram(program, directory);
      say(`built ${program.name} in ${seconds.toFixed(0)} s`);
    } catch (error) {
      say(`${program.name}: ${reason(error)}`);
      await borrowFromPath(program, directory);
    }
  }
}

/** Debian's etcd 3.4 serves an API server of 1.36 as well as 3.7 does; snapshots and drills want 3.5.10 or newer. */
async function borrowFromPath(program: GoProgram, directory: string): Promise<void> {
  if (program.module !== 'etcd') return;
  const which = spawnSync('sh', ['-c', `command -v ${program.name}`], { encoding: 'utf8' });
  if (which.status !== 0) return;
  await symlink(which.stdout.trim(), join(directory, program.name));
  say(`${program.name}: using ${which.stdout.trim()} from PATH`);
}

function isComplete(directory: string): boolean {
  return required.every((name) => existsSync(join(directory, name)));
}

/** Node hides why a fetch failed in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function say(line: string): void {
  process.stderr.write(`assets: ${line}\n`);
}
