import { expect, it } from 'vitest';
import { rehearse } from '../support/scenarios/scenario.ts';
import { atTheDoor } from '../support/tender-door.ts';

it('tender cluster ls and show say what is registered, which groups that is, and which entry is broken', {
  timeout: 120_000,
}, async () => {
  const scenario = await rehearse({ schedules: false, terminateHook: true });
  const Name = '/tender/clusters/broken';
  await scenario.operate('ssm', 'PutParameter', { Name, Type: 'String', Value: 'name: broken\nkubernets: {}\n' });
  await atTheDoor(scenario, async (run) => {
    const listed = await run('cluster', 'ls');
    expect(listed.status).toBe(1);
    const [head, broken, demo] = listed.out.split('\n');
    expect(head?.split(/\s{2,}/)).toEqual(['NAME', 'KIND', 'REGION', 'API SERVER', 'GROUPS', 'NODES', 'PROBLEMS']);
    expect(broken).toMatch(/^broken +- .*kubernets.*Did you mean|^broken .*kubernets/i);
    expect(demo).toMatch(/^demo +self-managed +us-east-1 +https:\/\/api\.demo\.example\.com:6443 +2 +0 +none$/);
    expect(JSON.parse((await run('cluster', 'ls', '-o', 'json')).out)).toMatchObject([
      { name: 'broken', problems: expect.any(Array) },
      { name: 'demo', groups: ['demo-control-plane', 'demo-workers'], problems: [] },
    ]);

    const shown = await run('cluster', 'show', 'demo');
    expect(shown.status).toBe(0);
    expect(shown.out).toMatch(
      /demo-workers +worker +0 \(0 to 10\) +tender-launch 300 s, tender-terminate 300 s +lt-\w+:1 +nobody/,
    );
    const told = JSON.parse((await run('cluster', 'show', 'demo', '-o', 'json')).out);
    expect(told).toMatchObject({ entry: { drain: { timeoutSeconds: 900 } }, groups: [{}, { name: 'demo-workers' }] });
    expect(JSON.stringify(told)).not.toContain('userData');
    expect(await run('cluster', 'show', 'broken')).toMatchObject({
      status: 1,
      out: expect.stringContaining('kubernets'),
    });
    expect(await run('cluster', 'show', 'dmeo')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean "demo"?'),
    });
  });
});
