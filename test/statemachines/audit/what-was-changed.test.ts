import { describe, expect, it } from 'vitest';
import { auditTable } from '../../support/audit-table.ts';
import { isOver, rehearseFleet, scaleIn } from '../../support/scenarios/departure.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { rehearse, stored } from '../../support/scenarios/scenario.ts';
import { atTheDoor } from '../../support/tender-door.ts';

interface Kept {
  readonly functionName: string;
  readonly execution: string;
  readonly outcome: string;
  readonly actions: readonly {
    readonly service: string;
    readonly action: string;
    readonly target: string;
    readonly before?: object;
    readonly outcome: string;
  }[];
}

const audited = { audited: true };

function records(scenario: FaultScenario): readonly Kept[] {
  return [...stored(scenario, 'audit/').values()] as unknown as readonly Kept[];
}

/** `cordon-node: Kubernetes PATCH /api/v1/nodes/…`, in order. */
function changes(scenario: FaultScenario): string[] {
  return records(scenario).flatMap(({ functionName, actions }) =>
    actions.map(
      ({ service, action, target }) => `${functionName.replace('tender-dev-', '')}: ${service} ${action} ${target}`,
    ),
  );
}

/** A call as docs/audit.md names it. */
function nameOf({ service, action, target }: Kept['actions'][number]): string {
  if (service !== 'Kubernetes') return action;
  if (target.endsWith('/eviction')) return 'createNamespacedPodEviction';
  if (target.endsWith('/approval')) return 'replaceCertificateSigningRequestApproval';
  if (target.includes('/secrets')) return action === 'POST' ? 'createNamespacedSecret' : 'deleteNamespacedSecret';
  return action === 'DELETE' ? 'deleteNode' : 'patchNode';
}

/** Calls of a world, each with whether its first change of a target in its invocation has what was before. */
function befores(scenario: FaultScenario): Map<string, Set<boolean>> {
  const found = new Map<string, Set<boolean>>();
  for (const { actions } of records(scenario)) {
    const changed = new Set<string>();
    for (const action of actions.filter(({ outcome }) => outcome === 'done')) {
      if (!changed.has(action.target)) {
        const name = nameOf(action);
        found.set(name, (found.get(name) ?? new Set()).add(action.before !== undefined));
      }
      changed.add(action.target);
    }
  }
  return found;
}

/** Calls of a world that docs/audit.md does not know, or says to have what was before, and they have not. */
function unlike(scenario: FaultScenario): readonly string[] {
  const told = auditTable();
  return [...befores(scenario)].flatMap(([name, found]) => {
    const isTold = told.get(name);
    return isTold === undefined || (isTold && found.has(false)) ? [name] : [];
  });
}

describe('what Tender changes', { timeout: 120_000 }, () => {
  it('is written down, one record for each invocation that changed something, with who asked', async () => {
    const { scenario, leaver } = await rehearseFleet({ cloud: audited });
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    await scenario.comesToRest();

    const [execution] = scenario.deployment.executions('node-retire');
    const keys = [...stored(scenario, 'audit/').keys()];
    expect(
      keys.filter(
        (key) =>
          !/^audit\/(demo|none)\/2026\/\d\d\/\d\d\/\d{6}\.\d{3}-tender-dev-[a-z-]+-[0-9a-f-]{36}\.json$/.test(key),
      ),
    ).toEqual([]);
    expect(changes(scenario)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^route-signal: SFN StartExecution arn:\S+:tender-dev-node-retire/),
        `cordon-node: Kubernetes PATCH /api/v1/nodes/${leaver.nodeName}`,
        expect.stringMatching(/^deregister-node: ElasticLoadBalancingV2 DeregisterTargets arn:/),
        `delete-node: Kubernetes DELETE /api/v1/nodes/${leaver.nodeName}`,
      ]),
    );
    const ofCordon = records(scenario).find(({ functionName }) => functionName.endsWith('cordon-node'));
    expect(ofCordon).toMatchObject({
      execution: expect.stringContaining('tender-dev-node-'),
      outcome: 'done',
      cluster: 'demo',
    });
    expect(ofCordon?.actions[0]).toMatchObject({ before: { unschedulable: false, taints: [] } });
    expect([...befores(scenario).keys()]).toEqual(expect.arrayContaining(['DeregisterTargets', 'deleteNode']));
    expect(unlike(scenario)).toEqual([]);
    expect(execution?.run.outcome?.status).toBe('SUCCEEDED');
    await atTheDoor(scenario, async (run) => {
      const { status, out } = await run('audit', 'demo', '--node', leaver.nodeName, '--since', '1h');
      expect({ status, first: out.split('\n')[0]?.split(/\s{2,}/) }).toEqual({
        status: 0,
        first: ['TIME', 'CLUSTER', 'WHAT', 'TARGET', 'OUTCOME', 'BY'],
      });
      expect(out).toMatch(/Kubernetes DELETE +\S+ +done[\s\S]*Kubernetes PATCH +\S+ +done/);
      expect((await run('audit', '--by', 'nobody')).out).toBe('There is none.\n');
      expect(JSON.parse((await run('audit', '--limit', '1', '-o', 'json')).out)).toHaveLength(1);
    });
  });

  it('holds no token, and nothing that is not on the list of what may be told', async () => {
    const scenario = await rehearse({ cloud: audited });
    await scenario.launch();
    await scenario.comesToRest();

    const joined = ['createNamespacedSecret', 'replaceCertificateSigningRequestApproval', 'PutParameter'];
    expect([...befores(scenario).keys()]).toEqual(expect.arrayContaining(joined));
    expect(unlike(scenario)).toEqual([]);
    const text = JSON.stringify(records(scenario));
    expect(changes(scenario).join('\n')).toMatch(/offer-join: SSM PutParameter \/tender\/join\/demo\/i-/);
    expect(text).not.toMatch(/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/);
    expect(text).not.toContain('BEGIN ');
  });

  it('is changed all the same when no record can be written, in time and counted', async () => {
    const { scenario, leaver } = await rehearseFleet({ cloud: audited });
    scenario.cloud.world.faults.plant(
      ({ operation, functionName }) => operation === 'PutObject' && functionName === 'tender-dev-cordon-node',
      { kind: 'error', code: 'AccessDenied', message: 'no', status: 403 },
    );
    await scaleIn(scenario, leaver);
    await isOver(scenario, 'node-retire');
    await scenario.comesToRest();

    expect(changes(scenario).filter((line) => line.startsWith('cordon-node'))).toEqual([]);
    expect(new Set(scenario.outcomes('node-retire'))).toEqual(new Set(['SUCCEEDED']));
    const lost = scenario.cloud.metrics.metrics().filter(({ name }) => name === 'AuditRecordsLost');
    expect(lost).toMatchObject([{ namespace: 'Tender', dimensions: { deployment: 'tender-dev' } }]);
  });
});
