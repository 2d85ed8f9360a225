import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PinnedFile } from './pins.ts';

/** How long the release host may take to begin its answer; a machine without internet should learn so quickly. */
const answerMs = 15_000;

/** What was received is not what was pinned. The file is not kept. */
export class ChecksumMismatchError extends Error {
  override readonly name = 'ChecksumMismatchError';
}

/** Downloads a pinned file as an executable. @throws ChecksumMismatchError, Error when the host does not answer with the file. */
export async function downloadBinary(pin: PinnedFile, to: string): Promise<void> {
  const partial = `${to}.partial`;
  await writeFile(partial, await fetchPinned(pin));
  await chmod(partial, 0o755);
  await rename(partial, to);
}

/** Downloads a pinned tar.gz and puts the named members, wherever they lie in it, into the directory. Needs `tar`. @throws as {@link downloadBinary}. */
export async function downloadArchive(pin: PinnedFile, directory: string, members: readonly string[]): Promise<void> {
  const bytes = await fetchPinned(pin);
  const scratch = await mkdtemp(join(directory, '.unpack-'));
  try {
    const depth = '--strip-components=2'; // controller-tools/envtest/<member>
    const tar = spawnSync('tar', ['-xzf', '-', depth, '-C', scratch], {
      input: bytes,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    if (tar.status !== 0) throw new Error(`tar could not unpack ${pin.url}: ${tar.stderr}`);
    for (const member of members) await rename(join(scratch, member), join(directory, member));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fetchPinned(pin: PinnedFile): Promise<Uint8Array> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`no answer within ${answerMs / 1000} s`)), answerMs);
  const response = await fetch(pin.url, { signal: abort.signal }).finally(() => clearTimeout(timer));
  if (!response.ok) throw new Error(`${pin.url} answered ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = createHash(pin.algorithm).update(bytes).digest('hex');
  if (digest !== pin.digest)
    throw new ChecksumMismatchError(`${pin.url}: ${pin.algorithm} is ${digest}, pinned is ${pin.digest}`);
  return bytes;
}
