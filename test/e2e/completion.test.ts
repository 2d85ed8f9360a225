import { expect, it, vi } from 'vitest';
import { atTheApiServer, rewriteEntry } from '../support/doctor/at-the-api-server.ts';
import { rehearseFleet } from '../support/scenarios/departure.ts';
import { runTender } from '../support/tender-command.ts';
import { atTheDoor } from '../support/tender-door.ts';

/** The words that fit, as the shell gets them: without what they are, and without the library's last line. */
async function completed(run: (...args: string[]) => Promise<unknown>, ...words: string[]): Promise<readonly string[]> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await run('complete', '--', ...words);
    const lines = log.mock.calls.map(([line]) => String(line));
    expect(lines.at(-1)).toMatch(/^:\d+$/);
    return lines.slice(0, -1).map((line) => line.split('\t')[0] ?? '');
  } finally {
    log.mockRestore();
  }
}

it('Tab completes names of clusters, groups, nodes, instances and executions, and nothing where nobody can be asked', {
  timeout: 120_000,
}, async () => {
  const { scenario, leaver } = await rehearseFleet({ workers: 2 });
  const { host } = scenario.cluster.kubernetes;
  scenario.startByHand('EtcdRestoreMachine', { cluster: 'demo', plan: true });
  await scenario.world.advance(60_000);
  const retirement = scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: leaver.instanceId });
  await atTheApiServer(scenario, async (url) => {
    await rewriteEntry(scenario, { kubernetes: { endpoint: url, tlsServerName: host } });
    await atTheDoor(scenario, async (run) => {
      const words = (...typed: string[]) => completed(run, ...typed);
      expect(await words('health', '')).toEqual(['demo']);
      expect(await words('cluster', 'doctor', 'd')).toEqual(['demo']);
      expect(await words('pause', 'demo', '--group', '')).toEqual(
        expect.arrayContaining(['demo-workers', 'demo-control-plane']),
      );
      expect(await words('node', 'retire', leaver.nodeName.slice(0, 4))).toContain(leaver.nodeName);
      expect(await words('node', 'retire', leaver.nodeName, '')).toEqual(['demo']);
      expect(await words('audit', '--instance', 'i-')).toContain(leaver.instanceId);
      const stoppable = await words('run', 'stop', '');
      expect(stoppable).toContain(retirement.split(':').at(-1));
      const told = await words('run', 'explain', '');
      expect(told.length).toBeGreaterThan(stoppable.length);
      expect(await words('node', 'retire', '--stage', 'prod', '')).toEqual([]);
      expect(await words('node', 'repair', '--from', '')).toContain('reboot');
    });
  });
  expect(await completed((...args) => runTender({}, ...args), 'health', '')).toEqual([]);
});
