import { expect, it } from 'vitest';
import { rehearseFleet } from '../support/scenarios/departure.ts';
import { stored } from '../support/scenarios/scenario.ts';
import { atTheDoor } from '../support/tender-door.ts';

const PARAMETER = '/aws/service/demo/recommended';
const IMAGE = 'ami-0123456789abcdef0';
const GROUP = 'demo-workers';

/** An update that waits for its window. */
const waiting = {
  cluster: 'demo',
  groupName: GROUP,
  way: 'image',
  reason: 'by hand',
  by: 'ann',
  execution: 'arn:aws:states:us-east-1:111111111111:execution:tender-dev-os-update:gone',
  status: 'waiting',
  waitsFor: 'window',
  why: 'closed: outside the windows',
  startedAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  endedAt: '',
  phase: 'waves',
  target: { launchTemplateId: 'lt-1', version: '2', imageId: IMAGE },
  previous: { launchTemplateId: 'lt-1', version: '1', imageId: 'ami-1' },
  followed: '',
  launchedBefore: '',
  now: false,
  suspended: [],
  settled: true,
  wave: null,
  waves: 1,
  lastWaveSeconds: 0,
  moves: 1,
  extra: 0,
  moved: [{ instanceId: 'i-1', nodeName: 'node-1', zone: 'a', at: '2026-01-01T00:00:00Z' }],
  bake: null,
  validation: { good: 0, goodAt: '', badSince: '', blamedSince: '', incompleteSince: '', problems: [] },
  tripped: '',
  stopping: '',
  asked: null,
  turns: 3,
};

it('tender update says what runs and what is new, what ran where, and asks updates to wait or to end', {
  timeout: 120_000,
}, async () => {
  const windows = [{ start: '02:00', minutes: 60, timeZone: 'Europe/Berlin' }];
  const entry = { updates: { source: { kind: 'parameter', name: PARAMETER }, windows } };
  const { scenario, leaver } = await rehearseFleet({ workers: 2, entry });
  const { fleet, parameters } = scenario.cloud;
  const worker = [...fleet.instances.images.all.values()].find(({ name }) => name === 'demo-workers-1');
  if (!worker) throw new Error('the workers have no image');
  await atTheDoor(scenario, async (run) => {
    expect(await run('update', 'status')).toMatchObject({
      status: 2,
      out: expect.stringContaining('nobody has looked for updates yet'),
    });
  });
  fleet.registerImage({ ...worker, tags: {}, imageId: IMAGE, name: 'demo-workers-2' });
  parameters.setPublic(PARAMETER, IMAGE);
  await scenario.invoke('watch-updates', { cluster: 'demo' });

  await atTheDoor(scenario, async (run) => {
    const { status, out } = await run('update', 'status', 'demo', '--group', GROUP);
    expect(status).toBe(1);
    expect(out).toMatch(
      new RegExp(`${GROUP} +notify +${worker.imageId} \\(version 1\\) +${IMAGE} \\(version 2\\) +2 of 2`),
    );
    expect(out).toContain(`ImageId: ${worker.imageId} → ${IMAGE}`);
    expect(out).toMatch(/opens 2026-\S+|open until/);
    const running = await run('update', 'history', '--running', '--group', GROUP);
    expect(running.out).toMatch(new RegExp(`${leaver.nodeName} +${GROUP} +${worker.imageId} +1 +`));
    const told = JSON.parse((await run('update', 'history', '--node', leaver.nodeName, '-o', 'json')).out);
    expect(told).toMatchObject({ updates: [], changes: [{ parent: '', nodes: [{ before: null }] }] });
    expect(await run('update', 'status', '--group', 'demo-worker')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean demo-workers?'),
    });
    expect(await run('update', 'pause', 'demo')).toMatchObject({
      status: 2,
      err: expect.stringContaining('no group of cluster demo comes into question'),
    });
  });

  await atTheDoor(scenario, async (run) => {
    const plan = await run('update', 'plan', 'demo', '--group', GROUP, '--now');
    expect(plan).toMatchObject({ status: 0, out: expect.stringMatching(/verdict +update: 2 of 2 nodes are outdated/) });
    expect(plan.out).toMatch(new RegExp(`would launch +${IMAGE} \\(version 2\\)`));
    expect(plan.out).toMatch(new RegExp(`${leaver.nodeName} +us-east-1\\w +- +-`));
    expect(plan.err).toContain('pods were not looked at: the API server cannot be reached from here');
    const outside = await run('update', 'plan', 'demo', '--group', GROUP);
    expect(outside).toMatchObject({ status: 1, out: expect.stringContaining('refuse: closed: outside the windows') });
    const refused = { status: 1, err: expect.stringMatching(/UpdateRefused: .*outside the windows/) };
    expect(await run('update', 'start', 'demo', '--group', GROUP, '--wait')).toMatchObject(refused);
    expect(await run('update', 'start', 'demo', '--group', GROUP)).toMatchObject(refused);
  });

  await scenario.writeState(`updates/demo/groups/${GROUP}.json`, JSON.stringify(waiting));
  const record = () => stored(scenario, 'updates/').get(`updates/demo/groups/${GROUP}.json`);
  await atTheDoor(scenario, async (run) => {
    expect((await run('update', 'status', '--group', GROUP)).out).toContain('waiting for window: waves, 1 updated');
    await run('andon', 'on', '--reason', 'a storm');
    expect((await run('update', 'status')).out).toContain('the andon is on since');
    await run('andon', 'off');
    expect(await run('update', 'pause', '--reason', 'a fair')).toMatchObject({ status: 0 });
    expect(record()).toMatchObject({ waitsFor: 'pause', asked: { what: 'pause', reason: 'a fair' } });
    expect(await run('update', 'abort')).toMatchObject({ status: 0, err: expect.stringContaining('it has stopped') });
    expect(record()).toMatchObject({ status: 'stopped', asked: null });
    expect(await run('update', 'abort')).toMatchObject({ status: 1, err: expect.stringContaining('it has stopped') });
    expect((await run('update', 'status')).status).toBe(2);
    expect((await run('update', 'history', '--group', GROUP)).out).toContain(`update of ${GROUP}: stopped`);
    expect(await run('update', 'resume')).toMatchObject({ status: 1, err: expect.stringContaining('UpdateRefused') });
  });
});
