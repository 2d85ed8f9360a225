/** Names outside that adoptions use; the table for people is docs/tags-and-labels.md. */

export const clusterTag = 'tender:cluster';
export const roleTag = 'tender:role';
export const launchHook = 'tender-launch';
export const terminateHook = 'tender-terminate';
/** Tags of a group that give its hooks other names. */
export const launchHookTag = 'tender:launch-hook';
export const terminateHookTag = 'tender:terminate-hook';

/** Policy of an instance role that lets its instances read their own join parameter. */
export const joinPolicy = 'tender-join';

/** What an adoption has changed, in the state bucket. */
export function adoptionKey(cluster: string): string {
  return `adoptions/${cluster}.json`;
}

/** The secret with Tender's token for a cluster. No six letters after a hyphen: AWS would take them for the end of an ARN. */
export function tokenSecretName(cluster: string): string {
  return `tender/${cluster}-token`;
}

/** The role that Tender is to a cluster which knows IAM. */
export function accessRoleName(cluster: string): string {
  return `tender-access-${cluster}`;
}
