import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorNames } from '../support/error-names.ts';
import { root, sourceFiles, textOf } from '../support/source-files.ts';
import { readStateMachines, statesOf } from '../support/state-machines.ts';

const runbooks = join(root, 'docs', 'runbooks');
const failStates = readStateMachines().flatMap(({ definition }) =>
  statesOf(definition).flatMap(({ state }) =>
    state.Type === 'Fail' && typeof state.Error === 'string' ? [state.Error] : [],
  ),
);
const vocabulary = [...new Set([...errorNames().map(({ name }) => name), ...failStates])].sort();

test('every error has a runbook with what happened, what Tender did, and what to do', () => {
  const wrong = vocabulary.flatMap((name) => {
    const path = join(runbooks, `${kebab(name)}.md`);
    if (!existsSync(path)) return [`${name}: write docs/runbooks/${kebab(name)}.md`];
    const text = readFileSync(path, 'utf8');
    const missing = ['## What happened', '## What Tender did', '## What to do'].filter(
      (heading) => !text.includes(heading),
    );
    return missing.map((heading) => `docs/runbooks/${kebab(name)}.md: add "${heading}"`);
  });

  expect(wrong).toEqual([]);
});

test('every runbook is of an error that exists', () => {
  const known = new Set([...vocabulary.map((name) => `${kebab(name)}.md`), 'README.md']);

  const stale = (existsSync(runbooks) ? readdirSync(runbooks) : []).filter((file) => !known.has(file));

  expect(stale.map((file) => `docs/runbooks/${file}: no error is called so; delete it`)).toEqual([]);
});

test('an error is one class, declared in an errors.ts, with its name as a literal', () => {
  const names = errorNames();
  const twice = names.filter(({ name }, index) => names.findIndex((other) => other.name === name) !== index);
  const elsewhere = names.filter(({ path }) => !path.endsWith('/errors.ts') && !path.endsWith('/settings.ts'));
  const unnamed = sourceFiles('src').flatMap((path) =>
    [...textOf(path).matchAll(/class (\w+) extends Error/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => !textOf(path).includes(`override readonly name = '${name}'`))
      .map((name) => `${path}: give ${name} "override readonly name = '${name}'", because minifiers rename classes`),
  );

  expect([
    ...twice.map(({ name, path }) => `${path}: ${name} is declared twice`),
    ...elsewhere.map(({ name, path }) => `${path}: move ${name} to the errors.ts of its folder`),
    ...unnamed,
  ]).toEqual([]);
});

function kebab(name: string): string {
  return name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
}
