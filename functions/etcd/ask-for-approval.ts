import * as z from 'zod/mini';
import { approvalPage } from '../../src/answers/approval-page.ts';
import { publishPage } from '../../src/aws/sns-pager.ts';
import { ClusterName } from '../../src/clusters/cluster.ts';
import { setting } from '../../src/runtime/settings.ts';
import { task } from '../../src/runtime/task.ts';
import { answerLinks, hoursAfter } from '../../src/wiring/answer-links.ts';
import { homeAws } from '../../src/wiring/registered-cluster.ts';

/** As long as the state machine waits. */
const HOURS = 4;

/** Sends the page that asks whether etcd may be restored. A step of its own, so that links which answer it stand in no history. */
export const handler = task({
  input: z.strictObject({ cluster: ClusterName, shows: z.string(), token: z.string().check(z.minLength(1)) }),
  output: z.object({}),
  services: (_, { logger }) => {
    const home = homeAws(process.env);
    return { home, topic: setting(process.env, 'ALARM_TOPIC'), links: answerLinks(home, process.env, logger) };
  },
  run: async ({ cluster, shows, token }, { home, topic, links }, { execution = '', now }) => {
    const subject = execution.split(':').at(-1) ?? '';
    const lines = await links(
      [
        { action: 'approve-restore', subject, what: 'yes' },
        { action: 'refuse-restore', subject, what: 'no' },
      ],
      hoursAfter(now(), HOURS),
    );
    const docsUrl = process.env.DOCS_URL ?? '';
    await publishPage(home, topic, approvalPage({ cluster, shows, token, execution }, docsUrl, lines));
    return {};
  },
});
