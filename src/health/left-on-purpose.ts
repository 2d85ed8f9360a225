import { isDrainByHand } from '../schema/drain-by-hand.ts';
import type { Page, Refusal } from './decision.ts';
import type { Finding } from './finding.ts';
import type { Circumstances } from './gate.ts';
import { page } from './page.ts';

/**
 * Who has left a node out of service on purpose and works on it no more: a drain by hand, a rebalance recommendation that only cordons. It keeps a place in the disruption budget, which
 * says that it has ended well; what died is the sweep's. What rests in a warm pool waits for its return. undefined: nobody.
 */
export function leftOnPurposeBy(finding: Finding, { work, subjects }: Circumstances): string | undefined {
  const node = subjects.get(finding.id)?.node;
  const owner = node?.owner ?? undefined;
  const isOfNode = finding.kind === 'node' || finding.kind === 'instance';
  if (owner === undefined || !isOfNode || node?.pooled === true) return undefined;
  const name = owner.split(':').at(-1);
  const isOver = work.some(
    (one) =>
      one.execution === name && one.instanceId === finding.instanceId && one.isOver === true && one.succeeded === true,
  );
  return isOver ? owner : undefined;
}

/** A person is told, once: to repair it would put it back into service, which nobody has asked for. */
export function tellOfWhatIsLeft(finding: Finding, circumstances: Circumstances): Page | Refusal | undefined {
  const owner = leftOnPurposeBy(finding, circumstances);
  if (owner === undefined) return undefined;
  const { symptoms, nodeName, instanceId } = finding;
  const by = owner.split(':').slice(-2).join(':');
  const kept = isDrainByHand(owner) ? `a person keeps it drained (${by})` : `${by} has ended and left it cordoned`;
  const node = nodeName || instanceId;
  const todo = `tender node put-back ${node}, and it is repaired; or tender node retire ${node}`;
  return page(
    finding,
    circumstances,
    `${symptoms[0].words}; ${kept}, so it is not repaired, and keeps its place in the disruption budget. Do: ${todo}`,
  );
}
