import { sourceFiles, textOf } from './source-files.ts';

/** Every error class of src/, by its literal name, and the file that declares it. */
export function errorNames(): readonly { readonly name: string; readonly path: string }[] {
  return sourceFiles('src').flatMap((path) =>
    [...textOf(path).matchAll(/override readonly name(?:: string)? = '([A-Za-z]+)'/g)].map((match) => ({
      name: match[1] ?? '',
      path,
    })),
  );
}
