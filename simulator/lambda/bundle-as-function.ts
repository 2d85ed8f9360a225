import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { transform, version } from 'esbuild';

/** A bundle of a megabyte takes a quarter of a second, there are dozens, and each test process needs them: so they are kept where tools keep such things. */
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/tender/functions');

/**
 * The module's text as the body of a CommonJS function: no `import`, no `import.meta`.
 * @throws Error of esbuild when it is no JavaScript, or has a top-level await.
 */
export async function bundleAsFunction(source: string): Promise<string> {
  const file = join(cache, `${createHash('sha256').update(`${version}\0${source}`).digest('hex')}.cjs`);
  try {
    return await readFile(file, 'utf8');
  } catch {
    const code = await transformed(source);
    await keep(file, code);
    return code;
  }
}

async function transformed(source: string): Promise<string> {
  const { code } = await transform(source, {
    loader: 'js',
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    supported: { 'dynamic-import': false },
    define: {
      'import.meta.url': '__importMetaUrl',
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
    },
    legalComments: 'none',
    logLevel: 'silent',
  });
  return code;
}

/** Whole or not at all, since other processes read it. Where nothing can be written, each process does the work itself. */
async function keep(file: string, code: string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await mkdir(cache, { recursive: true });
    await writeFile(unfinished, code);
    await rename(unfinished, file);
  } catch {
    // A checkout that is read-only, or a full disk.
  }
}
