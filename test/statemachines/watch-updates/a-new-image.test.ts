import { describe, expect, it } from 'vitest';
import type { RunningNodes } from '../../../src/images/history.ts';
import type { WatchDocument } from '../../../src/images/watch-document.ts';
import { rehearseFleet } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages, stored } from '../../support/scenarios/scenario.ts';

const PARAMETER = '/aws/service/demo/recommended';

function found(scenario: FaultScenario): WatchDocument {
  return stored(scenario, 'updates/').get('updates/demo/watch.json') as unknown as WatchDocument;
}

function reportOf(scenario: FaultScenario, groupName: string) {
  return found(scenario).groups.find((one) => one.groupName === groupName);
}

/** A calendar that is closed for decades. */
const CALENDAR = `BEGIN:VCALENDAR
PRODID:-//AWS//Change Calendar 1.0//EN
VERSION:2.0
X-CALENDAR-TYPE:DEFAULT_OPEN
BEGIN:VEVENT
DTSTART:20200101T000000Z
DTEND:20990101T000000Z
SUMMARY:Freeze
END:VEVENT
END:VCALENDAR
`;

describe('the watch for updates', { timeout: 120_000 }, () => {
  it('finds a new image, makes a version for it, tells a person once, and knows what ran where', async () => {
    const entry = { updates: { source: { kind: 'parameter', name: PARAMETER } } };
    const { scenario } = await rehearseFleet({ workers: 2, entry });
    const { fleet, parameters } = scenario.cloud;
    const worker = [...fleet.instances.images.all.values()].find(({ name }) => name === 'demo-workers-1');
    if (!worker) throw new Error('the workers have no image');
    parameters.setPublic(PARAMETER, worker.imageId);
    const first = await scenario.invoke('watch-updates', { cluster: 'demo' });
    expect(first).toMatchObject({ outcome: 'done', started: [], problems: [] });
    expect(reportOf(scenario, 'demo-workers')).toMatchObject({ verdict: 'current', nodes: 2 });

    fleet.registerImage({ ...worker, tags: {}, imageId: 'ami-0123456789abcdef0', name: 'demo-workers-2' });
    parameters.setPublic(PARAMETER, 'ami-0123456789abcdef0');
    await scenario.invoke('watch-updates', { cluster: 'demo' });
    const again = await scenario.invoke('watch-updates', { cluster: 'demo' });

    expect(again).toMatchObject({ told: 0, change: '', problems: [] });
    expect(reportOf(scenario, 'demo-workers')).toMatchObject({
      verdict: 'available',
      outdated: 2,
      version: '2',
      diff: [`ImageId: ${worker.imageId} → ami-0123456789abcdef0`],
    });
    const told = pages(scenario).filter(({ subject }) => subject === 'Tender: an update for demo-workers');
    expect(told).toHaveLength(1);
    const running = stored(scenario, 'updates/').get('updates/demo/history/current.json') as unknown as RunningNodes;
    const ofWorkers = Object.values(running.nodes).filter(({ groupName }) => groupName === 'demo-workers');
    expect(ofWorkers).toHaveLength(2);
    expect(ofWorkers[0]).toMatchObject({ imageId: worker.imageId, version: '1', kernel: expect.stringMatching(/\d/) });
    expect([...stored(scenario, 'updates/demo/history/changes/').keys()]).toHaveLength(1);
  });

  it('starts the update of one group by policy auto, workers before the control plane', async () => {
    const updates = { source: { kind: 'parameter', name: PARAMETER }, policy: 'auto' };
    const { scenario } = await rehearseFleet({ workers: 1, entry: { updates } });
    const { fleet, parameters } = scenario.cloud;
    const [worker] = fleet.instances.images.all.values();
    if (!worker) throw new Error('there is no image');
    fleet.registerImage({ ...worker, tags: {}, imageId: 'ami-0123456789abcdef0', name: 'demo-workers-2' });
    parameters.setPublic(PARAMETER, 'ami-0123456789abcdef0');
    const { started } = await scenario.invoke('watch-updates', { cluster: 'demo' });
    await scenario.invoke('watch-updates', { cluster: 'demo' });

    expect(started).toEqual([expect.stringMatching(/^update-demo-workers-2-\d{8}T\d{4}$/)]);
    expect(scenario.deployment.executions('os-update').map(({ name }) => name)).toEqual(started);
  });

  it('asks the Change Calendar, and takes one that is not there for closed', async () => {
    const updates = { source: { kind: 'parameter', name: PARAMETER }, policy: 'auto', changeCalendar: 'freeze' };
    const { scenario } = await rehearseFleet({ workers: 1, entry: { updates } });
    const { fleet, parameters } = scenario.cloud;
    const [worker] = fleet.instances.images.all.values();
    if (!worker) throw new Error('there is no image');
    parameters.setPublic(PARAMETER, worker.imageId);
    await scenario.invoke('watch-updates', { cluster: 'demo' });
    const isMissing = { open: false, why: expect.stringContaining('freeze cannot be read') };
    expect(reportOf(scenario, 'demo-workers')?.window).toMatchObject(isMissing);

    const freeze = { Name: 'freeze', DocumentType: 'ChangeCalendar', DocumentFormat: 'TEXT', Content: CALENDAR };
    await scenario.operate('ssm', 'CreateDocument', freeze);
    await scenario.invoke('watch-updates', { cluster: 'demo' });
    const isClosed = { open: false, next: '2099-01-01T00:00:00Z', why: expect.stringContaining('freeze is closed') };
    expect(reportOf(scenario, 'demo-workers')?.window).toMatchObject(isClosed);
    expect(found(scenario).started).toEqual([]);
  });

  it('is not let write to a launch template that is not the cluster’s, and says so of that group alone', async () => {
    const entry = { updates: { source: { kind: 'parameter', name: PARAMETER } } };
    const denied = ['ec2:CreateLaunchTemplateVersion'];
    const { scenario } = await rehearseFleet({ workers: 1, entry, denied });
    const { fleet, parameters } = scenario.cloud;
    const worker = [...fleet.instances.images.all.values()].find(({ name }) => name === 'demo-workers-1');
    if (!worker) throw new Error('the workers have no image');
    fleet.registerImage({ ...worker, tags: {}, imageId: 'ami-0123456789abcdef0', name: 'demo-workers-2' });
    parameters.setPublic(PARAMETER, 'ami-0123456789abcdef0');
    const Resources = [...fleet.templates.all.values()].flatMap(({ id, name }) => (name === 'demo-workers' ? id : []));
    await scenario.operate('ec2', 'DeleteTags', { Resources, Tags: [{ Key: 'tender:cluster' }] });

    await scenario.invoke('watch-updates', { cluster: 'demo' });

    expect(reportOf(scenario, 'demo-workers')).toMatchObject({
      verdict: 'unseen',
      why: expect.stringContaining('AwsAccessDenied'),
    });
    expect(reportOf(scenario, 'demo-control-plane')).toMatchObject({ verdict: 'available' });
  });
});
