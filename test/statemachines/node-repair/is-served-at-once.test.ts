import { describe, expect, it } from 'vitest';
import { conditionOfNode, guard, isOver, podsOn, scaleIn } from '../../support/scenarios/departure.ts';
import {
  bootsOf,
  keepUnhealthy,
  rehearseSickness,
  repair,
  startRepair,
  untilReady,
} from '../../support/scenarios/repair.ts';
import { hookAnswers, pages, stored } from '../../support/scenarios/scenario.ts';

const timeout = 180_000;
/** Each moment is a world of its own. */
const long = process.env.TENDER_LONG !== undefined;
const latch = { type: 'KernelDeadlock', afterReboot: 'gone' } as const;
const reboots = { signal: 'KernelDeadlock', ladder: ['reboot', 'replace', 'page'] };

type Sickness = Awaited<ReturnType<typeof rehearseSickness>>;

/** A node with a condition that a reboot mends; the repair is in this state. */
async function repairing(state: string, options: Parameters<typeof rehearseSickness>[0] = {}): Promise<Sickness> {
  const sickness = await rehearseSickness(options);
  const { scenario, sick } = sickness;
  scenario.cluster.kubernetes.problems.latch(sick.nodeName, latch);
  await scenario.world.advance(1_000);
  startRepair(scenario, { instanceId: sick.instanceId }, reboots);
  await scenario.untilState(state, 1, 'node-repair');
  return sickness;
}

describe('a terminate hook that comes in the middle of a repair', { timeout }, () => {
  const moments: readonly (readonly [string, number])[] = [
    ['CheckRepair', 30_000],
    ['RebootInstance', 30_000],
    // What the drain of the repair does is what the hook's own would do; the hook is kept alive meanwhile.
    ['DrainNode', 310_000],
  ];
  it.each(long ? moments : moments.slice(0, 1))(
    'in %s gets the node in time, and is answered as ever',
    async (state, withinMs) => {
      const { scenario, sick } = await repairing(state);
      const askedAt = scenario.world.now();
      await scaleIn(scenario, sick);
      await isOver(scenario, 'node-repair');
      expect(scenario.world.now() - askedAt).toBeLessThan(withinMs);
      expect(scenario.output('node-repair')).toMatchObject({ outcome: 'aside' });
      await isOver(scenario, 'node-retire');
      expect(scenario.world.now() - askedAt).toBeLessThan(600_000);
      expect(hookAnswers(scenario)).toEqual([`CONTINUE ${sick.instanceId}`]);
      await scenario.comesToRest();
      expect([scenario.leftovers(), conditionOfNode(scenario, sick), pages(scenario)]).toEqual([[], 'gone', []]);
    },
  );

  it('while it waits for a place in the budget is not kept from it', async () => {
    const { scenario, sick, workers } = await rehearseSickness();
    const [, other = sick] = workers;
    guard(scenario, other);
    await scenario.world.advance(5_000);
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: other.instanceId });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, latch);
    startRepair(scenario, { instanceId: sick.instanceId }, reboots);
    await scenario.untilState('WaitForTurn', 1, 'node-repair');
    expect(stored(scenario, 'claims/').has(`claims/demo/${sick.instanceId}.json`)).toBe(false);
    await scaleIn(scenario, sick);
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'aside', rung: '' });
    await scenario.world.until('the hook is answered', () => hookAnswers(scenario).length > 0, 900_000);
    expect(hookAnswers(scenario)).toEqual([`CONTINUE ${sick.instanceId}`]);
  });
});

describe('a spot interruption that comes in the middle of a repair', { timeout }, () => {
  it.each(['CheckRepair', ...(long ? ['DrainNode'] : [])])(
    'in %s empties the node in its two minutes',
    async (state) => {
      const { scenario, sick } = await repairing(state, { spot: true, terminateHook: false, application: { pods: 4 } });
      scenario.cloud.fleet.instances.interruptSpot(sick.instanceId);
      await scenario.world.advance(110_000);
      expect([podsOn(scenario, sick), scenario.targets().includes(sick.instanceId)]).toEqual([[], false]);
      await isOver(scenario, 'node-repair');
      expect(scenario.output('node-repair')).toMatchObject({ outcome: 'aside' });
      await scenario.comesToRest();
      expect([scenario.leftovers(), conditionOfNode(scenario, sick), pages(scenario)]).toEqual([[], 'gone', []]);
    },
  );
});

describe('two repairs', { timeout }, () => {
  it('of one episode are one: the second is refused by its name', async () => {
    const { scenario, sick } = await rehearseSickness();
    const start = () =>
      scenario.operate('states', 'StartExecution', {
        stateMachineArn: scenario.deployment.resource('NodeRepairMachine'),
        name: `repair-${sick.instanceId}-20260301T120000`,
        input: JSON.stringify({
          cluster: 'demo',
          instanceId: sick.instanceId,
          signal: 'Unknown',
          seq: scenario.world.now(),
        }),
      });
    await start();
    await scenario.world.advance(1_000);
    await expect(start()).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
  });

  it('of one node by other names reboot it once: who comes second stands aside', async () => {
    const { scenario, sick, machine } = await repairing('DrainNode');
    await scenario.untilState('CordonNode', 1, 'node-drain');
    await repair(scenario, sick, reboots);
    expect(scenario.output('node-repair', 0)).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect(scenario.output('node-repair', 1)).toMatchObject({
      outcome: 'aside',
      remark: expect.stringContaining('another execution works on it: tender-dev-node-repair'),
    });
    expect(bootsOf(machine)).toBe(2);
    await scenario.comesToRest();
    expect([scenario.leftovers(), conditionOfNode(scenario, sick), pages(scenario)]).toEqual([[], 'Ready', []]);
  });
});

describe('a repair stands aside', { timeout }, () => {
  it.runIf(long)('while a person drains the node', async () => {
    const { scenario, sick } = await rehearseSickness();
    const loosen = guard(scenario, sick);
    await scenario.world.advance(5_000);
    scenario.startByHand('NodeDrainMachine', { cluster: 'demo', nodeName: sick.nodeName });
    await scenario.untilState('WaitForPods', 1, 'node-drain');
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, latch);
    startRepair(scenario, { nodeName: sick.nodeName }, reboots);
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'aside', instanceId: sick.instanceId });
    loosen();
  });

  it.runIf(long)('of a machine that its group takes for unhealthy and replaces itself', async () => {
    const { scenario, sick } = await rehearseSickness();
    scenario.cloud.fleet.instances.hang(sick.instanceId);
    await untilReady(scenario, sick, false);
    await scenario.world.until('it leaves', () => !scenario.cluster.inService().includes(sick.instanceId), 900_000);
    await repair(scenario, sick, { signal: 'Unknown' });
    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'aside',
      remark: expect.stringMatching(/leaves|gone/),
    });
    await scenario.comesToRest();
    expect([scenario.leftovers(), hookAnswers(scenario)]).toEqual([[], [`CONTINUE ${sick.instanceId}`]]);
  });

  it.runIf(long)('while the API server is away: nothing is rebooted on nobody’s word', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    await keepUnhealthy(scenario);
    machine.systemctl('stop', 'kubelet');
    await untilReady(scenario, sick, false);
    scenario.cluster.kubernetes.down('refused');
    await repair(scenario, sick, { signal: 'Unknown' });
    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'aside',
      rungs: [],
      remark: expect.stringContaining('the API server does not answer'),
    });
    expect(Number(scenario.output('node-repair').seconds)).toBeGreaterThanOrEqual(3_600);
    expect([bootsOf(machine), machine.inactiveUnits()]).toEqual([1, ['kubelet']]);
    scenario.cluster.kubernetes.up();
  });

  it('and goes on when the API server is back', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    machine.systemctl('stop', 'kubelet');
    await untilReady(scenario, sick, false);
    scenario.cluster.kubernetes.down('refused');
    scenario.world.after(900_000, 'the API server is back', () => scenario.cluster.kubernetes.up());
    await repair(scenario, sick, { signal: 'Unknown' });
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'restart' });
  });

  it('and does so after a drain of more than an hour as well', async () => {
    const { scenario, sick, machine } = await rehearseSickness({ entry: { drain: { timeoutSeconds: 7_200 } } });
    const loosen = guard(scenario, sick);
    await scenario.world.advance(5_000);
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, latch);
    startRepair(scenario, { instanceId: sick.instanceId }, reboots);
    await scenario.untilState('DrainNode', 1, 'node-repair');
    await scenario.world.advance(70 * 60_000);
    loosen();
    await scenario.untilState('CheckDeregistration', 1, 'node-drain');
    scenario.cluster.kubernetes.down('refused');
    await scenario.untilState('WaitToLookAgain', 3, 'node-repair');
    scenario.cluster.kubernetes.up();
    await isOver(scenario, 'node-repair');
    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect(bootsOf(machine)).toBe(2);
  });

  it('no retirement by choice that comes meanwhile is lost: it waits until the repair has put the node back', async () => {
    const { scenario, sick, machine } = await rehearseSickness();
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, latch);
    startRepair(scenario, { instanceId: sick.instanceId }, reboots);
    await scenario.untilState('CheckRepair', 1, 'node-repair');
    scenario.startByHand('NodeRetireMachine', { cluster: 'demo', instanceId: sick.instanceId });
    await scenario.untilState('WaitToTryAgain', 1, 'node-retire');
    expect(scenario.outcomes('node-repair')).toEqual(['running']);
    await scenario.comesToRest();

    expect(scenario.output('node-repair')).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect(scenario.output('node-retire', 0)).toMatchObject({ outcome: 'retired' });
    expect([bootsOf(machine), conditionOfNode(scenario, sick)]).toEqual([2, 'gone']);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it('whose replacement is in service, where a person has begun to reboot the node meanwhile: that one mends it, and it stays', async () => {
    const { scenario, sick, machine } = await rehearseSickness({ replaced: true });
    const loosen = guard(scenario, sick);
    scenario.cluster.kubernetes.problems.latch(sick.nodeName, latch);
    await scenario.world.advance(5_000);
    startRepair(scenario, sick, { signal: 'KernelDeadlock', ladder: ['replace', 'page'], launchFirst: true });
    await scenario.untilState('WaitForReplacement', 1, 'node-retire');
    startRepair(scenario, { instanceId: sick.instanceId }, reboots);
    await scenario.world.until(
      'it stands aside',
      () => scenario.outcomes('node-repair').includes('SUCCEEDED'),
      3_600_000,
    );
    expect(scenario.output('node-repair', 0)).toMatchObject({ outcome: 'aside' });
    loosen();
    await scenario.comesToRest();

    expect(scenario.output('node-repair', 1)).toMatchObject({ outcome: 'mended', rung: 'reboot' });
    expect([bootsOf(machine), conditionOfNode(scenario, sick)]).toEqual([2, 'Ready']);
    expect([scenario.leftovers(), pages(scenario)]).toEqual([[], []]);
  });

  it.runIf(long)('of a node that is EKS’s or Karpenter’s', async () => {
    const { scenario, sick, machine } = await rehearseSickness({ workerTags: { 'eks:nodegroup-name': 'general' } });
    machine.systemctl('stop', 'kubelet');
    await untilReady(scenario, sick, false);
    await repair(scenario, sick, { signal: 'Unknown' });
    expect(scenario.output('node-repair')).toMatchObject({
      outcome: 'aside',
      remark: 'an EKS managed node group owns the node (group tag eks:nodegroup-name)',
    });
  });
});
