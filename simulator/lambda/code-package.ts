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

/**
 * Reads a deployment package. The archive is opened when a file is first asked for, so creating a hundred functions
 * costs nothing.
 * @throws Error on first use when the bytes are no zip archive.
 */
export function codeFromZip(bytes: Uint8Array): CodePackage {
  let files: Record<string, Uint8Array> | undefined;
  return {
    sha256: createHash('sha256').update(bytes).digest('base64'),
    size: bytes.byteLength,
    file: (path) => {
      files ??= unzipSync(bytes);
      const content = files[path];
      return content && strFromU8(content);
    },
  };
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
