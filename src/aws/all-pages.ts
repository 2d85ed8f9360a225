import { awsCall } from './errors.ts';

/**
 * Every page that a paginator of the SDK yields.
 *
 * @throws what {@link awsCall} throws
 */
export async function allPages<Page>(paginator: AsyncIterable<Page>): Promise<readonly Page[]> {
  return pickFromPages(paginator, (page) => [page]);
}

/**
 * What `pick` takes from every page that a paginator of the SDK yields, so that of thousands of things only what is needed of them is kept.
 *
 * @throws what {@link awsCall} throws
 */
export async function pickFromPages<Page, T>(
  paginator: AsyncIterable<Page>,
  pick: (page: Page) => readonly T[],
): Promise<readonly T[]> {
  const collect = async () => {
    const picked: T[] = [];
    for await (const page of paginator) for (const one of pick(page)) picked.push(one);
    return picked;
  };
  return awsCall(collect());
}
