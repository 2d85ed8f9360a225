import { createHash } from 'node:crypto';
import { strFromU8, unzipSync } from 'fflate';

/** What a function's deployment package holds. */
export interface CodePackage {
  /** As Lambda reports it in CodeSha256: base64. */
  readonly sha256: string;
  /** Bytes of the package as uploaded. */
  readonly size: number;
  /** The text of a file below /var/task, or undefined. */
  file(path: string): string | undefined;
}

/** Packages by their very bytes: hundreds of small worlds are deployed from one archive, and opening it is the dearest part. */
const opened = new WeakMap<Uint8Array, CodePackage>();

/**
 * Reads a deployment package. The archive is opened when a file is first asked for, so creating a hundred functions
 * costs nothing, and once for one array of bytes, which nobody may change afterwards.
 * @throws Error on first use when the bytes are no zip archive.
 */
export function codeFromZip(bytes: Uint8Array): CodePackage {
  const known = opened.get(bytes);
  if (known) return known;
  let files: Record<string, string> | undefined;
  const code: CodePackage = {
    sha256: createHash('sha256').update(bytes).digest('base64'),
    size: bytes.byteLength,
    file: (path) => {
      files ??= textsOf(bytes);
      return files[path];
    },
  };
  opened.set(bytes, code);
  return code;
}

function textsOf(archive: Uint8Array): Record<string, string> {
  return Object.fromEntries(Object.entries(unzipSync(archive)).map(([path, content]) => [path, strFromU8(content)]));
}

/** A package of files given by path and text; what a test or a rehearsal has at hand instead of an archive. */
export function codeFromFiles(files: Readonly<Record<string, string>>): CodePackage {
  const text = JSON.stringify(files);
  return {
    sha256: createHash('sha256').update(text).digest('base64'),
    size: text.length,
    file: (path) => files[path],
  };
}
