import { describe, expect, it } from 'vitest';
import type { Restore } from '../../../src/etcd/restore-ports.ts';
import { begunRestore } from '../../support/etcd/begun-restore.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { restoresAtOnce } from '../../support/scenarios/restores-at-once.ts';
import { pages, rehearse, stored } from '../../support/scenarios/scenario.ts';

const timeout = 120_000;
const another = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-etcd-restore:another';

async function withRestores(fails?: Parameters<typeof restoresAtOnce>[1]): Promise<FaultScenario> {
  const secretArn = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd-AbCdEf';
  const entry = { etcd: { secretArn } };
  const scenario = await rehearse({ schedules: false, controlPlane: 1, ready: true, workers: 0, entry });
  await restoresAtOnce(scenario, fails);
  return scenario;
}

/** S3 takes no more notes from who closes a restore. */
function breakClosing(scenario: FaultScenario, times = Number.POSITIVE_INFINITY): void {
  const fault = { kind: 'error', code: 'InternalError', message: '', status: 500 } as const;
  scenario.plant(isClosing, fault, { times });
}

const isClosing = ({ operation, functionName }: { readonly operation: string; readonly functionName?: string }) =>
  operation === 'PutObject' && functionName === 'tender-dev-end-restore';

/** Plays a restore to its end, of which there is this record, and gives the page that comes of it. */
async function played(scenario: FaultScenario, record: (owner: string) => Restore | undefined = begunRestore) {
  const owner = scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo', approve: true });
  const restore = record(owner);
  if (restore) await scenario.writeState('restores/demo.json', JSON.stringify(restore));
  const isOver = () => scenario.outcomes('etcd-restore').every((outcome) => outcome !== 'running');
  await scenario.world.until('it is over', isOver);
  await scenario.world.advance(1_000); // mails are under way
  return { message: '', subject: '', ...pages(scenario)[0], severity: severities(scenario)[0] };
}

function severities({ deployment }: FaultScenario): unknown[] {
  return deployment
    .executions('etcd-restore')
    .flatMap(({ run }) => run.history)
    .flatMap((event) => event.taskScheduledEventDetails?.parameters ?? [])
    .map((parameters) => JSON.parse(parameters).MessageAttributes?.severity?.StringValue)
    .filter((severity) => severity !== undefined);
}

describe('a restore of etcd that cannot be closed', { timeout }, () => {
  it('once all is done says that the control plane serves, and that it is not to be undone', async () => {
    const scenario = await withRestores();
    breakClosing(scenario);

    const page = await played(scenario);

    expect(page.subject).toBe('Tender: the restore of etcd of cluster demo is done, but not closed');
    expect(page.message).toContain(
      'is done, but not closed: restored 20 objects at revision 7, 3 members; and closing it failed: AwsUnavailable. The control plane serves.',
    );
    expect(page.message).toContain('To do: start etcd-restore again with the same input: it finds all done, closes it');
    expect(page.message).toContain('Do not start over, nor go back');
    expect(page.message).not.toMatch(/stands? still/);
    expect(page.severity).toBe('warning');
    expect(scenario.outcomes('etcd-restore')).toEqual(['FAILED EtcdRestoreStopped']);
    expect(scenario.cause('etcd-restore')).toContain('The control plane serves. To do: start etcd-restore again');
  });

  it.each([
    ['FenceControlPlane', 'The control plane stands still on the nodes that it had come to.'],
    ['SettleEtcd', 'The control plane stands still on the nodes that it had come to.'],
    ['StartControlPlane', 'The control plane was being started, and may stand still on some nodes.'],
    ['DeleteStaleNodes', 'The control plane was started, and it was not seen whether it serves.'],
  ] as const)('after %s had failed says how the control plane stands', async (fails, stands) => {
    const scenario = await withRestores(fails);
    breakClosing(scenario);

    const page = await played(scenario);

    expect(page.message).toContain(`stopped half-way: it broke; and closing it failed: AwsUnavailable. ${stands}\n`);
    expect(page.message).toContain('To do: go on by starting etcd-restore again, or go back by the runbook.\n');
    expect(page.severity).toBe('critical');
  });

  it('and whose execution is dead says that nobody saw how far it had come', async () => {
    const scenario = await withRestores();
    breakClosing(scenario);
    const owner = scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo', approve: true });
    await scenario.writeState('restores/demo.json', JSON.stringify(begunRestore(owner)));
    await scenario.stop(await scenario.untilState('WaitForTheTest', 1, 'etcd-restore'));
    await scenario.world.until('it is told', () => scenario.outcomes('etcd-restore')[1]?.startsWith('FAILED') === true);
    await scenario.world.advance(1_000); // mails are under way

    const message = pages(scenario)[0]?.message;
    expect(message).toContain('demo stopped: somebody stopped its execution; and closing it failed: AwsUnavailable.');
    expect(message).toContain('How far it had come is in its history, and the control plane may stand still.');
    expect(message).toContain('To do: see how far it had come. Where it had begun: go on by starting etcd-restore');
  });

  it('because an answer of S3 was lost is closed all the same', async () => {
    const scenario = await withRestores();
    scenario.plant(isClosing, { kind: 'lose-response' }, { times: 1 });

    await played(scenario);

    expect(pages(scenario)).toEqual([]);
    expect(scenario.outcomes('etcd-restore')).toEqual(['SUCCEEDED']);
    expect(stored(scenario, 'restores/').get('restores/demo.json')).toMatchObject({ state: 'done' });
  });
});

describe('a restore of etcd that is not its execution’s any more', { timeout }, () => {
  it('names the other one, and does not have a third one started beside it', async () => {
    const scenario = await withRestores('SettleEtcd');

    const { message } = await played(scenario, (owner) => ({ ...begunRestore(another), takenOverFrom: [owner] }));

    expect(message).toContain('another one has taken it over. How the control plane stands, the other one knows.');
    expect(message).toContain('To do: follow the other one, which npx tender run ls shows, and start none beside it.');
    expect(message).not.toMatch(/stands still|go on by starting/);
  });

  it.each([
    [
      'SettleEtcd',
      'stopped half-way',
      'critical',
      'Where nobody went back by the runbook, the control plane may stand still.',
    ],
    [undefined, 'is done, but not closed', 'warning', 'The control plane serves.'],
  ] as const)(
    'because its record was deleted is told so, when what failed is %s',
    async (fails, came, severity, stands) => {
      const scenario = await withRestores(fails);

      const { message, ...page } = await played(scenario, () => undefined);

      expect(page).toMatchObject({ subject: `Tender: the restore of etcd of cluster demo ${came}`, severity });
      expect(message).toContain(`its record is gone. ${stands}`);
      expect(message).toContain('To do: ask who deleted its record');
    },
  );
});
