import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { leanPackages, type RunsOn } from './lean-packages.ts';
import { pureSchemaTables } from './pure-schema-tables.ts';
import { usedApiMethods } from './used-api-methods.ts';

/** One bundled function. */
export interface Bundle {
  /** `nodes/cordon-node`. */
  readonly name: string;
  /** Absolute path of its only file. */
  readonly file: string;
  readonly bytes: number;
}

/** The functions of a folder, `<domain>/<task>`, sorted. Files directly in the folder are wiring, not functions. */
export async function functionNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true });
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /^[^/]+\/[^/]+\.ts$/.test(file))
    .map((file) => file.replace(/\.ts$/, ''))
    .toSorted();
}

/**
 * Bundles every function of `<root>/functions` into `<outdir>/<domain>/<task>/index.mjs`, minified, each complete in itself.
 *
 * The same sources give the same bytes. Ships no source maps: reading one costs more of a cold start than the code.
 *
 * @throws BuildFailure of esbuild, which has printed what is wrong
 */
export async function bundleFunctions(root: string, outdir: string): Promise<readonly Bundle[]> {
  return bundleEach(root, outdir, await functionNames(join(root, 'functions')), { plugins: pluginsOf(root, 'lambda') });
}

/**
 * One program, bundled as functions are, into `<outdir>/index.mjs`: that of a container, and what benchmarks run.
 *
 * @returns the absolute path of the file
 * @throws BuildFailure of esbuild
 */
export async function bundleProgram(
  root: string,
  source: string,
  outdir: string,
  runsOn: RunsOn = 'lambda',
): Promise<string> {
  const file = join(outdir, 'index.mjs');
  await build({ ...settings(root), entryPoints: [source], outfile: file, plugins: pluginsOf(root, runsOn) });
  await giveRequire(file);
  return file;
}

/**
 * The named functions as `bundleFunctions` bundles them, but without its plugins: what esbuild alone makes of them. Benchmarks compare with it.
 *
 * @throws BuildFailure of esbuild
 */
export async function bundlePlainly(
  root: string,
  outdir: string,
  names: readonly string[],
): Promise<readonly Bundle[]> {
  return bundleEach(root, outdir, names, {});
}

async function bundleEach(
  root: string,
  outdir: string,
  names: readonly string[],
  options: Pick<BuildOptions, 'plugins'>,
): Promise<readonly Bundle[]> {
  await rm(outdir, { recursive: true, force: true });
  if (names.length === 0) return [];
  const { metafile } = await build({
    ...settings(root),
    entryPoints: names.map((name) => ({ in: join(root, 'functions', `${name}.ts`), out: `${name}/index` })),
    outdir,
    outExtension: { '.js': '.mjs' },
    metafile: true,
    ...options,
  });
  const bundles = Object.entries(metafile.outputs).map(async ([path]) => {
    const file = resolve(root, path);
    return { name: relative(outdir, dirname(file)), file, bytes: await giveRequire(file) };
  });
  return (await Promise.all(bundles)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function pluginsOf(root: string, runsOn: RunsOn) {
  return [pureSchemaTables(), usedApiMethods([join(root, 'src'), join(root, 'functions')]), leanPackages(runsOn)];
}

function settings(root: string) {
  return {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    treeShaking: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'warning',
  } satisfies BuildOptions;
}

// A CommonJS package that requires a built-in module finds no `require` in an ES module. Returns the size in bytes.
async function giveRequire(file: string): Promise<number> {
  const code = await readFile(file, 'utf8');
  if (!code.includes('Dynamic require of')) return Buffer.byteLength(code);
  const withRequire = `import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);${code}`;
  await writeFile(file, withRequire);
  return Buffer.byteLength(withRequire);
}
