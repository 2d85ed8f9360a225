import { failedOnce } from './join-evidence.ts';
import { evidenceKey } from './names.ts';
import type { EvidenceStore } from './ports.ts';

/** As many failures in a row with one launch template version, and Tender stops feeding it instances (S4). */
export const failuresBeforeKeeping = 3;

/** How the hook of a failed join is answered, and whether a person is told. */
export interface FailedJoinVerdict {
  readonly result: 'ABANDON' | 'CONTINUE';
  readonly page: boolean;
  readonly why: string;
}

/**
 * Counts the failure against the launch template version and says how the hook is answered: ABANDON, so that Auto Scaling launches another;
 * but CONTINUE, and a person is told, when the node runs workloads, or when so many failed in a row that one is kept to look at.
 */
export async function judgeFailedJoin(
  input: {
    cluster: string;
    instanceId: string;
    template: { id: string; version: string };
    /** Whether workloads run on it, or may: what could not be looked at counts as yes. */
    runsWorkloads: boolean;
    /** Whether it counts against the template: an instance that went away of itself does not. */
    counts: boolean;
    why: string;
  },
  evidence: EvidenceStore,
  now: Date,
): Promise<FailedJoinVerdict> {
  if (!input.counts) return failedJoinVerdict(0, input.runsWorkloads, input.template);
  const key = evidenceKey(input.cluster, input.template.id, input.template.version);
  const failure = { instanceId: input.instanceId, at: now.toISOString(), why: input.why };
  return failedJoinVerdict(await failedOnce(evidence, key, failure), input.runsWorkloads, input.template);
}

/** The rule of {@link judgeFailedJoin}. */
export function failedJoinVerdict(
  failuresInARow: number,
  runsWorkloads: boolean,
  template: { id: string; version: string },
): FailedJoinVerdict {
  if (runsWorkloads) {
    return {
      result: 'CONTINUE',
      page: true,
      why: 'it runs workloads or may, and such a node is never abandoned undrained',
    };
  }
  if (failuresInARow >= failuresBeforeKeeping) {
    return {
      result: 'CONTINUE',
      page: true,
      why: `${failuresInARow} joins in a row failed with launch template ${template.id} version ${template.version}, so it is kept to look at`,
    };
  }
  return { result: 'ABANDON', page: false, why: 'Auto Scaling launches another' };
}
