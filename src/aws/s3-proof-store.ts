import * as z from 'zod/mini';
import type { ProofStore } from '../etcd/drill-ports.ts';
import { snapshotKey } from '../etcd/names.ts';
import type { AwsAccess } from './aws-access.ts';
import { putJson, s3JsonObjects } from './s3-json-objects.ts';

const Proof = z.object({
  cluster: z.string(),
  id: z.string(),
  provenAt: z.string(),
  etcd: z.object({
    version: z.string(),
    revision: z.number(),
    compactRevision: z.number(),
    keys: z.number(),
    hashKv: z.number(),
    canaries: z.array(z.string()),
  }),
  pki: z.object({ id: z.string(), fingerprint: z.string(), evidence: z.array(z.string()) }),
  kubernetes: z.optional(
    z.object({ version: z.string(), kinds: z.number(), objects: z.number(), unlisted: z.array(z.string()) }),
  ),
  rto: z.object({
    seconds: z.number(),
    downloadSeconds: z.number(),
    restoreSeconds: z.number(),
    etcdSeconds: z.number(),
    kubernetesSeconds: z.optional(z.number()),
  }),
  rpoSeconds: z.number(),
});

/** Proofs as objects `etcd/<cluster>/<id>.proof.json` beside the snapshots that they are of. */
export function s3ProofStore(aws: AwsAccess, bucket: string): ProofStore {
  const proofs = s3JsonObjects(aws, bucket, Proof);
  return {
    async proof(cluster, id) {
      return (await proofs.read(snapshotKey(cluster, id, 'proof')))?.value;
    },
    async addProof(proof) {
      await putJson(aws, bucket, snapshotKey(proof.cluster, proof.id, 'proof'), proof);
    },
  };
}
