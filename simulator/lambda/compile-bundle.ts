import { createHash } from 'node:crypto';
import { compileFunction } from 'node:vm';
import { bundleAsFunction } from './bundle-as-function.ts';

/** What a module sees instead of the real globals, by name. */
export const INJECTED = [
  'exports',
  'require',
  'module',
  'globalThis',
  'global',
  'process',
  'console',
  'Date',
  'Math',
  'performance',
  'crypto',
  'fetch',
  'AbortSignal',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  '__filename',
  '__dirname',
  '__importMetaUrl',
] as const;

export type Injected = { readonly [Name in (typeof INJECTED)[number]]: unknown };

/** Evaluates the module once more, with these globals; what it exports is in `module.exports` afterwards. */
export type CompiledModule = (injected: Injected) => void;

// Compiled once in a process: every environment of every world evaluates the same compiled function, which is several
// times cheaper than compiling a bundle of a megabyte again.
const compiled = new Map<string, Promise<CompiledModule>>();

/**
 * Compiles a JavaScript module, ESM or CommonJS, into a function of its globals. It runs in this realm, so that
 * `instanceof Uint8Array` or `instanceof Error` hold across the border.
 * @throws Error of esbuild when it is no JavaScript, or has a top-level await.
 */
export function compileBundle(source: string, filename: string): Promise<CompiledModule> {
  const key = createHash('sha256').update(`${filename}\0${source}`).digest('base64');
  let module = compiled.get(key);
  if (!module) {
    module = compile(source, filename);
    compiled.set(key, module);
    module.catch(() => compiled.delete(key));
  }
  return module;
}

async function compile(source: string, filename: string): Promise<CompiledModule> {
  const code = await bundleAsFunction(source);
  // The block lets a bundle declare `const crypto` of its own beside a parameter of that name.
  const run = compileFunction(`{${code}\n}`, [...INJECTED], { filename });
  return (injected) => {
    run.apply(
      injected.exports,
      INJECTED.map((name) => injected[name]),
    );
  };
}
