import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type EtcdRelease, foundReleases, isRecent } from './etcd-programs.ts';

const assets = resolve(import.meta.dirname, '..', '..', '.assets', 'etcd');
const PACKAGES = ['etcd-server', 'etcd-client'];
const TIMEOUT_MS = 90_000;

/** An etcd of this machine, or why there is none. */
export type ObtainedEtcd = { readonly release: EtcdRelease } | { readonly release?: undefined; readonly why: string };

/**
 * The newest kind of etcd that is here. Where there is none, Debian's is downloaded by apt and unpacked below `.assets`: nothing is installed, and no
 * service starts.
 */
export function obtainEtcd(): ObtainedEtcd {
  const here = newest();
  if (here) return { release: here };
  const why = unpackPackages();
  const release = newest();
  return release ? { release } : { why: why ?? 'the packages of etcd do not run here' };
}

function newest(): EtcdRelease | undefined {
  const found = foundReleases();
  return found.find(isRecent) ?? found[0];
}

/** Why it was not possible; undefined when it was. */
function unpackPackages(): string | undefined {
  if (!succeeds('sh', ['-c', 'command -v apt-get && command -v dpkg-deb']))
    return 'there is no etcd here, and no apt-get to fetch one (npm run assets builds one with Go)';
  mkdirSync(assets, { recursive: true });
  const folder = mkdtempSync(join(assets, '.unpack-'));
  try {
    const download = () => succeeds('apt-get', ['download', '--quiet', ...PACKAGES], folder);
    // The lists of a fresh container are empty, and only root may fetch them.
    const isThere = download() || (succeeds('apt-get', ['update', '--quiet']) && download());
    if (!isThere) return 'there is no etcd here, and apt-get could not download one';
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb')))
      if (!succeeds('dpkg-deb', ['--extract', file, 'root'], folder)) return `dpkg-deb could not unpack ${file}`;
    rmSync(join(assets, 'debian'), { recursive: true, force: true });
    renameSync(join(folder, 'root', 'usr', 'bin'), join(assets, 'debian'));
    return undefined;
  } catch (error) {
    return `etcd could not be unpacked: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function succeeds(program: string, args: readonly string[], cwd?: string): boolean {
  return spawnSync(program, args, { cwd, stdio: 'ignore', timeout: TIMEOUT_MS }).status === 0;
}
