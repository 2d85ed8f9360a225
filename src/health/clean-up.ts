import { executionName } from './begun.ts';
import { isConfirmedGone } from './confirmed-gone.ts';
import type { Decision } from './decision.ts';
import type { Finding } from './finding.ts';
import { type Circumstances, type Gate, refuse } from './gate.ts';
import { page, pageInstead } from './page.ts';
import { seenOr } from './seen.ts';

/** More Nodes than this part, and more than one, whose instances EC2 does not know: then it is EC2's answer, or where it was asked, that is to be doubted. */
const DOUBTFUL = 0.2;

/** A Node goes when EC2 has said twice that its instance is gone; and not when it says so of too many that it has not terminated itself. */
export const unconfirmed: Gate = (finding, { diagnosis: { observations, findings }, subjects }) => {
  const [{ words }] = finding.symptoms;
  const { memory, at } = observations;
  if (!isConfirmedGone(finding.instanceId, memory, at)) {
    return refuse(finding, 'unconfirmed', `${words}: waits for EC2 to say so again`);
  }
  const isUnknown = ({ id, kind }: Finding) =>
    kind === 'node-without-instance' && subjects.get(id)?.instance === undefined;
  const many = findings.filter(isUnknown).length;
  const all = seenOr(observations.nodes, []).length;
  if (!isUnknown(finding) || many <= 1 || many <= DOUBTFUL * all) return undefined;
  return refuse(finding, 'unconfirmed', `EC2 does not know the instances of ${many} of ${all} Nodes: that is doubted`);
};

/** Clears away what is left of an instance that is gone. */
export function deleteNode(finding: Finding, circumstances: Circumstances): Decision {
  const { id, instanceId, nodeName, since, symptoms } = finding;
  const [{ words, ladder }] = symptoms;
  const instead = pageInstead(finding, circumstances);
  if (instead !== undefined) return instead;
  if (!ladder.includes('replace')) return page(finding, circumstances, words);
  const execution = executionName(finding, since);
  return {
    finding: id,
    action: 'delete-node',
    nodeName,
    instanceId,
    execution,
    words: `${words}: its Node is deleted`,
  };
}
