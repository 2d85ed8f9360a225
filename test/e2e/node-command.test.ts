import { expect, it } from 'vitest';
import { asksAtOnce } from '../support/scenarios/asks-at-once.ts';
import { conditionOfNode, isOver, rehearseFleet } from '../support/scenarios/departure.ts';
import { atTheDoor } from '../support/tender-door.ts';

it('tender node lists nodes with what Tender does, drains one, puts it back, and plans what else could be done', {
  timeout: 120_000,
}, async () => {
  const { scenario, leaver } = await rehearseFleet({ workers: 2 });
  await atTheDoor(scenario, async (run) => {
    const listed = await run('node', 'ls');
    expect(listed).toMatchObject({ status: 0, err: expect.stringContaining('the API server cannot be reached') });
    expect(listed.out).toMatch(
      new RegExp(`${leaver.nodeName} +${leaver.instanceId} +demo-workers +us-east-1\\w +InService +-\n`),
    );
    expect(await run('node', 'retire', leaver.nodeName, '--plan')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/outcome +planned/),
    });
    expect(await run('node', 'put-back', leaver.nodeName)).toMatchObject({
      status: 2,
      err: expect.stringContaining('NothingToPutBack'),
    });
    expect(await run('node', 'update', leaver.nodeName, '--way', 'reebot')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean reboot?'),
    });
    expect(await run('node', 'drain', leaver.instanceId, 'demo', '--reason', 'a look', '--no-wait')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^execution +arn:\S+:tender-dev-node-drain:cli-/),
    });
  });
  await isOver(scenario, 'node-drain');
  expect(conditionOfNode(scenario, leaver)).toBe('Ready, cordoned, excluded, owned');

  await atTheDoor(scenario, async (run) => {
    expect((await run('node', 'ls', 'demo')).out).toMatch(
      new RegExp(`${leaver.nodeName} +${leaver.instanceId} .*node-drain cli-\\S+ since \\S+; counts as out of service`),
    );
    expect((await run('node', 'put-back', leaver.nodeName, '--plan')).out).toMatch(
      /workflow +sweep-retire\nowner +arn:/,
    );
    const back = await run('node', 'put-back', leaver.nodeName, 'demo');
    expect(back).toMatchObject({
      status: 0,
      err: expect.stringMatching(/running arn:\S+:tender-dev-sweep-retire:cli-/),
    });
  });
  expect(conditionOfNode(scenario, leaver)).toBe('Ready');
});

it('tender etcd approve and refuse answer the restore that waits for a person', { timeout: 120_000 }, async () => {
  const { scenario } = await rehearseFleet({ workers: 1 });
  await asksAtOnce(scenario);
  await atTheDoor(scenario, async (run) => {
    expect(await run('etcd', 'approve', 'demo')).toMatchObject({
      status: 2,
      err: expect.stringContaining('NothingToApprove'),
    });
    await run('etcd', 'restore', 'demo', '--no-wait');
    expect((await run('run', 'explain', 'cli-')).out).toMatch(
      /for +a person has to approve or refuse it\n[\s\S]*next: npx tender etcd approve demo/,
    );
    expect(await run('etcd', 'approve')).toMatchObject({
      status: 0,
      err: expect.stringContaining('two minutes would be lost'),
    });
  });
  await isOver(scenario, 'etcd-restore');
  await atTheDoor(scenario, async (run) => {
    await run('etcd', 'restore', 'demo', '--no-wait');
    expect(await run('etcd', 'refuse', '--reason', 'not today')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^refused +arn:/),
    });
  });
  await isOver(scenario, 'etcd-restore', 2);
  const [yes, no] = scenario.deployment.executions('etcd-restore').map(({ run }) => run.outcome);
  expect(yes).toMatchObject({ status: 'SUCCEEDED', output: expect.stringContaining('"by":"somebody"') });
  expect(no).toMatchObject({
    error: 'EtcdNotRestored',
    cause: expect.stringContaining('Refused: somebody: not today'),
  });
});
