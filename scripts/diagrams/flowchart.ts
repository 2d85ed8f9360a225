import type { Machine, State } from './machine.ts';
import { successPath } from './success-path.ts';

/**
 * A machine as a Mermaid flowchart: what happens when all goes well, and, in a group of its own, what happens when a step fails for
 * good. A step's failing is drawn once per target, from the whole group: one arrow per step would hide the picture.
 */
export function flowchart(machine: Machine): string {
  const good = successPath(machine);
  const names = Object.keys(machine.States);
  const lines = [
    'flowchart TD',
    `  start((start)) --> ${machine.StartAt}`,
    ...group(
      'way',
      'when all goes well',
      names.filter((name) => good.has(name)),
      machine,
    ),
    ...group(
      'undo',
      'when a step fails for good',
      names.filter((name) => !good.has(name)),
      machine,
    ),
    ...names.flatMap((name) => edges(name, machine.States[name])),
    ...failures(
      'way',
      names.filter((name) => good.has(name)),
      machine,
    ),
    ...failures(
      'undo',
      names.filter((name) => !good.has(name)),
      machine,
    ),
    '  classDef good fill:#dff5e1,stroke:#2e7d32,color:#000',
    '  classDef bad fill:#fde2e0,stroke:#c62828,color:#000',
  ];
  return lines.join('\n');
}

function group(id: string, title: string, names: readonly string[], machine: Machine): readonly string[] {
  if (names.length === 0) return [];
  return [`  subgraph ${id}["${title}"]`, ...names.map((name) => `    ${box(name, machine.States[name])}`), '  end'];
}

function box(name: string, state: State | undefined): string {
  switch (state?.Type) {
    case 'Choice':
      return `${name}{"${name}?"}`;
    case 'Wait':
      return `${name}(["${name}<br/>${waitText(state)}"])`;
    case 'Succeed':
      return `${name}(["${name}"]):::good`;
    case 'Fail':
      return `${name}(["${name}"]):::bad`;
    case 'Task':
      return `${name}["${name}${integration(state) === undefined ? '' : `<br/><small>${integration(state)}</small>`}"]`;
    default:
      return `${name}["${name}"]`;
  }
}

/** `autoscaling:completeLifecycleAction` of a Task that calls AWS itself; undefined for one that invokes a function. */
export function integration(state: State): string | undefined {
  return /:states:::(?:aws-sdk:)?(.+)$/.exec(state.Resource ?? '')?.[1];
}

function waitText({ Seconds }: State): string {
  return typeof Seconds === 'number' ? `${Seconds} s` : 'as long as the last step said';
}

function edges(name: string, state: State | undefined): readonly string[] {
  if (state === undefined) return [];
  const choices = (state.Choices ?? []).map(({ Condition, Next }) => `  ${name} -- "${label(Condition)}" --> ${Next}`);
  const otherwise = state.Default === undefined ? [] : [`  ${name} -- otherwise --> ${state.Default}`];
  return [...choices, ...otherwise, ...(state.Next === undefined ? [] : [`  ${name} --> ${state.Next}`])];
}

/** Errors with a name go from their step; those without from the group. */
function failures(groupId: string, names: readonly string[], machine: Machine): readonly string[] {
  const named = names.flatMap((name) =>
    (machine.States[name]?.Catch ?? [])
      .filter(({ ErrorEquals }) => !ErrorEquals.includes('States.ALL'))
      .map(({ ErrorEquals, Next }) => `  ${name} -. "${ErrorEquals.join(', ')}" .-> ${Next}`),
  );
  const sources = Map.groupBy(
    names.flatMap((name) => catchAll(machine.States[name]).map((target) => ({ name, target }))),
    ({ target }) => target,
  );
  return [
    ...named,
    ...[...sources].map(([target, from]) =>
      failure(
        groupId,
        target,
        from.map(({ name }) => name),
      ),
    ),
  ];
}

function catchAll(state: State | undefined): readonly string[] {
  return (state?.Catch ?? [])
    .filter(({ ErrorEquals, Next }) => ErrorEquals.includes('States.ALL') && Next !== state?.Next)
    .map(({ Next }) => Next);
}

function failure(groupId: string, target: string, sources: readonly string[]): string {
  if (sources.length === 1) return `  ${sources[0]} -. fails .-> ${target}`;
  return `  ${groupId} -. "${sources.length} of these steps fail" .-> ${target}`;
}

/** A JSONata condition, short enough to stand on an arrow. */
function label(condition: string): string {
  const text = condition
    .replace(/^\{%\s*|\s*%\}$/g, '')
    .replaceAll('$states.input.', '')
    .replaceAll('$', '')
    .replaceAll('"', "'")
    .replaceAll('&', '#amp;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
