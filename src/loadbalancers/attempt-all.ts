import type { TargetFailure } from './errors.ts';
import { inParallel } from './in-parallel.ts';

/** Tries all, whatever fails: one load balancer in trouble must not keep a node behind the others. */
export async function attemptAll<T, R>(
  items: readonly T[],
  nameOf: (item: T) => string,
  work: (item: T) => Promise<R>,
): Promise<{ results: readonly R[]; failures: readonly TargetFailure[] }> {
  const outcomes = await inParallel(items, async (item) => {
    try {
      return { result: await work(item) };
    } catch (error) {
      return { failure: { where: nameOf(item), error } };
    }
  });
  return {
    results: outcomes.flatMap(({ result }) => (result === undefined ? [] : [result])),
    failures: outcomes.flatMap(({ failure }) => failure ?? []),
  };
}
