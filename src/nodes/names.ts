/** Names that Tender writes on nodes, groups, parameters and objects; the table for people is docs/tags-and-labels.md. */

/** The kubelet registers with this taint (effect NoSchedule); the join gate removes it last (S4). */
export const startupTaint = 'tender.sh/joining';

/** The execution that last changed the node (S14). */
export const ownerAnnotation = 'tender.sh/owner';

/** What of the node's state is Tender's doing, separated by commas. */
export const marksAnnotation = 'tender.sh/marks';
/** Among them: it waits, as it is, for its instance to leave a warm pool. */
export const warmPoolMark = 'warm-pool';

/** The group of our bootstrap tokens; nothing may auto-approve it (S38). */
export const bootstrapGroup = 'system:bootstrappers:tender';

/** Beside it on tokens of control-plane nodes: it may read the Secret that holds the cluster's certificates, encrypted. */
export const controlPlaneBootstrapGroup = 'system:bootstrappers:tender:control-plane';

/** kubeadm marks a control-plane node with it, last of all that it does about the Node. */
export const excludedFromLoadBalancersLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** kubeadm's taint of control-plane nodes. */
export const controlPlaneTaint = 'node-role.kubernetes.io/control-plane';

/** The label that makes `kubectl get nodes` show a role. A kubelet may not set it on itself, so Tender does. */
export const nodeRoleLabelPrefix = 'node-role.kubernetes.io/';

/** Auto Scaling group tags by which Tender finds what it looks after (S7). */
export const clusterTag = 'tender:cluster';
export const roleTag = 'tender:role';
/** Group tag that names the launch hook when it is not called {@link defaultLaunchHook}. */
export const launchHookTag = 'tender:launch-hook';
export const defaultLaunchHook = 'tender-launch';

/** Tag on a join parameter: the only instance that may read it (S41). */
export const instanceArnTag = 'tender:instance-arn';

/** The instance's own SecureString parameter. */
export function joinParameterName(cluster: string, instanceId: string): string {
  return `/tender/join/${cluster}/${instanceId}`;
}

/** What a control-plane instance's certificates are encrypted with on their way to it; for the node that encrypts them, until the offer is made. */
export function certificateKeyName(cluster: string, instanceId: string): string {
  return `${joinParameterName(cluster, instanceId)}/certificate-key`;
}

/** Whose turn it is to join the control plane, in the state bucket. */
export function controlPlaneTurnKey(cluster: string): string {
  return `control-plane-joins/${cluster}.json`;
}

/** Where the diagnosis of a failed join is kept, in the state bucket. `at` is ISO 8601. */
export function diagnosisKey(cluster: string, instanceId: string, at: string): string {
  return `diagnosis/${cluster}/${instanceId}/${at}.json`;
}

/** Where failed joins are counted; `template` is a launch template id or a group name, `version` its version or `-`. */
export function evidenceKey(cluster: string, template: string, version: string): string {
  return `evidence/${cluster}/${template}/${version}.json`;
}

/** Where failures are counted that came before Tender knew the launch template: a broken registry entry, wrong tags. */
export function unplannedEvidenceKey(cluster: string, groupName: string): string {
  return evidenceKey(cluster, groupName, 'unplanned');
}

/** Group tag that names the terminate hook when it is not called {@link defaultTerminateHook}. */
export const terminateHookTag = 'tender:terminate-hook';
export const defaultTerminateHook = 'tender-terminate';

/** The cord that stops whatever could wait, in all clusters: an SSM parameter of `{"reason", "since", "by"}`. Absent: it is off. */
export const andonParameterName = '/tender/andon';
