import type { Finding } from './finding.ts';
import { isActionable } from './sight.ts';

/** The signals of an instance and its Node that something is to be done about, sooner or later. Empty: none, or nothing was found. */
export function actionableSignals(findings: readonly Finding[], instanceId: string): readonly string[] {
  return findings
    .filter((one) => one.instanceId === instanceId && (one.kind === 'node' || one.kind === 'instance'))
    .flatMap(({ symptoms }) => symptoms.filter(isActionable).map(({ signal }) => signal));
}
