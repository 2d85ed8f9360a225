import { expect, it } from 'vitest';
import { guard, rehearseFleet } from '../support/scenarios/departure.ts';
import { runTender } from '../support/tender-command.ts';
import { atTheDoor } from '../support/tender-door.ts';

const MINUTE = 60_000;

it('tender run lists executions, tells the story of one with what blocks it, stops it, and says how it ended', {
  timeout: 120_000,
}, async () => {
  const { scenario, leaver } = await rehearseFleet({ workers: 2 });
  guard(scenario, leaver);
  await scenario.world.advance(5_000);
  scenario.startByHand('NodeRetireMachine', { cluster: 'demo', nodeName: leaver.nodeName, reason: 'noisy disk' });
  await scenario.world.advance(3 * MINUTE);
  const [retirement] = scenario.deployment.executions('node-retire');
  const name = retirement?.name ?? '';

  await atTheDoor(
    scenario,
    async (run) => {
      const listed = await run('run', 'ls', '--cluster', 'demo', '--since', '1h');
      expect(listed.status).toBe(0);
      expect(listed.out.split('\n')[0]?.split(/\s{2,}/)).toEqual(
        ['started', 'workflow', 'about', 'status', 'took', 'asked by', 'name'].map((each) => each.toUpperCase()),
      );
      expect(listed.out).toMatch(new RegExp(`node-retire +${leaver.nodeName} +running +\\S+ +person +${name}\n`));
      expect(listed.out).toMatch(new RegExp(`node-drain +${leaver.nodeName} +running +\\S+ +execution +${name}-1\n`));
      expect(await run('run', 'ls', '--cluster', 'demo', '--status', 'failed')).toMatchObject({
        status: 0,
        out: 'There is none.\n',
      });

      // From a machine whose clock is not that of AWS.
      const { AWS_ENDPOINT_URL = '', AWS_REGION = '' } = process.env;
      const elsewhere = await runTender({ AWS_ENDPOINT_URL, AWS_REGION }, 'run', 'ls', '--since', '1h');
      expect(elsewhere.out).toMatch(new RegExp(`running +\\d+[sm] +person +${name}\n`));

      // A prefix that only what it has started shares with it.
      const told = await run('run', 'explain', name.slice(0, 20));
      expect(told.out).toMatch(/asked by +person: somebody, by hand\nwhy +noisy disk/);
      expect(told.out).toMatch(
        /waits in +(WaitForPods|EvictPods) since \S+\nfor +default\/guarded: PodDisruptionBudget default\/guard/,
      );
      expect(told.out).toMatch(/used +\d+ transitions, \d+ calls of functions [\s\S]*compute +\$0\.00/);
      expect(told.out).toMatch(/ {4}node-drain: running [\s\S]* {6}EvictPods(?: \(now\))? +\d+ /);
      expect(told.out).toContain('next: make room in the PodDisruptionBudget that is named');
      expect(JSON.parse((await run('run', 'explain', name, '-o', 'json')).out)).toMatchObject({
        about: { cluster: 'demo', instanceId: leaver.instanceId, nodeName: leaver.nodeName },
        children: [{ workflow: 'node-drain', asked: { by: 'execution' }, waits: { blockers: [expect.any(String)] } }],
      });

      const { used } = JSON.parse((await run('run', 'explain', `${name}-1`, '-o', 'json')).out);
      const [drain] = scenario.deployment.executions('node-drain');
      expect(used.stateTransitions).toBeGreaterThan(20);
      expect(drain?.run.billedTransitions).toBeGreaterThanOrEqual(used.stateTransitions);
      expect(used.stateTransitions).toBeGreaterThan(0.9 * (drain?.run.billedTransitions ?? 0));

      expect(await run('run', 'stop', name, '--reason', 'wrong node')).toMatchObject({
        status: 0,
        out: expect.stringMatching(/next +sweep-retire has what goes anyway finished/),
      });
      expect(await run('run', 'watch', name)).toMatchObject({
        status: 1,
        out: '',
        err: expect.stringMatching(
          /^watching \S+\n\S+ PlanRetire\n[\s\S]*ExecutionFailed: ABORTED Stopped: somebody: wrong/,
        ),
      });
      expect((await run('run', 'explain', name)).out).toMatch(/error +Stopped\ncause +somebody: wrong node\n/);
      expect(await run('run', 'stop', name, '--reason', 'again')).toMatchObject({
        status: 1,
        err: expect.stringContaining('is over: ABORTED'),
      });
      expect(await run('run', 'explain', 'zzz')).toMatchObject({
        status: 2,
        err: expect.stringContaining('RunNotFound'),
      });
      expect(await run('run', 'ls', '--workflow', 'node-retir')).toMatchObject({
        status: 2,
        err: expect.stringContaining('Did you mean node-retire?'),
      });
    },
    { ownDate: true },
  );
});
