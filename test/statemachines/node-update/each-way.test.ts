import { describe, expect, it } from 'vitest';
import { conditionOfNode, eventsOf, podsOn } from '../../support/scenarios/departure.ts';
import {
  annotate,
  NEWER,
  rebootMarks,
  rehearseUpdate,
  runsOn,
  startUpdate,
  update,
  withAgent,
} from '../../support/scenarios/reboots.ts';
import { bootsOf } from '../../support/scenarios/repair.ts';
import { pages, trace } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;

describe('a node is updated in place', { timeout }, () => {
  it('by FLUO’s agent: emptied, given leave, taken back, verified, and only then open again', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    const agent = await withAgent(scenario, old);
    agent.conversation.length = 0;

    await update(scenario, old);

    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'updated',
      way: 'agent',
      from: { osImage: 'Flatcar Container Linux by Kinvolk 4459.2.0 (Oklo)' },
      to: { osImage: NEWER.osImage, kernelVersion: NEWER.kernelVersion },
    });
    // The order of S34. The agent deletes no pod, since none is left.
    expect(agent.conversation).toEqual([
      'coordinator: before-reboot = true',
      'node: cordoned',
      'coordinator: reboot-ok=true',
      'coordinator: before-reboot off',
      'agent: reboot-in-progress=true',
      'agent: reboots',
      'agent: reboot-in-progress=false',
      'agent: reboot-needed=false',
      'coordinator: after-reboot = true',
      'coordinator: reboot-ok=false',
      'coordinator: after-reboot off',
      'agent: status=UPDATE_STATUS_IDLE',
      'node: un-cordoned',
    ]);
    expect([runsOn(scenario, old), bootsOf(machine)]).toEqual([`${NEWER.osImage}, ${NEWER.kernelVersion}`, 2]);
    expect(eventsOf(scenario, old)).toEqual(
      expect.arrayContaining([
        `NodeUpdated: Tender had the node rebooted, and it runs ${NEWER.osImage}, ${NEWER.kernelVersion}`,
      ]),
    );
    await scenario.comesToRest();
    expect([scenario.leftovers(), scenario.sickInService(), rebootMarks(scenario, old), pages(scenario)]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  it('by our document, which has update_engine install what is new while the node still serves', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    machine.system.available = NEWER;

    await update(scenario, old);

    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'updated',
      way: 'document',
      to: { osImage: NEWER.osImage },
    });
    expect(scenario.output('node-drain')).toMatchObject({ outcome: 'drained', deregistered: 2 });
    expect([podsOn(scenario, old), bootsOf(machine), conditionOfNode(scenario, old)]).toEqual([[], 2, 'Ready']);
    await scenario.comesToRest();
    expect([scenario.leftovers(), scenario.sickInService(), rebootMarks(scenario, old), pages(scenario)]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  it('by our document where Debian’s sentinel asks for it, and by nothing where it does not', async () => {
    const { scenario, old, machine, workers } = await rehearseUpdate();
    const kernel = { version: '12', osImage: 'Debian GNU/Linux 12 (bookworm)', kernelVersion: '6.1.0-44-arm64' };
    machine.system.install(kernel);
    machine.writeFile('/etc/os-release', 'ID=debian\n');
    machine.writeFile('/run/reboot-required', '*** System restart required ***\n');
    machine.writeFile('/run/reboot-required.pkgs', 'linux-image-6.1.0-44-arm64\n');

    await update(scenario, old);
    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'updated',
      way: 'document',
      to: { kernelVersion: kernel.kernelVersion },
    });
    await update(scenario, workers[1] ?? old);
    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'not-due',
      remark: 'update_engine knows of nothing newer',
    });
    expect(trace(scenario, 1, 'node-update')).not.toContain('TakeLease');
    await scenario.comesToRest();
    expect([scenario.leftovers(), scenario.sickInService(), pages(scenario)]).toEqual([[], [], []]);
  });

  it('by a plain reboot where somebody asks for that', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    await update(scenario, old, { way: 'reboot', reason: 'a new kernel argument' });
    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'updated',
      way: 'reboot',
      reason: 'update in place: a new kernel argument',
    });
    expect([bootsOf(machine), conditionOfNode(scenario, old)]).toEqual([2, 'Ready']);
    await scenario.comesToRest();
    expect([scenario.leftovers(), scenario.sickInService(), rebootMarks(scenario, old), pages(scenario)]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  it('once what FLUO’s users have run before and after it has said yes', async () => {
    const entry = {
      reboots: { beforeRebootAnnotations: ['example.com/quiet'], afterRebootAnnotations: ['example.com/well'] },
    };
    const { scenario, old } = await rehearseUpdate({ entry });
    const agent = await withAgent(scenario, old);
    annotate(scenario, old.nodeName, { 'example.com/quiet': 'true', 'example.com/well': 'true' });
    startUpdate(scenario, old);
    await scenario.untilState('WaitForChecks', 3, 'node-update');
    // What was said of another reboot counts for nothing; and nothing is disrupted yet.
    expect(conditionOfNode(scenario, old)).toBe('Ready');
    annotate(scenario, old.nodeName, { 'example.com/quiet': 'true' });
    const asked = () => agent.conversation.includes('coordinator: after-reboot = true');
    await scenario.world.until('checks after the reboot are asked for', asked, 3_600_000);
    await scenario.world.advance(120_000);
    expect(conditionOfNode(scenario, old)).toBe('Ready, cordoned, excluded, owned');
    annotate(scenario, old.nodeName, { 'example.com/well': 'true' });
    await scenario.comesToRest();
    expect(scenario.output('node-update')).toMatchObject({ outcome: 'updated' });
    expect([scenario.leftovers(), rebootMarks(scenario, old), pages(scenario)]).toEqual([[], [], []]);
  });

  it('in words only, with a plan', async () => {
    const { scenario, old, machine } = await rehearseUpdate();
    machine.system.install(NEWER);
    await update(scenario, old, { plan: true });
    expect(scenario.output('node-update')).toMatchObject({
      outcome: 'planned',
      next: 'reboot',
      way: 'document',
      toVersion: NEWER.version,
      why: `update_engine has installed ${NEWER.version}`,
    });
    expect([bootsOf(machine), conditionOfNode(scenario, old), rebootMarks(scenario, old)]).toEqual([1, 'Ready', []]);
  });
});
