import { describe, expect, it } from 'vitest';
import { ownDocument, ownFunction, useHooks } from '../../support/scenarios/own-hooks.ts';
import { hookAnswers, nodeOf, pages, rehearse, trace } from '../../support/scenarios/scenario.ts';

const timeout = 60_000;

describe('hooks of the user’s own around a bootstrap', { timeout }, () => {
  it('are a function before the instance is offered anything, and a document on the node before it takes workloads', async () => {
    const scenario = await rehearse({ schedules: false });
    const lambda = await ownFunction(
      scenario,
      'tender-hook-check',
      'if (event.instanceId === "") throw new Error("which instance?"); return { secret: "of no interest" };',
    );
    const document = await ownDocument(scenario, 'tender-hook-smoke', 'test "{{ point }}" = after-bootstrap');
    await useHooks(scenario, [
      { name: 'check', at: 'before-bootstrap', run: lambda, onFailure: 'block' },
      { name: 'smoke', at: 'after-bootstrap', run: document, onFailure: 'block' },
    ]);
    await scenario.cluster.scaleTo(1);
    await scenario.world.until('it is in service', () => hookAnswers(scenario).length === 1, 3_600_000);
    expect(hookAnswers(scenario)).toEqual([expect.stringMatching(/^CONTINUE /)]);
    expect(scenario.outcomes('user-hook')).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    const states = trace(scenario);
    expect(states.indexOf('RunUserHooks')).toBeLessThan(states.indexOf('OfferJoin'));
    expect(states.lastIndexOf('RunUserHooks')).toBeLessThan(states.indexOf('AdmitNode'));
    expect(JSON.stringify(scenario.deployment.executions('node-bootstrap')[0]?.run.history)).not.toContain(
      'of no interest',
    );
  });

  it('give an instance back that does not pass, with what they said', async () => {
    const scenario = await rehearse({ schedules: false });
    const run = await ownDocument(scenario, 'tender-hook-smoke', 'exit 3');
    await useHooks(scenario, [{ name: 'smoke', at: 'after-bootstrap', run, onFailure: 'block' }]);
    await scenario.cluster.scaleTo(1);
    await scenario.world.until('it is answered', () => hookAnswers(scenario).length === 1, 3_600_000);
    expect(hookAnswers(scenario)).toEqual([expect.stringMatching(/^ABANDON i-/)]);
    const [, instanceId = ''] = hookAnswers(scenario)[0]?.split(' ') ?? [];
    await scenario.world.until('it has ended', () => scenario.outcomes()[0] !== 'running', 3_600_000);
    expect(scenario.deployment.executions('node-bootstrap')[0]?.run.outcome).toMatchObject({
      cause: expect.stringMatching(/the hook smoke \(after-bootstrap\) holds it: .*is Failed/),
    });
    expect(nodeOf(scenario, instanceId)).toBeUndefined();
    expect(pages(scenario)).toEqual([]);
  });
});
