import type { Machine, State } from './machine.ts';

/**
 * The states that an execution passes when nothing fails for good: those on a way from the start to a Succeed that enters no state
 * which only a caught error leads to. All others, the ends in Fail among them, are the undo path.
 */
export function successPath(machine: Machine): ReadonlySet<string> {
  const undoEntries = new Set(Object.values(machine.States).flatMap(undoTargets));
  const states = Object.keys(machine.States).filter((name) => !undoEntries.has(name));
  const next = new Map(
    states.map((name) => [name, stepsOf(machine.States[name]).filter((to) => !undoEntries.has(to))]),
  );
  const before = new Map(states.map((name) => [name, states.filter((from) => next.get(from)?.includes(name))]));
  const ends = states.filter((name) => machine.States[name]?.Type === 'Succeed');
  const forwards = reach([machine.StartAt], next);
  const backwards = reach(ends, before);
  return new Set(states.filter((name) => forwards.has(name) && backwards.has(name)));
}

/** Where a state goes on to without an error. */
export function stepsOf(state: State | undefined): readonly string[] {
  return [state?.Next, state?.Default, ...(state?.Choices ?? []).map(({ Next }) => Next)].filter(
    (to) => to !== undefined,
  );
}

/** Where errors lead that have no name of their own; an error that changes nothing about the way is no undo. */
function undoTargets(state: State): readonly string[] {
  return (state.Catch ?? [])
    .filter(({ ErrorEquals, Next }) => ErrorEquals.includes('States.ALL') && Next !== state.Next)
    .map(({ Next }) => Next);
}

function reach(from: readonly string[], edges: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set(from);
  for (const name of seen) for (const to of edges.get(name) ?? []) seen.add(to);
  return seen;
}
