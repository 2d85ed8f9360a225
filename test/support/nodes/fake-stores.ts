import type { Claim, ClaimStore, Execution, Executions } from '../../../src/claims/ports.ts';
import type { EvidenceStore, JoinEvidence } from '../../../src/nodes/ports.ts';
import { SwappedObjects } from './swapped-objects.ts';

/** Claims in memory. */
export function fakeClaims(objects = new SwappedObjects<Claim>()): ClaimStore {
  const key = (cluster: string, instanceId: string) => `${cluster}/${instanceId}`;
  return {
    async read(cluster, instanceId) {
      const found = await objects.read(key(cluster, instanceId));
      return found && { claim: found.value, etag: found.etag };
    },
    write: (claim, etag) => objects.write(key(claim.cluster, claim.instanceId), claim, etag),
    delete: (cluster, instanceId, etag) => objects.delete(key(cluster, instanceId), etag),
    list: async (cluster) => objects.keys(`${cluster}/`).map((one) => one.slice(cluster.length + 1)),
  };
}

/** Executions by ARN; those that are not named are unknown. */
export function fakeExecutions(statuses: Readonly<Record<string, Execution['status']>>): Executions {
  return {
    async describe(arn) {
      const status = statuses[arn];
      return status && { status };
    },
  };
}

/** Evidence of failed joins in memory. */
export function fakeEvidence(objects = new SwappedObjects<JoinEvidence>()): EvidenceStore {
  return {
    async read(key) {
      const found = await objects.read(key);
      return found && { evidence: found.value, etag: found.etag };
    },
    write: (key, evidence, etag) => objects.write(key, evidence, etag),
  };
}
