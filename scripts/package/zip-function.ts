import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';

/**
 * Zips the files that a function's `package.patterns` name, and says where the archive is; the same files give the same bytes.
 *
 * Serverless would look through the whole folder, node_modules and all, once for each function, to find the one file.
 */
export function zipFunction(root: string, name: string, files: readonly string[]): string {
  const archive = join(root, '.serverless', `${name}.zip`);
  const entries = files.map((file) => [file, readFileSync(join(root, file))] as const);
  mkdirSync(dirname(archive), { recursive: true });
  // The time is the oldest that a zip can have; anything else would make another function of the same code.
  writeFileSync(
    archive,
    zipSync(Object.fromEntries(entries), { level: 9, mtime: '1980-01-01T00:00:00', os: 3, attrs: 0o644 << 16 }),
  );
  return archive;
}
