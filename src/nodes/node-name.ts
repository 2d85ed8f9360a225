import type { Instance, Node, NodeNameRule } from './ports.ts';

/**
 * The name that the instance's Node has by the cluster's rule (S39).
 *
 * `private-dns`: `ip-10-0-1-23.ec2.internal`. `resource-name`: `i-0abc.ec2.internal` (us-east-1) or
 * `i-0abc.<region>.compute.internal`. `hostname`: the first label of the private DNS name, which is what EC2 sets as
 * the host's name. Source: EC2 User Guide, "EC2 instance hostnames and domains".
 */
export function nodeNameOf(rule: NodeNameRule, instance: Instance): string {
  switch (rule) {
    case 'instance-id':
      return instance.instanceId;
    case 'resource-name':
      return `${instance.instanceId}.${instance.region === 'us-east-1' ? 'ec2' : `${instance.region}.compute`}.internal`;
    case 'hostname':
      return instance.privateDnsName.split('.')[0] ?? instance.privateDnsName;
    case 'private-dns':
      return instance.privateDnsName;
  }
}

/**
 * Whether the Node is this instance's: its provider id ends with the instance id. A Node that has none yet has just registered.
 * Names come back: a new instance may have the private DNS name of one that left its Node behind.
 */
export function isNodeOf({ providerId }: Pick<Node, 'providerId'>, instanceId: string): boolean {
  return providerId === '' || providerId.endsWith(`/${instanceId}`);
}
