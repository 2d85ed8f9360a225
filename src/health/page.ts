import type { Page, Refusal } from './decision.ts';
import type { Finding } from './finding.ts';
import { type Circumstances, refuse } from './gate.ts';
import { stampOf } from './time.ts';
import { endedExecution } from './work-gates.ts';

/** Tells a person, once in an episode; after that the reason is that somebody was told. */
export function page(finding: Finding, { diagnosis }: Circumstances, words: string): Page | Refusal {
  const known = diagnosis.observations.memory.subjects[finding.id];
  const told = known?.since === finding.since ? known.pagedAt : null;
  if (told !== null) return refuse(finding, 'told', `${words}: a person was told at ${told}`);
  return { finding: finding.id, action: 'page', key: `${finding.id}-${stampOf(finding.since)}`, words };
}

/** Whether a person is told instead of anything being started: it was started and did not help, or the policy is to tell. */
export function pageInstead(finding: Finding, circumstances: Circumstances): Page | Refusal | undefined {
  const [{ words }] = finding.symptoms;
  const over = endedExecution(finding, circumstances);
  if (over)
    return page(finding, circumstances, `${words}, although ${over.execution} ended (${over.outcome || over.status})`);
  return circumstances.policy.repair === 'notify'
    ? page(finding, circumstances, `${words}: repair is notify by policy`)
    : undefined;
}
