import type { HealthDocument } from '../../../src/health/health-document.ts';
import { type Fleet, rehearseFleet, type Worker } from './departure.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { type ScenarioOptions, stored } from './scenario.ts';

/** Workers in service whose cluster is looked at each minute. */
export function rehearseWatched(options: ScenarioOptions & { readonly replaced?: boolean } = {}): Promise<Fleet> {
  return rehearseFleet({ schedules: true, healthMinutes: 1, replaced: true, ...options });
}

/** What the last health pass left. @throws Error before the first */
export function healthOf(scenario: FaultScenario): HealthDocument {
  const document = stored(scenario, 'health/').get(`health/${scenario.cluster.name}/current.json`);
  if (!document) throw new Error('no health pass has looked yet');
  return document as unknown as HealthDocument;
}

/** What is found wrong and what is done about it, in a line each: `NotReady of ip-10-0-0-1: waits`. */
export function verdictsOf(scenario: FaultScenario): readonly string[] {
  const { findings, decisions } = healthOf(scenario);
  return findings.map(({ id, nodeName, symptoms }, index) => {
    const decision = decisions[index];
    const stance = decision?.action === 'none' ? decision.because : decision?.action;
    return `${symptoms[0].signal} of ${nodeName || id}: ${stance}`;
  });
}

/** The words of the decision about a node; undefined when nothing is found wrong with it. */
export function wordsAbout(scenario: FaultScenario, { instanceId }: Worker): string | undefined {
  const { decisions } = healthOf(scenario);
  return decisions.find(({ finding }) => finding === instanceId)?.words;
}

/** Whatever signal comes, `route-signal` can start nothing for it. */
export function letNothingBeRouted({ world }: FaultScenario): void {
  world.faults.plant(
    (call) => call.functionName?.endsWith('-route-signal') === true && call.operation === 'StartExecution',
    { kind: 'error', code: 'ServiceUnavailable', message: 'Service is unavailable', status: 503 },
  );
}

/** The kubelet of a worker ends, and nobody starts it. */
export function killKubelet({ cloud }: FaultScenario, { instanceId }: Worker): void {
  cloud.fleet.instances.all.get(instanceId)?.machine.systemctl('stop', 'kubelet');
}
