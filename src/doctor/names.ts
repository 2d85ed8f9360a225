/** Names outside that the doctor reads; the table for people is docs/tags-and-labels.md. */

export const clusterTag = 'tender:cluster';
export const roleTag = 'tender:role';

/** Our hooks, where a group's tag names no other. */
export const ourHooks = {
  launching: { tag: 'tender:launch-hook', name: 'tender-launch' },
  terminating: { tag: 'tender:terminate-hook', name: 'tender-terminate' },
} as const;

/** The group of our bootstrap tokens. */
export const bootstrapGroup = 'system:bootstrappers:tender';

/** Set on the groups of managed node groups. */
export const nodeGroupTag = 'eks:nodegroup-name';

/** With what the cluster calls itself behind it: what makes a cluster tags its groups so, and controllers their load balancers. */
export const kubernetesTagPrefix = 'kubernetes.io/cluster/';

/** The join parameter that instances of a cluster wait for. */
export function joinParameter(cluster: string, instanceId: string): string {
  return `/tender/join/${cluster}/${instanceId}`;
}

/** The tag of a join parameter that names the only instance which may read it, as a condition of a policy. */
export const instanceArnContext = 'ssm:resourceTag/tender:instance-arn';
