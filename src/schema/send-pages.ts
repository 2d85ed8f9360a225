/**
 * Sends pages one after the other; one that cannot be sent holds up none. Whoever keeps `unsent` loses nothing. Never fails.
 *
 * @param problemOf in words, why a page was not sent
 */
export async function sendPages<Page>(
  pages: readonly Page[],
  send: (page: Page) => Promise<void>,
  problemOf: (page: Page, error: unknown) => string,
): Promise<{ readonly unsent: readonly Page[]; readonly problems: readonly string[] }> {
  const unsent: Page[] = [];
  const problems: string[] = [];
  for (const page of pages) {
    try {
      await send(page);
    } catch (error) {
      unsent.push(page);
      problems.push(problemOf(page, error));
    }
  }
  return { unsent, problems };
}
