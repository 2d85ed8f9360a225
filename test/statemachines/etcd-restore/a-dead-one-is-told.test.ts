import { describe, expect, it } from 'vitest';
import { begunRestore as begun } from '../../support/etcd/begun-restore.ts';
import { rehearseDescribedEtcd } from '../../support/etcd/described-etcd.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages, rehearse, stored } from '../../support/scenarios/scenario.ts';

const runbook = (name: string) => new RegExp(`\\nRunbook: docs/runbooks/${name}\\.md\\nExecution: arn:`);

async function withControlPlane(): Promise<FaultScenario> {
  const scenario = await rehearseDescribedEtcd();
  await scenario.world.advance(60_000);
  return scenario;
}

/** Starts a restore, presses Stop while it asks nodes, and waits for what comes of that. */
async function stopOne(scenario: FaultScenario, input: object, meanwhile: (arn: string) => Promise<void>) {
  const arn = scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo', ...input });
  const execution = await scenario.untilState('InspectControlPlane', 1, 'etcd-restore');
  await meanwhile(arn);
  await scenario.stop(execution);
  const runs = () => scenario.deployment.executions('etcd-restore');
  await scenario.world.until(
    'it is told',
    () => runs().length > 1 && runs().every(({ run }) => run.outcome !== undefined),
  );
  await scenario.world.advance(1_000); // mails are under way
  return arn;
}

describe('a restore of etcd that somebody stops', () => {
  it('half-way is told with the command that explains it, and what it had open is closed', async () => {
    const scenario = await withControlPlane();

    const arn = await stopOne(scenario, {}, (owner) =>
      scenario.writeState('restores/demo.json', JSON.stringify(begun(owner))),
    );

    expect(pages(scenario)).toMatchObject([
      {
        subject: 'Tender: the restore of etcd of cluster demo stopped half-way',
        message: expect.stringMatching(runbook('etcd-restore-stopped')),
      },
    ]);
    expect(pages(scenario)[0]?.message).toContain(
      'stopped half-way: somebody stopped its execution. How far it had come is in its history, and the control plane may stand still.',
    );
    expect(pages(scenario)[0]?.message).toContain(`Command: npx tender run explain ${arn}`);
    expect(stored(scenario, 'restores/').get('restores/demo.json')).toMatchObject({
      state: 'under-way',
      note: 'somebody stopped its execution',
    });
    // What tells of it is red, and starts nothing more.
    await scenario.world.advance(10 * 60_000);
    expect(scenario.outcomes('etcd-restore')).toEqual(['ABORTED', 'FAILED EtcdRestoreStopped']);
  });

  it('before it began is told as one that changed nothing', async () => {
    const scenario = await withControlPlane();

    await stopOne(scenario, {}, async () => {});

    expect(pages(scenario)[0]?.message).toContain('somebody stopped its execution, before it had begun');
    expect(pages(scenario)).toMatchObject([
      {
        subject: 'Tender: etcd of cluster demo was not restored',
        message: expect.stringMatching(runbook('etcd-not-restored')),
      },
    ]);
  });

  it('when it was done already is told to nobody: what comes after it is started', async () => {
    const scenario = await withControlPlane();

    await stopOne(scenario, {}, (owner) =>
      scenario.writeState('restores/demo.json', JSON.stringify({ ...begun(owner), state: 'done' })),
    );

    expect(pages(scenario)).toEqual([]);
    expect(scenario.outcomes('etcd-restore')).toEqual(['ABORTED', 'SUCCEEDED']);
    expect(scenario.deployment.executions('etcd-snapshot').at(-1)?.name).toMatch(/^restored-/);
    expect(stored(scenario, 'restores/').get('restores/demo.json')).toMatchObject({ state: 'done' });
  });

  it.each(['under-way', 'done'] as const)(
    'after another one has taken it over, which is %s by now, is told to nobody',
    async (state) => {
      const scenario = await withControlPlane();
      const another = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-etcd-restore:another';

      await stopOne(scenario, {}, (owner) =>
        scenario.writeState('restores/demo.json', JSON.stringify({ ...begun(another), state, takenOverFrom: [owner] })),
      );

      expect(pages(scenario)).toEqual([]);
      expect(scenario.outcomes('etcd-restore')).toEqual(['ABORTED', 'SUCCEEDED']);
      expect(stored(scenario, 'restores/').get('restores/demo.json')).toMatchObject({ owner: another, state });
    },
  );

  it('before it began, while the record of an earlier one is there, is told as one that changed nothing', async () => {
    const scenario = await withControlPlane();
    const earlier = 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-etcd-restore:earlier';

    await stopOne(scenario, {}, () =>
      scenario.writeState('restores/demo.json', JSON.stringify({ ...begun(earlier), state: 'done' })),
    );

    expect(pages(scenario)[0]?.message).toContain('somebody stopped its execution, before it had begun');
  });

  it('when it was only to show something is told to nobody', async () => {
    const scenario = await withControlPlane();

    await stopOne(scenario, { plan: true }, async () => {});

    expect(pages(scenario)).toEqual([]);
    expect(scenario.outcomes('etcd-restore')).toEqual(['ABORTED', 'SUCCEEDED']);
  });
});

describe('a restore of etcd that is refused before it begins', () => {
  it.each([
    [{}, 1],
    [{ plan: true }, 0],
  ])('is told, unless it was a look: %j', async (input, told) => {
    const scenario = await rehearse({ schedules: false });
    scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo', ...input });
    const isOver = () => scenario.outcomes('etcd-restore').every((outcome) => outcome !== 'running');
    await scenario.world.until('it is over', isOver);
    await scenario.world.advance(1_000); // mails are under way

    expect(scenario.outcomes('etcd-restore')).toEqual(['FAILED EtcdNotRestored']);
    expect(pages(scenario)).toHaveLength(told);
  });
});
