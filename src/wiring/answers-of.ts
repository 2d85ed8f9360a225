import type { AnswerPorts, AskedRestores } from '../answers/ports.ts';
import { andonParameter, pullAndon, releaseAndon } from '../aws/andon-parameter.ts';
import type { AwsAccess } from '../aws/aws-access.ts';
import { executionRuns } from '../aws/execution-runs.ts';
import { kmsLinkSeal } from '../aws/kms-link-seal.ts';
import type { PersonPage } from '../aws/page-text.ts';
import { s3UsedLinks } from '../aws/s3-used-links.ts';
import { snsPager } from '../aws/sns-pager.ts';
import { taskAnswers } from '../aws/task-answers.ts';
import { waitingQuestion } from '../runs/what-waits.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Environment, setting, stateMachineArns } from '../runtime/settings.ts';
import { answerLinks, hoursAfter } from './answer-links.ts';
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
  { now, logger }: { readonly now: () => Date; readonly logger: Logger },
): AnswerPorts {
  const home = homeAws(environment);
  const topic = setting(environment, 'ALARM_TOPIC');
  const links = answerLinks(home, environment, logger, base);
  return {
    deployment: setting(environment, 'DEPLOYMENT'),
    seal: kmsLinkSeal(home, setting(environment, 'LINK_KEY_ARN')),
    used: s3UsedLinks(home, setting(environment, 'STATE_BUCKET')),
    restores: askedRestores(home, environment),
    andon: {
      read: () => andonParameter(home).read(),
      pull: (andon) => pullAndon(home, andon),
      release: () => releaseAndon(home),
    },
    teller: {
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
    async find(name) {
      const execution = runs.arnOf(RESTORE, name);
      const question = waitingQuestion(await runs.history(execution));
      if (!question) return undefined;
      const run = await runs.describe(execution);
      return run?.status === 'RUNNING' ? { ...question, cluster: String(run.input.cluster ?? 'none') } : undefined;
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
