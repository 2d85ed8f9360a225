/** The cluster has no Node of this name, and the input names no instance; or a person drains an instance that has no Node. */
export class NodeNotFound extends Error {
  override readonly name = 'NodeNotFound';
  constructor(cluster: string, nodeName: string, instanceId = '') {
    super(
      instanceId === ''
        ? `Cluster ${cluster} has no Node "${nodeName}". Nothing was done. Compare it with "kubectl get nodes", or give instanceId instead of nodeName.`
        : `Cluster ${cluster} has no Node of instance ${instanceId}, so there is nothing to drain. Nothing was done. Is it the right cluster? Compare it with "kubectl get nodes". ` +
            'Is its Node deleted, and the instance to go? Retire it (node-retire).',
    );
  }
}

/** The Node does not say which EC2 instance it is, so nothing about it can be checked with EC2. */
export class NodeWithoutInstance extends Error {
  override readonly name = 'NodeWithoutInstance';
  constructor(cluster: string, nodeName: string, providerId: string) {
    super(
      `Node ${nodeName} of cluster ${cluster} has provider id "${providerId}", which names no EC2 instance. Nothing was done. Give instanceId beside nodeName.`,
    );
  }
}
