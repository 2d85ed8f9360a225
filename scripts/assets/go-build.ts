import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { builtVersion } from './pins.ts';

/** A program that is built from a pinned Go module. */
export interface GoProgram {
  readonly name: string;
  /** The folder beside this file whose go.mod and go.sum pin everything that is compiled. */
  readonly module: 'kubernetes' | 'etcd';
  readonly package: string;
}

/** In the order of need: with the first three a suite can run already. */
export const goPrograms: readonly GoProgram[] = [
  { name: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { name: 'kube-apiserver', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  { name: 'kubectl', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  { name: 'kube-controller-manager', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  { name: 'etcdctl', module: 'etcd', package: 'go.etcd.io/etcd/etcdctl/v3' },
  { name: 'etcdutl', module: 'etcd', package: 'go.etcd.io/etcd/etcdutl/v3' },
];

/** The version of the Go toolchain in PATH (`go1.26.8`), or undefined without one. */
export function goVersion(): string | undefined {
  const go = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  return go.status === 0 ? go.stdout.trim() : undefined;
}

/**
 * Builds one program into the directory; does nothing when it is there already, so that an interrupted run goes on where it stopped.
 * Runs at the lowest priority: it takes both cores for minutes. Resolves to the seconds it took, 0 when it was there.
 * @throws Error when the compiler fails; its own words are on stderr.
 */
export async function buildGoProgram(program: GoProgram, directory: string): Promise<number> {
  const target = join(directory, program.name);
  if (existsSync(target)) return 0;
  const startedAt = performance.now();
  const partial = `${target}.partial`;
  const flags = [
    '-C',
    join(import.meta.dirname, program.module),
    '-mod=readonly',
    '-trimpath',
    '-ldflags',
    linkerFlags(program),
  ];
  await run('nice', ['-n', '19', 'go', 'build', ...flags, '-o', partial, program.package]);
  await rename(partial, target);
  return (performance.now() - startedAt) / 1000;
}

/** Kubernetes learns its version from the linker; without it the server calls itself v0.0.0-master and clients refuse it. */
function linkerFlags(program: GoProgram): string {
  if (program.module === 'etcd') return '-s -w';
  const [major, minor] = builtVersion.split('.');
  const values = { gitVersion: `v${builtVersion}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return [
    '-s',
    '-w',
    ...Object.entries(values).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`),
  ].join(' ');
}

/** GOFLAGS of the machine are dropped: they could undo the pinning. */
function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${code}`)),
    );
  });
}
