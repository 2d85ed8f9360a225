import { expect, it } from 'vitest';
import { killKubelet, rehearseWatched } from '../support/scenarios/watched.ts';
import { atTheDoor } from '../support/tender-door.ts';

const MINUTE = 60_000;

it('tender health says what is wrong, since when, and what is done; pause and andon keep Tender away', {
  timeout: 120_000,
}, async () => {
  const { scenario, leaver } = await rehearseWatched({ workers: 4 });
  await scenario.world.advance(4 * MINUTE);
  await atTheDoor(scenario, async (run) => {
    expect(await run('health')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^demo: 4 of 4 nodes ready; API server ready; looked \d+s ago\nnothing is wrong\n$/),
    });
    expect(await run('health', 'dmeo')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean "demo"?'),
    });
  });

  killKubelet(scenario, leaver);
  await scenario.world.advance(3 * MINUTE);
  await atTheDoor(scenario, async (run) => {
    const sick = await run('health', 'demo');
    expect(sick.status).toBe(1);
    expect(sick.out).toMatch(
      new RegExp(`${leaver.nodeName} +demo-workers +Unknown +\\S+ +nothing: .*waits \\d+ min more`),
    );
    const told = JSON.parse((await run('health', 'demo', '-o', 'json')).out) as Record<string, unknown>;
    expect(told).toMatchObject({ cluster: 'demo', nodes: { all: 4, ready: 3 } });
    expect(told).not.toHaveProperty('memory');

    expect(await run('pause', 'demo', '--until', 'tomorrow')).toMatchObject({
      status: 2,
      err: expect.stringContaining('4h'),
    });
    expect(await run('pause', 'demo', '--group', 'demo-worker', '--until', '4h')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean demo-workers?'),
    });
    expect(await run('pause', 'demo', '--until', '2h')).toMatchObject({
      status: 0,
      err: expect.stringMatching(/^no repair of cluster demo until 2026-/),
    });
    expect(await run('pause', 'demo', '--group', 'demo-workers', '--until', '2h')).toMatchObject({ status: 0 });
  });

  await scenario.world.advance(10 * MINUTE);
  expect(scenario.deployment.executions('node-repair')).toEqual([]);
  await atTheDoor(scenario, async (run) => {
    const paused = await run('health');
    expect(paused.status).toBe(2);
    expect(paused.out).toContain('paused');
    expect(await run('resume', 'demo')).toMatchObject({ status: 0 });
    expect(await run('resume', 'demo', '--group', 'demo-workers')).toMatchObject({ status: 0 });
    expect(await run('andon', 'on', '--reason', 'we look at the network')).toMatchObject({ status: 0 });
    expect(await run('andon', 'on', '--reason', 'a storm')).toMatchObject({
      status: 0,
      err: expect.stringMatching(/^the andon was on already, since 2026-\S+, by \S+: we look at the network\n$/),
    });
    expect((await run('andon')).out).toMatch(/andon +on[\s\S]*we look at the network/);
  });

  await scenario.world.advance(5 * MINUTE);
  expect(scenario.deployment.executions('node-repair')).toEqual([]);
  await atTheDoor(scenario, async (run) => {
    expect((await run('health')).out).toContain('the andon is on since');
    expect(await run('andon', 'off')).toMatchObject({
      status: 0,
      err: expect.stringContaining('it was on since 2026-'),
    });
    expect(await run('andon', 'off')).toMatchObject({ status: 0, err: 'the andon is off already\n' });
    expect((await run('andon', 'show')).out).toMatch(/andon +off/);
    const plan = await run('repair', leaver.nodeName, 'demo', '--plan', '--from', 'reboot');
    expect(plan).toMatchObject({ status: 0, out: expect.stringMatching(/outcome +planned/) });
    expect(await run('repair', leaver.nodeName, 'demo', '--from', 'reboots')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean reboot?'),
    });
  });
  await scenario.world.advance(5 * MINUTE);
  const ended = scenario.deployment.executions('node-repair').filter(({ run }) => run.outcome?.status === 'SUCCEEDED');
  expect(ended.length).toBeGreaterThan(1);
});
