import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { functionNames } from '../../../scripts/build/bundle-functions.ts';
import { leanPackages } from '../../../scripts/build/lean-packages.ts';
import { pureSchemaTables } from '../../../scripts/build/pure-schema-tables.ts';
import { usedApiMethods } from '../../../scripts/build/used-api-methods.ts';
import { SharedModules } from '../../../simulator/lambda/shared-modules.ts';

const root = resolve(import.meta.dirname, '../../..');
let modules: Promise<SharedModules> | undefined;

/** All of Tender's functions in one bundle, from the same sources as the package, evaluated once for all the worlds of this process. */
export function functionModules(): Promise<SharedModules> {
  modules ??= bundled();
  return modules;
}

async function bundled(): Promise<SharedModules> {
  const names = await functionNames(join(root, 'functions'));
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: entryOf(names), resolveDir: root, sourcefile: 'functions.mjs' },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [pureSchemaTables(), usedApiMethods([join(root, 'src'), join(root, 'functions')]), leanPackages()],
  });
  return SharedModules.compile(outputFiles[0]?.text ?? '');
}

/** Each function's module, exported by the name of its file in the package. */
function entryOf(names: readonly string[]): string {
  return names
    .map((name) => `export * as ${JSON.stringify(`/var/task/.build/${name}/index.mjs`)} from './functions/${name}.ts';`)
    .join('\n');
}
