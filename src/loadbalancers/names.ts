/** Names by which load balancers are found and remembered; the table for people is docs/tags-and-labels.md. */

/** Target groups and classic load balancers that nodes of the cluster may be behind, besides those of registry and Auto Scaling group. */
export const clusterTag = 'tender:cluster';

/** The tag of an Auto Scaling group that says what its instances are in the cluster. */
export const roleTag = 'tender:role';

/** The AWS Load Balancer Controller's own tag, with the cluster's name as value (S20). */
export const controllerTag = 'elbv2.k8s.aws/cluster';

/** The cloud controller's own tag, on classic load balancers and target groups alike, with the service's namespace and name as value (S20). */
export const serviceTag = 'kubernetes.io/service-name';

/** With the cluster's name behind it, the tag of the cloud controller and of cluster tools; any value (S20). */
export const kubernetesTagPrefix = 'kubernetes.io/cluster/';

/** Where the map of a cluster's load balancers is kept, in the state bucket. */
export function loadBalancerMapKey(cluster: string): string {
  return `loadbalancers/${cluster}.json`;
}

/** The execution that works on the node (S14): while it is there, only that execution changes where the node is registered. */
export const ownerAnnotation = 'tender.sh/owner';

/** Controllers of load balancers leave such a node out (kubernetes.io/docs/reference/labels-annotations-taints), and so does Tender. */
export const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/**
 * A node with one of these is not there yet or is about to go: our startup taint (S4), the out-of-service taint (S10), and what
 * cluster-autoscaler and Karpenter put on nodes before they remove them (S45).
 */
export const awayTaints: readonly string[] = [
  'tender.sh/joining',
  'node.kubernetes.io/out-of-service',
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
];
