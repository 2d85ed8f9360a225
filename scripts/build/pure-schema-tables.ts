import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

// export const X$ = [ … ];  at the top level of a schema file, up to the line that closes it.
const TABLE = /^((?:export )?(?:var|const|let) [\w$]+\$?\s*=\s*)(\[.*\]|\[[\s\S]*?^\]);$/gm;

/**
 * Lets esbuild drop the operation schemas that a bundle does not use.
 *
 * The SDK clients describe each operation in a table, `var PutThing$ = [9, n0, _PT, { [_h]: … }, …]`. Its computed keys
 * could have effects as far as esbuild can know, so it keeps them all: 831 KiB for EC2 instead of 309. A call that is
 * marked pure may go when nobody needs its result.
 */
export function pureSchemaTables(): Plugin {
  return {
    name: 'pure-schema-tables',
    setup(build) {
      build.onLoad({ filter: /[\\/]@aws-sdk[\\/].*[\\/]schemas[\\/]schemas_\d+\.js$/ }, async ({ path }) => ({
        contents: markTablesPure(await readFile(path, 'utf8')),
        loader: 'js',
      }));
    },
  };
}

/** The same module with every table wrapped into a call that is marked pure. */
export function markTablesPure(source: string): string {
  return source.replace(TABLE, (_all, head: string, table: string) => `${head}/* @__PURE__ */ (() => ${table})();`);
}
