/** Names by which load balancers are found and remembered; the table for people is docs/tags-and-labels.md. */

/** Target groups and classic load balancers that nodes of the cluster may be behind, besides those of registry and Auto Scaling group. */
export const clusterTag = 'tender:cluster';

/** The AWS Load Balancer Controller's own tag, with the cluster's name as value (S20). */
export const controllerTag = 'elbv2.k8s.aws/cluster';

/** With the cluster's name behind it, the tag of the cloud controller and of cluster tools; any value (S20). */
export const kubernetesTagPrefix = 'kubernetes.io/cluster/';

/** Where the map of a cluster's load balancers is kept, in the state bucket. */
export function loadBalancerMapKey(cluster: string): string {
  return `loadbalancers/${cluster}.json`;
}
