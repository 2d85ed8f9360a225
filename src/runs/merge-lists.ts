import type { ListedRun } from './ports.ts';

/** Lists that are each newest first as one that is, read no further than is asked for. */
export async function* mergeLists(lists: readonly AsyncIterable<ListedRun>[]): AsyncIterable<ListedRun> {
  const readers = lists.map((list) => list[Symbol.asyncIterator]());
  const heads = await Promise.all(readers.map((reader) => reader.next()));
  for (;;) {
    const newest = heads.reduce<number>((best, head, index) => (isNewer(head, heads[best]) ? index : best), -1);
    const head = heads[newest];
    const reader = readers[newest];
    if (!head || !reader || head.done === true) return;
    yield head.value;
    heads[newest] = await reader.next();
  }
}

type Head = IteratorResult<ListedRun, unknown>;

function isNewer(head: Head, than: Head | undefined): boolean {
  if (head.done === true) return false;
  return than === undefined || than.done === true || head.value.startedAt > than.value.startedAt;
}
