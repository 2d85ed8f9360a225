import { joinedOnce } from './join-evidence.ts';
import { evidenceKey, unplannedEvidenceKey } from './names.ts';
import type { EvidenceStore } from './ports.ts';

/**
 * Forgets the failed joins of a launch template version of which an instance has joined. A step of its own, after everything else: bookkeeping must
 * never decide over a node. Can run again.
 */
export async function forgetFailures(
  { cluster, groupName, template }: { cluster: string; groupName: string; template: { id: string; version: string } },
  evidence: EvidenceStore,
): Promise<{ forgotten: true }> {
  await joinedOnce(evidence, evidenceKey(cluster, template.id, template.version));
  await joinedOnce(evidence, unplannedEvidenceKey(cluster, groupName));
  return { forgotten: true };
}
