import { attemptAt } from './attempt.ts';
import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';
import type { Circumstances } from './gate.ts';
import { mendedInVain } from './mended.ts';
import { page, pageInstead } from './page.ts';
import { ladderFor, launchesFirst } from './replace-gates.ts';

/** What is done about a node that nothing speaks against repairing: the repair of this episode, or a person is told where that is all that can be done. */
export function repair(finding: Finding, circumstances: Circumstances): Decision {
  const [{ signal }] = finding.symptoms;
  const words = `${finding.symptoms[0].words}${again(finding, circumstances)}`;
  const instead = pageInstead(finding, circumstances);
  if (instead !== undefined) return instead;
  const ladder = ladderFor(finding, circumstances);
  if (ladder[0] === 'page') return page(finding, circumstances, words);
  const { id, instanceId, nodeName } = finding;
  const { execution, since } = attemptAt(finding, circumstances);
  return {
    finding: id,
    action: 'repair',
    instanceId,
    nodeName,
    signal,
    since,
    ladder,
    launchFirst: launchesFirst(finding, circumstances),
    execution,
    words: `${words}: ${ladder.join(', then ')}`,
  };
}

function again(finding: Finding, { diagnosis, policy }: Circumstances): string {
  const before = mendedInVain(finding, diagnosis.mended, policy);
  return before === undefined ? '' : `, although a ${before.rung} had mended it at ${before.at}`;
}
