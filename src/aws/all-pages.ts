import { awsCall } from './errors.ts';

/**
 * Every page that a paginator of the SDK yields.
 *
 * @throws what {@link awsCall} throws
 */
export async function allPages<Page>(paginator: AsyncIterable<Page>): Promise<readonly Page[]> {
  const collect = async () => {
    const pages: Page[] = [];
    for await (const page of paginator) pages.push(page);
    return pages;
  };
  return awsCall(collect());
}
