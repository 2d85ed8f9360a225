import type { Cancellation } from './cancellation.ts';
import type { ParallelState } from './definition.ts';
import type { Engine, Frame, Step, Visit } from './engine.ts';
import type { Cursor } from './execution-history.ts';
import type { JsonObject } from './json.ts';
import { bindingsOf, leaveState } from './state-data.ts';
import { evaluateTemplate } from './template.ts';

/**
 * Runs all branches of a Parallel state: each gets a copy of the data, the first that fails stops the others.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
 * @throws StateError of the first branch that failed, Cancelled
 */
export async function runParallel(engine: Engine, state: ParallelState, visit: Visit): Promise<Step> {
  const { frame } = visit;
  const input = state.arguments
    ? await evaluateTemplate(state.arguments, bindingsOf(engine, state, visit))
    : visit.input;
  const started = engine.record('ParallelStateStarted', frame.cursor);
  const group = frame.cancellation.child();
  const cursors = state.branches.map(() => ({ previous: started }));
  let failure: unknown;
  const branches = state.branches.map(async (branch, i) => {
    const cursor = cursors[i] ?? { previous: started };
    try {
      return await engine.runFlow(branch, input, branchFrame(frame, cursor, group.part));
    } catch (thrown) {
      failure ??= thrown;
      group.part.cancel();
      throw thrown;
    }
  });
  const ends = await Promise.allSettled(branches);
  group.release();
  if (failure !== undefined) throw failure;
  const outputs = ends.map((end) => (end.status === 'fulfilled' ? end.value : null));
  frame.cursor.previous = Math.max(...cursors.map((cursor) => cursor.previous));
  engine.record('ParallelStateSucceeded', frame.cursor);
  return leaveState(engine, state, visit, state.next, outputs, outputs);
}

/** A line of its own, with a copy of the variables. */
export function branchFrame(
  frame: Frame,
  cursor: Cursor,
  cancellation: Cancellation,
  map: JsonObject | undefined = frame.map,
): Frame {
  return { cursor, variables: { ...frame.variables }, cancellation, map };
}
