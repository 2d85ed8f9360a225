import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { root, sourceFiles } from '../support/source-files.ts';
import { readStateMachines, statesOf } from '../support/state-machines.ts';

const machines = readStateMachines();
const functionsByName = new Map(sourceFiles('functions').map((path) => [basename(path, '.ts'), path]));

test('a task state, its function and its file carry one name', () => {
  const wrong = machines.flatMap(({ name, definition }) =>
    statesOf(definition).flatMap(({ name: state, state: { Type, Resource } }) => {
      const invoked = Type === 'Task' ? functionOf(Resource) : undefined;
      if (invoked === undefined) return [];
      const expected = kebab(state);
      if (invoked !== expected)
        return [`${name}.${state} invokes ${invoked}: call the state ${pascal(invoked)} or the function ${expected}`];
      const file = functionsByName.get(invoked);
      if (!file) return [`${name}.${state}: functions/<domain>/${invoked}.ts does not exist`];
      const step = file.replace(/^functions\//, 'src/');
      return existsSync(join(root, step)) ? [] : [`${file} composes ${step}, which does not exist`];
    }),
  );

  expect(wrong).toEqual([]);
});

test('every function is invoked by a state machine, a rule or a schedule', () => {
  const invoked = new Set(
    machines.flatMap(({ definition }) => statesOf(definition).flatMap(({ state }) => functionsOf(state))),
  );
  // Called by EventBridge, SQS and the scheduler (deploy/stack/signals.yaml), two by start-due-workflows, one by API Gateway, and one by people's browsers.
  const entryPoints = new Set([
    'route-signal',
    'start-due-workflows',
    'check-health',
    'watch-updates',
    'answer-fleet-lock',
    'answer-link',
  ]);

  const idle = [...functionsByName].filter(([name]) => !invoked.has(name) && !entryPoints.has(name));

  expect(idle.map(([name, path]) => `${path}: no state is called ${pascal(name)}; delete it or use it`)).toEqual([]);
});

test('machines, waits, choices and ends are named by the rules of the house', () => {
  const wrong = machines.flatMap(({ name, definition }) => [
    ...(/^[a-z]+(-[a-z]+)*$/.test(name) ? [] : [`${name}: a machine is verb-noun in kebab-case`]),
    ...(definition.Comment && definition.TimeoutSeconds && definition.QueryLanguage === 'JSONata'
      ? []
      : [`${name}: give it Comment, TimeoutSeconds and QueryLanguage: JSONata`]),
    ...statesOf(definition).flatMap(({ name: state, state: { Type } }) => {
      if (Type === 'Wait' && !/^WaitTo|^WaitFor/.test(state))
        return [`${name}.${state}: say what it waits for (WaitFor…)`];
      if (Type === 'Choice' && !/^(Is|Are|Was|Did|Does|Has|What|Which|How)[A-Z]/.test(state))
        return [`${name}.${state}: ask a question (Is…, What…)`];
      if (Type === 'Map' && !/^ForEach[A-Z]/.test(state)) return [`${name}.${state}: a Map is ForEach and a noun`];
      return [];
    }),
  ]);

  expect(wrong).toEqual([]);
});

/** The function that a state is, or that it invokes and then waits for somebody's answer. */
function functionsOf({ Resource, Arguments }: { readonly Resource?: unknown; readonly Arguments?: unknown }) {
  const { FunctionName } = (Arguments ?? {}) as { readonly FunctionName?: unknown };
  return [functionOf(Resource), functionOf(FunctionName)];
}

/** The function behind `!GetAtt plan-bootstrap.Arn`; undefined for other resources. */
function functionOf(resource: unknown): string | undefined {
  return typeof resource === 'string' ? /^\$\{function:([a-z-]+)\}$/.exec(resource)?.[1] : undefined;
}

function kebab(name: string): string {
  return name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
}

function pascal(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}
