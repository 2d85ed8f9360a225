/** ELB grants about ten calls a second to all of an account (none is published): a few at a time leave room for others. */
const AT_ONCE = 5;

/** The results of all, in order, a few at a time. Fails with the first that fails. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const waiting = [...items.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.set(next[0], await work(next[1]));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return items.map((_, index) => results.get(index) as R);
}
