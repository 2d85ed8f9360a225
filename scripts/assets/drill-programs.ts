import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildGoProgram, goPrograms, goVersion } from './go-build.ts';

/** What a drill restores with, for machines of this kind: `arm64`, as functions and tasks are. */
export const DRILL_PLATFORM = 'arm64';

/** The programs that a drill needs, by name. */
export function drillPrograms(withKubernetes: boolean): readonly string[] {
  return ['etcd', 'etcdutl', ...(withKubernetes ? ['kube-apiserver'] : [])];
}

/**
 * Sees that the programs are in the directory, and builds those that are not, with Go, from pinned modules.
 * @throws Error without Go, or with what the compiler said
 */
export async function obtainDrillPrograms(
  names: readonly string[],
  directory: string,
  say: (line: string) => void,
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  if (names.every((name) => existsSync(join(directory, name)))) return;
  if (goVersion() === undefined)
    throw new Error('there is no Go in PATH (1.26 or newer), and the programs are not in the directory');
  // Go builds for another machine when its environment says so.
  Object.assign(process.env, { GOOS: 'linux', GOARCH: DRILL_PLATFORM });
  for (const program of goPrograms.filter(({ name }) => names.includes(name))) {
    say(`building ${program.name} for ${DRILL_PLATFORM} …`);
    await buildGoProgram(program, directory);
  }
}
