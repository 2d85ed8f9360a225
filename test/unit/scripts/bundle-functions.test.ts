import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleFunctions, functionNames } from '../../../scripts/build/bundle-functions.ts';

const root = resolve(import.meta.dirname, '../../..');

// Imports every bundle with a network that refuses, and ends by itself only when nothing was left open.
const IMPORT_ALL = `import { Socket } from 'node:net';
Socket.prototype.connect = () => { throw new Error('a handler connects when it is imported'); };
const kinds = [];
for (const file of process.argv.slice(1)) kinds.push(typeof (await import(file)).handler);
process.stdout.write(JSON.stringify([...new Set(kinds)]));`;

function hashesOf(files: readonly string[]): Promise<string[]> {
  return Promise.all(
    files.map(async (file) =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ),
  );
}

describe('the bundles of all functions', () => {
  let folder: string;
  let bundles: readonly Bundle[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundles-'));
    bundles = await bundleFunctions(root, folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are one for each file functions/<domain>/<task>.ts', async () => {
    expect(bundles.map(({ name }) => name)).toEqual(await functionNames(join(root, 'functions')));
    expect(bundles.length).toBeGreaterThan(0);
  });

  it('export a handler, and importing them needs no environment, opens nothing and prints nothing', () => {
    const files = bundles.map(({ file }) => pathToFileURL(file).href);
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', IMPORT_ALL, ...files], {
      env: {},
      encoding: 'utf8',
    });
    expect(printed).toBe('["function"]');
  });

  it('are the same bytes as those of the package, built at another time into another folder', async () => {
    const packaged = bundles.map(({ file }) => join(root, '.build', relative(folder, file)));
    expect(await hashesOf(packaged)).toEqual(await hashesOf(bundles.map(({ file }) => file)));
  });

  it('are complete in themselves: they import nothing but what Node has', async () => {
    for (const { file } of bundles) {
      const code = await readFile(file, 'utf8');
      const imported = [...code.matchAll(/(?:^|[;}\s])(?:import|export)[^;"'()]*?from\s*["']([^"']+)["']/g)].map(
        ([, name]) => name,
      );
      expect(imported.filter((name) => /^[.@]|undici|aws-sdk/.test(name ?? ''))).toEqual([]);
    }
  });
});
