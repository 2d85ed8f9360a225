import * as z from 'zod/mini';
import { answerLink } from '../../src/answers/answer-link.ts';
import { answerHtml, PAGE_HEADERS } from '../../src/answers/answer-page.ts';
import { readAnswerRequest } from '../../src/answers/read-request.ts';
import { type TaskRuntime, task } from '../../src/runtime/task.ts';
import { answersOf } from '../../src/wiring/answers-of.ts';

const NOT_NOW =
  'Something that Tender needs does not answer, and what came of this is not to be seen. Open the link again in a minute: it says how things stand.';

/** Answers whoever opens a link of a page, behind a function URL. */
export const handler = task({
  input: z.unknown(),
  output: z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }),
  services: () => ({}),
  run: async (event, _, runtime) => {
    const page = await pageFor(event, runtime);
    return { statusCode: page.status, headers: PAGE_HEADERS, body: answerHtml(page) };
  },
});

/** Whoever asks is a person with a browser: what fails is told as a page, and in the log as it was. */
async function pageFor(event: unknown, runtime: TaskRuntime) {
  try {
    const request = readAnswerRequest(event);
    if (!request)
      return { status: 400, title: 'This is no link of Tender', says: ['This is no request of a browser.'] };
    const page = await answerLink(request, answersOf(process.env, request.base, runtime), runtime.now());
    runtime.logger.info('link opened', { method: request.method, status: page.status, title: page.title });
    return page;
  } catch (error) {
    runtime.logger.error('link not answered', { error });
    return { status: 503, title: 'Not now', says: [NOT_NOW] };
  }
}
