import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

const STAND_INS: Readonly<Record<string, string>> = {
  undici: fileURLToPath(new URL('./no-undici.ts', import.meta.url)),
  '@aws-sdk/credential-provider-node': fileURLToPath(new URL('./lambda-credentials.ts', import.meta.url)),
};

/** Packages whose modules do nothing when they are imported, although their package.json does not say so. */
const WITHOUT_SIDE_EFFECTS =
  /[\\/]node_modules[\\/](@kubernetes[\\/]client-node|@peculiar|asn1js|pvutils|pvtsutils)[\\/]/;

/** Leaves out of a bundle what a function on Lambda never runs. The reasons stand in the stand-ins. */
export function leanPackages(): Plugin {
  return {
    name: 'lean-packages',
    setup(build) {
      const names = Object.keys(STAND_INS).map((name) => name.replace(/[/]/g, '\\/'));
      build.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path }) => {
        const standIn = STAND_INS[path];
        return standIn === undefined ? undefined : { path: standIn, sideEffects: false };
      });
      // Asks esbuild itself where the module is, and adds only what its package.json should have said.
      build.onResolve({ filter: /./ }, async ({ path, pluginData, ...rest }) => {
        if (pluginData === RESOLVING || rest.kind === 'entry-point') return undefined;
        const found = await build.resolve(path, { ...rest, pluginData: RESOLVING });
        // What cannot be resolved is for esbuild to judge: a require in a try block may fail.
        if (found.errors.length > 0) return undefined;
        return WITHOUT_SIDE_EFFECTS.test(found.path) ? { ...found, sideEffects: false } : found;
      });
    },
  };
}

const RESOLVING = Symbol('resolving');
