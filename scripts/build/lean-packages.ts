import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

/** Where a program runs: what it finds its credentials by. */
export type RunsOn = 'lambda' | 'container';

const CREDENTIALS: Readonly<Record<RunsOn, string>> = {
  lambda: fileURLToPath(new URL('./lambda-credentials.ts', import.meta.url)),
  container: fileURLToPath(new URL('./container-credentials.ts', import.meta.url)),
};
const NO_UNDICI = fileURLToPath(new URL('./no-undici.ts', import.meta.url));

/** Packages whose modules do nothing when they are imported, although their package.json does not say so. */
const PACKAGE = /^@kubernetes\/client-node$/;
const INSIDE = /[\\/]node_modules[\\/]@kubernetes[\\/]client-node[\\/]/;

/** Leaves out of a bundle what is never run there. The reasons stand in the stand-ins. */
export function leanPackages(runsOn: RunsOn): Plugin {
  const replaced: Readonly<Record<string, string>> = {
    undici: NO_UNDICI,
    '@aws-sdk/credential-provider-node': CREDENTIALS[runsOn],
  };
  return {
    name: 'lean-packages',
    setup(build) {
      const names = Object.keys(replaced).map((name) => name.replace(/[/]/g, '\\/'));
      build.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path }) => {
        const standIn = replaced[path];
        return standIn === undefined ? undefined : { path: standIn, sideEffects: false };
      });
      build.onResolve({ filter: PACKAGE }, async ({ path, pluginData, ...rest }) => {
        // Asked by this plugin itself, for where esbuild finds the package.
        if (pluginData === RESOLVING) return undefined;
        const found = await build.resolve(path, { ...rest, pluginData: RESOLVING });
        return found.errors.length > 0 ? undefined : { path: found.path, sideEffects: false };
      });
      // Inside a package its files name each other with their extension; asking esbuild for thousands of them takes seconds.
      build.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, importer, resolveDir }) =>
        INSIDE.test(importer) ? { path: join(resolveDir, path), sideEffects: false } : undefined,
      );
    },
  };
}

const RESOLVING = Symbol('resolving');
