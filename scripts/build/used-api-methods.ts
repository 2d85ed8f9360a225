import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

// A method of a generated class: four spaces, its name, and a body up to the brace that is four spaces in.
const METHOD = /^ {4}(?:async )?(\w+)\([^\n]*\) \{\n[\s\S]*?^ {4}\}\n/gm;
const GENERATED = /[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]gen[\\/](apis|types)[\\/]\w+(Api|API)\.js$/;

/**
 * Leaves out the methods of client-node's generated API classes whose names no source file mentions.
 *
 * No bundler can shake methods out of a class, and CoreV1Api has 400 of them in four layers: 550 KiB for the six that a
 * function calls. A name that occurs anywhere in these folders counts as used, so that only a call by a computed name could miss its method.
 */
export function usedApiMethods(sourceFolders: readonly string[]): Plugin {
  return {
    name: 'used-api-methods',
    setup(build) {
      let words: Promise<ReadonlySet<string>> | undefined;
      build.onLoad({ filter: GENERATED }, async ({ path }) => {
        words ??= wordsIn(sourceFolders);
        return { contents: withoutUnusedMethods(await readFile(path, 'utf8'), await words), loader: 'js' };
      });
    },
  };
}

/** The same module without methods that are not among these names. Each comes in a second form, `…WithHttpInfo`. */
export function withoutUnusedMethods(source: string, used: ReadonlySet<string>): string {
  return source.replace(METHOD, (method, name: string) => {
    const base = name.replace(/WithHttpInfo$/, '');
    return base === 'constructor' || used.has(base) ? method : '';
  });
}

async function wordsIn(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(folder, { recursive: true })).map((file) => join(folder, file))),
  );
  const sources = await Promise.all(
    files
      .flat()
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFile(file, 'utf8')),
  );
  return new Set(sources.flatMap((source) => source.match(/\w+/g) ?? []));
}
