/** Who works on instances: claims while one is drained or leaves, leases of all that takes one out of service, a reboot without a drain among them. */
export interface AtWork {
  /** Ids of instances. */
  readonly claimed: readonly string[];
  readonly leases: readonly { readonly instanceId: string; readonly execution: string }[];
}

/** Members of a cluster's control plane and etcd that somebody works on, for people, a line each. Workers hold up nothing of etcd. */
export function instancesAtWork(
  members: readonly { readonly instanceId: string; readonly role: string }[],
  { claimed, leases }: AtWork,
): readonly string[] {
  return members.flatMap(({ instanceId, role }) => {
    if (role === 'worker') return [];
    if (claimed.includes(instanceId)) return [`${role} instance ${instanceId} is claimed`];
    const lease = leases.find((one) => one.instanceId === instanceId);
    return lease ? [`${role} instance ${instanceId} is out of service for ${lease.execution}`] : [];
  });
}
