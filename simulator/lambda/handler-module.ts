import type { CodePackage } from './code-package.ts';
import { type CompiledModule, compileBundle } from './compile-bundle.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { Death } from './sandbox.ts';

/** Where a handler is: the module's file in the package, and the name of the export. */
export interface HandlerModule {
  readonly filename: string;
  readonly exportName: string;
  /**
   * Compiles it: once in a process, and only where somebody evaluates it.
   * @throws InitializationError `Runtime.UserCodeSyntaxError`.
   */
  compile(): Promise<CompiledModule>;
}

/** The initialisation of an environment failed, as Lambda reports it. */
export class InitializationError extends Error {
  override readonly name = 'InitializationError';
  readonly death: Death;
  constructor(death: Death) {
    super(death.errorMessage);
    this.death = death;
  }
}

/**
 * Finds the module of `dir/file.export`.
 * @throws InitializationError `Runtime.MalformedHandlerName`, `Runtime.ImportModuleError`.
 */
export function findHandlerModule({ handler, code }: FunctionSettings): HandlerModule {
  const directory = handler.slice(0, handler.lastIndexOf('/') + 1);
  const [base, exportName] = splitOnce(handler.slice(directory.length));
  if (!base || !exportName) fail('Runtime.MalformedHandlerName', 'Bad handler');
  const path = directory + base;
  for (const extension of ['.js', '.mjs', '.cjs']) {
    const source = code.file(path + extension);
    if (source === undefined) continue;
    const filename = `/var/task/${path}${extension}`;
    return { filename, exportName, compile: () => compiledFrom(code, source, filename) };
  }
  return fail(
    'Runtime.ImportModuleError',
    `Error: Cannot find module '${base}'\nRequire stack:\n- /var/runtime/index.mjs`,
  );
}

/** Modules by their package, which never changes: to find them by their text, it would have to be hashed for every environment. */
const compiled = new WeakMap<CodePackage, Map<string, Promise<CompiledModule>>>();

function compiledFrom(code: CodePackage, source: string, filename: string): Promise<CompiledModule> {
  const modules = compiled.get(code) ?? new Map<string, Promise<CompiledModule>>();
  compiled.set(code, modules);
  let module = modules.get(filename);
  if (!module) {
    module = compileBundle(source, filename).catch((error: unknown) =>
      fail('Runtime.UserCodeSyntaxError', error instanceof Error ? error.message : String(error)),
    );
    modules.set(filename, module);
    module.catch(() => modules.delete(filename));
  }
  return module;
}

function splitOnce(name: string): readonly [string, string] {
  const dot = name.indexOf('.');
  return dot < 0 ? ['', ''] : [name.slice(0, dot), name.slice(dot + 1)];
}

function fail(errorType: string, errorMessage: string): never {
  throw new InitializationError({ errorType, errorMessage });
}
