import type { AnswerPorts, AskedRestores } from '../answers/ports.ts';
import { andonParameter, pullAndon, releaseAndon } from '../aws/andon-parameter.ts';
import type { AwsAccess } from '../aws/aws-access.ts';
import { executionRuns } from '../aws/execution-runs.ts';
import { kmsLinkSeal } from '../aws/kms-link-seal.ts';
import { s3UsedLinks } from '../aws/s3-used-links.ts';
import { snsPager } from '../aws/sns-pager.ts';
import { taskAnswers } from '../aws/task-answers.ts';
import { givenAnswer, waitingQuestion } from '../runs/what-waits.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import type { TaskRuntime } from '../runtime/task.ts';
import type { PersonPage } from '../schema/person-page.ts';
import { answerLinks, hoursAfter, linkKeyArn } from './answer-links.ts';
import { homeAws } from './registered-cluster.ts';

const RESTORE = 'etcd-restore';
/** As long as a stop may have to last before somebody looks at it again by day. */
const RELEASE_LINK_HOURS = 48;

/**
 * Everything that answering by link works with. Does no I/O.
 * @param base where links lead that it makes itself: the address that it was asked at
 * @throws SettingMissing
 */
export function answersOf(
  environment: Environment,
  base: string,
  { now, logger, record }: Pick<TaskRuntime, 'now' | 'logger' | 'record'>,
): AnswerPorts {
  const home = homeAws(environment);
  const topic = setting(environment, 'ALARM_TOPIC');
  const links = answerLinks(home, environment, logger, base);
  return {
    deployment: setting(environment, 'DEPLOYMENT'),
    seal: (kind) => kmsLinkSeal(home, linkKeyArn(environment, kind)),
    used: s3UsedLinks(home, setting(environment, 'STATE_BUCKET'), (error) =>
      logger.error('how a link was used is not written down', { error }),
    ),
    restores: askedRestores(home, environment),
    andon: {
      read: () => andonParameter(home).read(),
      pull: (andon) => pullAndon(home, andon),
      release: (andon) => releaseAndon(home, andon),
    },
    teller: {
      acting: ({ cluster, action, by, from }) => record({ cluster, reason: `${action} by link: ${by}, from ${from}` }),
      // It is on, whether anybody can be told or not; the alarm andon-pulled rings all the same.
      async pulled(andon) {
        const release = { action: 'release-andon', subject: andon.since, what: 'release it' } as const;
        const linksOf = () => links([release], hoursAfter(now(), RELEASE_LINK_HOURS));
        const pager = snsPager(home, topic, environment.DOCS_URL ?? '', linksOf);
        await pager.page(pulledPage(andon)).catch((error: unknown) => logger.error('nobody was told', { error }));
      },
    },
  };
}

function askedRestores(home: AwsAccess, environment: Environment): AskedRestores {
  const machine = setting(stateMachineArns(environment), RESTORE);
  const runs = executionRuns(home, machine.slice(0, -RESTORE.length));
  return {
    ...taskAnswers(home),
    async look(name) {
      const execution = runs.arnOf(RESTORE, name);
      const events = await runs.history(execution);
      const question = waitingQuestion(events);
      const answer = givenAnswer(events);
      if (answer && !question) return { state: 'over', ...answer, words: `It was ${answer.answer}: ${answer.by}.` };
      const run = await runs.describe(execution);
      if (!run) return undefined;
      if (question && run.status === 'RUNNING')
        return { state: 'waits', ...question, cluster: String(run.input.cluster ?? 'none') };
      const words = run.status === 'RUNNING' ? 'It does not ask.' : 'Its execution has ended without an answer.';
      return { state: 'over', answer: 'none', by: '', words };
    },
  };
}

function pulledPage({ by, cluster }: { readonly by: string; readonly cluster: string }): PersonPage {
  return {
    kind: 'andon-pulled',
    severity: 'warning',
    cluster,
    subject: 'the andon was pulled by link',
    what: `${by}, pulled the andon`,
    node: '',
    did: 'stops all that could be left, in every cluster',
    todo: 'look at what was stopped, then release the andon',
    command: 'npx tender andon off',
    runbook: 'docs/alarms.md#andon-pulled',
  };
}
