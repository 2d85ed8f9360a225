import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadAll } from 'js-yaml';

const deploy = resolve(import.meta.dirname, '..', '..', 'deploy');

/** The text of a file of deploy/, as this clone has it. */
export function deployed(...path: string[]): string {
  return readFileSync(join(deploy, ...path), 'utf8');
}

/** The objects of a manifest of deploy/kubernetes. */
export function manifestObjects<T extends object>(file: string): readonly T[] {
  return (loadAll(deployed('kubernetes', file)) as (T | null)[]).filter((object) => object !== null);
}
