import { describe, expect, it } from 'vitest';
import { driven } from '../../../rehearsal/local-deployment.ts';
import type { ObservedCall } from '../../../simulator/world/faults.ts';
import { answerLinkResources, linksOfPage, open, post, press } from '../../support/scenarios/answer-links.ts';
import { asksAtOnce } from '../../support/scenarios/asks-at-once.ts';
import { isOver, rehearseFleet } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';
import { rehearseWatched } from '../../support/scenarios/watched.ts';

const HOUR = 3_600_000;
const timeout = 120_000;

const played: FaultScenario[] = [];

/** A restore that asks. */
async function asked(): Promise<{ scenario: FaultScenario; yes: string; no: string; arn: string }> {
  const moreResources = await answerLinkResources();
  const { scenario } = await rehearseFleet({ workers: 1, cloud: { audited: true, moreResources } });
  played.push(scenario);
  await asksAtOnce(scenario);
  return { scenario, ...(await asks(scenario)) };
}

async function asks(scenario: FaultScenario): Promise<{ yes: string; no: string; arn: string }> {
  const before = pages(scenario).length;
  const arn = scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo' });
  await scenario.world.until('it asks', () => pages(scenario).length > before);
  const { yes = '', no = '' } = linksOfPage(scenario, 'approve the restore');
  return { yes, no, arn };
}

/** What the page says that the andon was pulled. */
async function releaseLink(scenario: FaultScenario): Promise<string> {
  const link = () => linksOfPage(scenario, 'the andon was pulled by link')['release it'];
  await scenario.world.until('people are told that it was pulled', () => link() !== undefined);
  return link() ?? '';
}

const outcomes = ({ deployment }: FaultScenario) => deployment.executions('etcd-restore').map(({ run }) => run.outcome);

describe('a link that answers', { timeout }, () => {
  it('shows what it would do to whoever opens it, as mail scanners do, and changes nothing', async () => {
    const { scenario, yes, no, arn } = await asked();

    for (const link of [yes, no, yes]) {
      const shown = await open(scenario, link);
      expect(shown).toMatchObject({
        status: 200,
        text: expect.stringContaining('two minutes would be lost &lt;b&gt;'),
      });
      expect(shown.headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
    expect(await open(scenario, yes, 'HEAD')).toMatchObject({ status: 200 });
    expect(await open(scenario, yes, 'DELETE')).toMatchObject({ status: 405 });

    await scenario.world.advance(60_000);
    expect(outcomes(scenario)).toEqual([undefined]);
    expect([...stored(scenario, 'answers/').keys()]).toEqual([]);
    // Who may read histories can not answer by what stands in them.
    const history = await scenario.operate('states', 'GetExecutionHistory', { executionArn: arn });
    expect(JSON.stringify(history)).not.toContain('lambda-url');
  });

  it('approves once, says who in the approval and in the record, and the other link is of no use then', async () => {
    const { scenario, yes, no } = await asked();
    const shown = await open(scenario, yes);
    expect(await press(scenario, yes, shown, {})).toMatchObject({
      status: 400,
      text: expect.stringContaining('Say who you are'),
    });

    expect(await press(scenario, yes, shown, { by: ' Ada\n<Lovelace> ' })).toMatchObject({
      status: 200,
      title: 'Done',
    });

    await isOver(scenario, 'etcd-restore');
    expect(outcomes(scenario)).toMatchObject([
      { status: 'SUCCEEDED', output: expect.stringContaining('"by":"Ada <Lovelace>, by link, from 203.0.113.7"') },
    ]);
    expect(await press(scenario, yes, shown, { by: 'Eve' })).toMatchObject({
      status: 410,
      text: expect.stringContaining('Ada &lt;Lovelace&gt; did, from 203.0.113.7, at '),
    });
    expect(await open(scenario, no)).toMatchObject({ status: 409, title: 'Nobody waits for this any more' });
    expect([...stored(scenario, 'audit/demo/').values()]).toContainEqual(
      expect.objectContaining({
        functionName: 'tender-dev-answer-link',
        reason: 'approve-restore by link: Ada <Lovelace>, from 203.0.113.7',
        actions: [expect.objectContaining({ service: 'SFN', action: 'SendTaskSuccess', outcome: 'done' })],
      }),
    );
  });

  it('refuses with a reason, and is good for its own restore only', async () => {
    const { scenario, no } = await asked();
    const shown = await open(scenario, no);
    expect(await press(scenario, no, shown, { by: 'Ada' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('Say why'),
    });
    await press(scenario, no, shown, { by: 'Ada', reason: 'not today' });
    await isOver(scenario, 'etcd-restore');
    expect(outcomes(scenario)).toMatchObject([
      {
        error: 'EtcdNotRestored',
        cause: expect.stringContaining('Refused: Ada, by link, from 203.0.113.7: not today'),
      },
    ]);

    const next = await asks(scenario);
    const other = next.arn.split(':').at(-1) ?? '';
    const own = new URL(next.yes);
    const stolen = new URL(no);
    stolen.searchParams.set('of', other);
    stolen.searchParams.set('do', 'approve-restore');
    expect(await open(scenario, stolen.href)).toMatchObject({
      status: 403,
      text: expect.stringContaining('Nothing is done'),
    });
    for (const [name, value] of [
      ['do', 'refuse-restore'],
      ['of', 'another'],
      ['until', '1999999999'],
      ['once', 'a'.repeat(26)],
      ['mac', 'A'.repeat(43)],
    ] as const) {
      const forged = new URL(own);
      forged.searchParams.set(name, value);
      expect(await open(scenario, forged.href), name).toMatchObject({ status: 403 });
      expect(
        await driven(scenario.cloud, () =>
          post(scenario, forged.href, { ...Object.fromEntries(forged.searchParams), by: 'Eve' }),
        ),
        name,
      ).toMatchObject({ status: 403 });
    }
    for (const spoilt of [own.origin, `${own.origin}/?do=format-disk`, own.href.slice(0, -3)])
      expect(await open(scenario, spoilt), spoilt).toMatchObject({ status: 400 });
    expect(outcomes(scenario)[1]).toBeUndefined();
    await scenario.world.advance(4 * HOUR);
    expect(await open(scenario, next.yes)).toMatchObject({ status: 410, title: 'This link has expired' });
    expect(outcomes(scenario)[1]).toMatchObject({
      cause: expect.stringContaining('nobody approved it within four hours'),
    });
  });

  it('is good once when two press at the same time', async () => {
    const { scenario, yes } = await asked();
    const { hidden } = await open(scenario, yes);
    const both = await driven(scenario.cloud, () =>
      Promise.all(['Ada', 'Eve'].map((by) => post(scenario, yes, { ...hidden, by }))),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 410]);
    expect([...stored(scenario, 'answers/').keys()]).toHaveLength(1);
  });

  it('can be used again when what it was used for failed', async () => {
    const { scenario, yes } = await asked();
    const shown = await open(scenario, yes);
    scenario.plant(
      ({ operation }) => operation === 'SendTaskSuccess',
      { kind: 'error', code: 'InternalFailure', message: '', status: 500 },
      { times: 3 },
    );
    expect(await press(scenario, yes, shown, { by: 'Ada' })).toMatchObject({ status: 503, title: 'Not now' });
    expect(await press(scenario, yes, shown, { by: 'Ada' })).toMatchObject({ status: 200, title: 'Done' });
  });

  it('is not burnt by an answer of S3 that was lost', async () => {
    const { scenario, yes } = await asked();
    const shown = await open(scenario, yes);
    const written = ({ service, operation }: ObservedCall) => service === 's3' && operation === 'PutObject';
    scenario.plant(written, { kind: 'lose-response' }, { times: 1 });
    expect(await press(scenario, yes, shown, { by: 'Ada' })).toMatchObject({ status: 200, title: 'Done' });
    expect(await open(scenario, yes)).toMatchObject({ status: 410 });
  });

  it('says that it is done where the answer of Step Functions was lost', async () => {
    const { scenario, yes } = await asked();
    const shown = await open(scenario, yes);
    scenario.plant(({ operation }) => operation === 'SendTaskSuccess', { kind: 'lose-response' }, { times: 1 });
    expect(await press(scenario, yes, shown, { by: 'Ada' })).toMatchObject({ status: 200, title: 'Done' });
    await isOver(scenario, 'etcd-restore');
    expect(outcomes(scenario)).toMatchObject([{ status: 'SUCCEEDED' }]);
  });

  it.each(['kill-before', 'kill-after'] as const)(
    'is good for once when the function dies: %s it answers',
    async (kind) => {
      const { scenario, yes } = await asked();
      const shown = await open(scenario, yes);
      scenario.plant(({ operation }) => operation === 'SendTaskSuccess', { kind }, { times: 1 });
      expect((await press(scenario, yes, shown, { by: 'Ada' })).status).toBe(502);
      await scenario.world.advance(61_000);

      const again = await press(scenario, yes, shown, { by: 'Eve' });

      await isOver(scenario, 'etcd-restore');
      const by = kind === 'kill-before' ? 'Eve' : 'Ada';
      expect(again).toMatchObject({ status: 200, title: kind === 'kill-before' ? 'Done' : 'Done, by this link' });
      expect(outcomes(scenario)).toMatchObject([
        { status: 'SUCCEEDED', output: expect.stringContaining(`"by":"${by}, by link`) },
      ]);
    },
  );
});

describe('a link that pulls the andon', { timeout }, () => {
  it('stands in pages of health passes, stops everything, and the page about it has one that releases that andon and no other', async () => {
    const moreResources = await answerLinkResources();
    const { scenario } = await rehearseWatched({ workers: 2, cloud: { audited: true, moreResources } });
    played.push(scenario);
    scenario.cluster.kubernetes.down();
    await scenario.world.until('a person is told', () => pages(scenario).length > 0, HOUR);
    const { 'stop everything': stop = '' } = linksOfPage(scenario, 'Tender: ');
    const andon = () => JSON.parse(scenario.cloud.parameters.valueOf('/tender/andon') ?? 'null');
    const asking = await open(scenario, stop);
    expect(asking).toMatchObject({ status: 200, title: 'Stop everything?' });
    expect(andon()).toBeNull();

    await press(scenario, stop, asking, { by: 'Ada', reason: 'something is odd' });

    expect(andon()).toMatchObject({ reason: 'something is odd', by: 'Ada, by link, from 203.0.113.7' });
    const release = await releaseLink(scenario);
    expect(await press(scenario, release, await open(scenario, release), { by: 'Ada' })).toMatchObject({ status: 200 });
    expect(andon()).toBeNull();
    expect(await open(scenario, stop)).toMatchObject({ status: 410, title: 'This link has been used' });

    const page = pages(scenario).findLast(({ message }) => message.includes('By link, stop everything'));
    expect(page?.message).toMatch(
      /\nCommand: .+\nBy link, stop everything \(once, until \S+ \S+ UTC\): \S+\nRunbook: /,
    );
    const records = [...stored(scenario, 'audit/').values()].filter(
      ({ functionName }) => functionName === 'tender-dev-answer-link',
    );
    expect(records.map(({ reason }) => reason)).toEqual([
      'pull-andon by link: Ada, from 203.0.113.7',
      'release-andon by link: Ada, from 203.0.113.7',
    ]);
  });

  it('stops everything where its function dies then, and whoever opens it again sees to it that people are told', async () => {
    const moreResources = await answerLinkResources();
    const { scenario } = await rehearseWatched({ workers: 1, cloud: { moreResources } });
    scenario.cluster.kubernetes.down();
    await scenario.world.until('a person is told', () => pages(scenario).length > 0, HOUR);
    const { 'stop everything': stop = '' } = linksOfPage(scenario, 'Tender: ');
    const asking = await open(scenario, stop);
    scenario.plant(({ operation }) => operation === 'PutParameter', { kind: 'kill-after' }, { times: 1 });
    expect((await press(scenario, stop, asking, { by: 'Ada', reason: 'odd' })).status).toBe(502);
    await scenario.world.advance(61_000);

    expect(await open(scenario, stop)).toMatchObject({ status: 200, title: 'Done, by this link' });

    const release = await releaseLink(scenario);
    expect(await press(scenario, release, await open(scenario, release), { by: 'Ada' })).toMatchObject({ status: 200 });
    expect(scenario.cloud.parameters.valueOf('/tender/andon')).toBeUndefined();
  });

  it('does not release an andon that was pulled since', async () => {
    const moreResources = await answerLinkResources();
    const { scenario } = await rehearseWatched({ workers: 1, cloud: { moreResources } });
    scenario.cluster.kubernetes.down();
    await scenario.world.until('a person is told', () => pages(scenario).length > 0, HOUR);
    const { 'stop everything': stop = '' } = linksOfPage(scenario, 'Tender: ');
    await press(scenario, stop, await open(scenario, stop), { by: 'Ada', reason: 'one' });
    const release = await releaseLink(scenario);
    const asking = await open(scenario, release);
    const Value = JSON.stringify({ reason: 'another', since: scenario.world.date().toISOString(), by: 'Eve' });
    await scenario.operate('ssm', 'PutParameter', { Name: '/tender/andon', Type: 'String', Value, Overwrite: true });

    expect(await press(scenario, release, asking, { by: 'Ada' })).toMatchObject({ status: 409 });

    expect(scenario.cloud.parameters.valueOf('/tender/andon')).toBe(Value);
  });
});

describe('a stage without links', { timeout }, () => {
  it('asks all the same, without them', async () => {
    const { scenario } = await rehearseFleet({ workers: 1 });
    await asksAtOnce(scenario);
    expect(await asks(scenario)).toMatchObject({ yes: '', no: '' });
    expect(pages(scenario).at(-1)?.message).toMatch(/\nCommand: aws stepfunctions send-task-success /);
  });

  it('sends pages all the same when links cannot be signed', async () => {
    const { SignRestoreLinkKey: _, ...moreResources } = await answerLinkResources();
    const { scenario } = await rehearseFleet({ workers: 1, cloud: { moreResources }, denied: ['kms:GenerateMac'] });
    await asksAtOnce(scenario);
    expect(await asks(scenario)).toMatchObject({ yes: '', no: '' });
  });
});

describe('who answers links', () => {
  it('may nothing that it does not need, and nor may who asks', () => {
    const unused = unusedPermissions(played).filter((name) => /^(AnswerLink|AskForApproval|.*kms:.*Mac)/.test(name));
    // S3 looks whether it is there, so as to say that an object is not; nobody is asked for it.
    expect(unused).toEqual(['AnswerLink s3:ListBucket']);
    expect(played.length).toBeGreaterThan(4);
  });
});
