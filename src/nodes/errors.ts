/** EC2 or Auto Scaling does not show the instance yet: an event can be faster than their Describe calls. Transient. */
export class InstanceNotVisible extends Error {
  override readonly name = 'InstanceNotVisible';
  constructor(instanceId: string) {
    super(
      `Instance ${instanceId} is not (yet) shown by EC2 and Auto Scaling with a name, an address and its hook: their Describe calls lag behind events by seconds.`,
    );
  }
}

/** The instance's group does not carry this cluster's tags, or the instance is in no group at all. */
export class InstanceNotManaged extends Error {
  override readonly name = 'InstanceNotManaged';
  constructor(instanceId: string, cluster: string, found: string) {
    super(
      `Instance ${instanceId} is not in an Auto Scaling group of cluster ${cluster}: ${found}. ` +
        `Tag the group tender:cluster=${cluster} and tender:role=worker|control-plane|etcd, or correct the input.`,
    );
  }
}

/** The instance left its Auto Scaling group while its node was drained. Tender terminates none that is in no group: whoever took it out wants it. */
export class InstanceDetached extends Error {
  override readonly name = 'InstanceDetached';
  constructor(instanceId: string, state: string) {
    super(
      `Instance ${instanceId} was taken out of its Auto Scaling group while its node was drained, and is ${state}. Tender does not terminate it. ` +
        'Attach it to a group of the cluster and retire it again, or terminate it by hand.',
    );
  }
}

/** Something in the cluster approves client certificates of our token group by itself, so a token would be worth any node's identity (S38). */
export class AutoApproveBindingFound extends Error {
  override readonly name = 'AutoApproveBindingFound';
  constructor(cluster: string, bindings: readonly string[]) {
    super(
      `Cluster ${cluster} approves node certificates of Tender's bootstrap group by itself, through ClusterRoleBinding ${bindings.join(', ')}. ` +
        'With that, one leaked token is the identity of any node. Tender minted no token. Remove the group from the binding, or set bootstrap: self.',
    );
  }
}

/** A certificate request, or the use of a token, did not fit the instance that it claims to be; the join was revoked. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused';
  constructor(instanceId: string, reasons: readonly string[]) {
    super(
      `Tender refused the join of ${instanceId}: ${reasons.join('; ')}. Its token was revoked and its certificate requests were denied. ` +
        'If you did not change the node image or naming rule, treat the instance as compromised and look at its diagnosis.',
    );
  }
}

/** The node that was to be changed does not exist any more. */
export class NodeVanished extends Error {
  override readonly name = 'NodeVanished';
  constructor(nodeName: string) {
    super(
      `Node ${nodeName} was deleted while Tender worked on it. Somebody or something else removes Nodes in this cluster. ` +
        'Next: find out who in the audit log of the API server; a cloud controller deletes Nodes whose instance it does not find.',
    );
  }
}

/** Somebody else changed the node between our read and our write. Transient: the step reads it again. */
export class NodeChanged extends Error {
  override readonly name = 'NodeChanged';
  constructor(nodeName: string) {
    super(`Node ${nodeName} changed while Tender worked on it. Nothing was written; the step reads it again.`);
  }
}

/** A control-plane instance is to be offered its join, and the key of the certificates that were prepared for it is not there. */
export class CertificateKeyMissing extends Error {
  override readonly name = 'CertificateKeyMissing';
  constructor(instanceId: string) {
    super(
      `The key of the control plane's certificates, which were prepared for ${instanceId}, is not in its parameter any more. Nothing was offered.`,
    );
  }
}
