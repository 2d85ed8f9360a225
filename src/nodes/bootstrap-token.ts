import { createHash } from 'node:crypto';
import { bootstrapGroup, controlPlaneBootstrapGroup } from './names.ts';
import type { NewBootstrapToken, RandomText } from './ports.ts';

/**
 * The id of the token that this execution mints for this instance: six characters of `[a-z0-9]`, the same whenever a step asks again, so that a
 * repeated or interrupted step, a sweep and an approval all mean the same token without anybody storing it.
 * Form: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
export function bootstrapTokenId(cluster: string, instanceId: string, execution: string): string {
  const digest = createHash('sha256').update(`${cluster}\n${instanceId}\n${execution}`).digest();
  return digest.readBigUInt64BE().toString(36).padStart(6, '0').slice(-6);
}

/** A token to be, with a fresh secret, for our groups only (S38). `expiresAt` is `ttlSeconds` after `now`. */
export function newBootstrapToken(
  of: { cluster: string; instanceId: string; execution: string; ttlSeconds: number; controlPlane?: boolean },
  now: Date,
  randomText: RandomText,
): NewBootstrapToken {
  return {
    id: bootstrapTokenId(of.cluster, of.instanceId, of.execution),
    secret: randomText(16),
    description: `Tender: ${of.instanceId} joins ${of.cluster}`,
    expiresAt: new Date(now.getTime() + of.ttlSeconds * 1000).toISOString(),
    group: of.controlPlane ? `${bootstrapGroup},${controlPlaneBootstrapGroup}` : bootstrapGroup,
  };
}

/** The user name that Kubernetes gives to whoever shows the token of this id. */
export function bootstrapUser(tokenId: string): string {
  return `system:bootstrap:${tokenId}`;
}
