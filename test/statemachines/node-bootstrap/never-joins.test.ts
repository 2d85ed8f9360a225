import { describe, expect, it } from 'vitest';
import { failingInstances } from '../../../rehearsal/demo-cluster.ts';
import {
  hookAnswers,
  lifecycleState,
  nodeOf,
  pages,
  rehearse,
  stored,
  trace,
} from '../../support/scenarios/scenario.ts';

/** The first so many instances never start their kubelet. */
function deadOnArrival(howMany: number) {
  return failingInstances((ordinal) => (ordinal <= howMany ? { name: 'never-boots-kubelet' } : undefined));
}

describe('an instance that never joins', () => {
  it('is diagnosed and abandoned with a reason, and the group launches another, which forgives the template', async () => {
    const scenario = await rehearse({ node: { failures: deadOnArrival(1) } });
    const bad = await scenario.launch();
    await scenario.untilState('JudgeFailedJoin');
    await scenario.untilState('IsAPersonNeeded');
    const counted = [...stored(scenario, 'evidence/').values()];
    await scenario.comesToRest();

    const [first, second] = scenario.instanceIds();
    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped', 'SUCCEEDED']);
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${first}`, `CONTINUE ${second}`]);
    expect(scenario.cluster.inService()).toEqual([second]);
    const undoing = trace(scenario).slice(trace(scenario).indexOf('StartDiagnosis'));
    const inOrder = [
      'StartDiagnosis',
      'CollectDiagnosis',
      'RevokeJoin',
      'JudgeFailedJoin',
      'AnswerHook',
      'ReleaseClaim',
      'NodeNotBootstrapped',
    ];
    expect(undoing.filter((state) => inOrder.includes(state))).toEqual(inOrder);
    expect(undoing).not.toContain('PagePerson');

    expect(counted).toEqual([
      {
        failuresInARow: 1,
        failed: [expect.objectContaining({ instanceId: bad, why: expect.stringContaining('time is up') })],
      },
    ]);
    expect([...stored(scenario, 'evidence/').values()]).toEqual([{ failuresInARow: 0, failed: [] }]);

    const [key = '', document = {}] = [...stored(scenario, `diagnosis/demo/${bad}/`)][0] ?? [];
    expect(scenario.cause()).toContain(`Instance ${bad} of cluster demo (group demo-workers): time is up: `);
    expect(scenario.cause()).toContain('Tender answers its hook with ABANDON: Auto Scaling launches another');
    expect(scenario.cause()).toContain(key);
    expect(scenario.cause()).toContain('docs/runbooks/node-not-bootstrapped.md');
    expect(document).toMatchObject({
      cluster: 'demo',
      instanceId: bad,
      groupName: 'demo-workers',
      node: 'it never registered',
    });
    const text = JSON.stringify(document);
    expect(text, 'the serial console').toContain("kubelet.service: Failed with result 'exit-code'");
    expect(text, 'the journal of kubelet').toContain('Main process exited, code=exited, status=1/FAILURE');
    expect(text, 'the journal of cloud-init').toContain('Cloud-init running modules:final');
    expect(text, 'the activities of the group').toContain('Launching a new EC2 instance');
    expect(pages(scenario)).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('three times in a row is kept the third time, and a person is paged', async () => {
    const scenario = await rehearse({ node: { failures: deadOnArrival(3) } });
    await scenario.launch();
    await scenario.comesToRest();

    const [first, second, third = ''] = scenario.instanceIds();
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${first}`, `ABANDON ${second}`, `CONTINUE ${third}`]);
    expect(scenario.outcomes()).toEqual(Array.from({ length: 3 }, () => 'FAILED NodeNotBootstrapped'));
    expect(lifecycleState(scenario, third)).toBe('InService');
    expect(nodeOf(scenario, third)).toBeUndefined();
    const mails = pages(scenario);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.subject).toBe(`Tender: ${third} of cluster demo`);
    expect(mails[0]?.message).toContain('3 joins in a row failed with launch template lt-');
    expect(mails[0]?.message).toContain('so it is kept to look at');
    expect([...stored(scenario, 'evidence/').values()]).toEqual([expect.objectContaining({ failuresInARow: 3 })]);
    expect(scenario.leftovers()).toEqual([]);

    // One that joins ends the series: what fails after it is the first in a row.
    await scenario.cluster.scaleTo(2);
    await scenario.world.until('the next one is there', () => scenario.instanceIds().length === 4, 600_000);
    await scenario.comesToRest();
    expect(scenario.outcomes().at(-1)).toBe('SUCCEEDED');
    expect([...stored(scenario, 'evidence/').values()]).toEqual([{ failuresInARow: 0, failed: [] }]);
  });

  it('because it may not read its parameter is told so by its own journal in the diagnosis', async () => {
    const scenario = await rehearse({
      entry: { join: { timeoutSeconds: 180 } },
      node: {
        failures: failingInstances((ordinal) => (ordinal === 1 ? { name: 'no-join-parameter-access' } : undefined)),
      },
    });
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();
    const [document] = [...stored(scenario, `diagnosis/demo/${instanceId}/`).values()];
    expect(JSON.stringify(document)).toContain('not authorized to perform: ssm:GetParameter');
    expect(scenario.leftovers()).toEqual([]);
  });
});
