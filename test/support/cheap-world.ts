import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { functionNames } from '../../scripts/build/bundle-functions.ts';
import { leanPackages } from '../../scripts/build/lean-packages.ts';
import { pureSchemaTables } from '../../scripts/build/pure-schema-tables.ts';
import { usedApiMethods } from '../../scripts/build/used-api-methods.ts';
import type { CloudOptions } from '../../simulator/cloud/cloud.ts';
import { SharedModules } from '../../simulator/lambda/shared-modules.ts';

const root = resolve(import.meta.dirname, '../..');
let modules: Promise<SharedModules> | undefined;

/**
 * What makes one of many small worlds cheap: Tender's functions from the same sources as the package, in one bundle, evaluated once for all the worlds of
 * this process. They are driven one after the other, each from a later time on than the one before: see {@link nextCheapWorld}.
 */
export async function cheapWorld(): Promise<
  Required<Pick<CloudOptions, 'modulesPerVersion' | 'sharedModules' | 'stackFrames'>>
> {
  modules ??= bundled();
  return { modulesPerVersion: 1, sharedModules: await modules, stackFrames: 0 };
}

const DAY_MS = 24 * 3_600_000;
const FIRST_MORNING = Date.parse('2026-03-02T09:00:00Z');

/** A cheap world that begins on the first morning on which no module remembers anything of the worlds before it. */
export async function nextCheapWorld(): Promise<Partial<CloudOptions>> {
  const cheap = await cheapWorld();
  const days = Math.ceil((cheap.sharedModules.restedAt() - FIRST_MORNING) / DAY_MS);
  return { ...cheap, startsAt: new Date(FIRST_MORNING + Math.max(0, days) * DAY_MS) };
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
    plugins: [pureSchemaTables(), usedApiMethods([join(root, 'src'), join(root, 'functions')]), leanPackages('lambda')],
  });
  return SharedModules.compile(outputFiles[0]?.text ?? '');
}

/** Each function's module, exported by the name of its file in the package. */
function entryOf(names: readonly string[]): string {
  return names
    .map((name) => `export * as ${JSON.stringify(`/var/task/.build/${name}/index.mjs`)} from './functions/${name}.ts';`)
    .join('\n');
}
