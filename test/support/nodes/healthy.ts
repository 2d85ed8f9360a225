import type { Instance, JoinPolicy, LifecycleHook, Membership, Node, NodePod } from '../../../src/nodes/ports.ts';

/** The time at which the tests of nodes begin. */
export const noon = new Date('2026-03-01T12:00:00.000Z');

/** `noon` and some seconds. */
export function later(seconds: number, start = noon): Date {
  return new Date(start.getTime() + seconds * 1000);
}

export const instanceId = 'i-0123456789abcdef0';
export const groupName = 'demo-workers';
export const execution = 'arn:aws:states:us-east-1:111111111111:execution:node-bootstrap:demo-1';
export const privateDnsName = 'ip-10-0-1-23.ec2.internal';

/** An instance that was launched 30 s ago and runs. */
export function anInstance(changes: Partial<Instance> = {}): Instance {
  const id = changes.instanceId ?? instanceId;
  return {
    instanceId: id,
    arn: `arn:aws:ec2:us-east-1:111111111111:instance/${id}`,
    region: 'us-east-1',
    availabilityZone: 'us-east-1a',
    state: 'running',
    launchedAt: later(-30).toISOString(),
    privateDnsName,
    privateIpAddress: '10.0.1.23',
    addresses: ['10.0.1.23', '2600:1f18:12:ab00::17'],
    dnsNames: [privateDnsName, `${id}.ec2.internal`],
    ...changes,
  };
}

/** A worker that waits at its launch hook. */
export function aMembership(changes: Partial<Membership> = {}): Membership {
  return {
    instanceId,
    groupName,
    lifecycleState: 'Pending:Wait',
    launchTemplate: { id: 'lt-0aa', version: '7' },
    ...changes,
  };
}

/** Our launch hook with AWS's usual 300 s; its cap is 100 times that. */
export function aLaunchHook(changes: Partial<LifecycleHook> = {}): LifecycleHook {
  return {
    name: 'tender-launch',
    transition: 'launching',
    heartbeatTimeoutSeconds: 300,
    globalTimeoutSeconds: 30_000,
    ...changes,
  };
}

/** A kubeadm cluster `demo` whose nodes Tender bootstraps; one DaemonSet is required. */
export function aPolicy(changes: Partial<JoinPolicy> = {}): JoinPolicy {
  return {
    name: 'demo',
    kubernetes: { endpoint: 'https://api.demo.example.com:6443', certificateAuthority: '' },
    nodeNames: 'private-dns',
    bootstrap: 'tender',
    csrApproval: 'tender',
    join: {
      timeoutSeconds: 900,
      tokenTtlSeconds: 900,
      cloudProvider: 'external',
      controlPlane: 'self',
      requiredDaemonSets: ['kube-system/cilium'],
    },
    roles: {
      worker: {
        labels: { 'example.com/pool': 'general' },
        taints: [{ key: 'example.com/batch', value: 'yes', effect: 'NoSchedule' }],
        nodeRoleLabel: true,
      },
    },
    ...changes,
  };
}

/** A worker's Node that has everything but admission: it is Ready, labeled and tainted, and behind the startup taint. */
export function aNode(changes: Partial<Node> = {}): Node {
  return {
    name: privateDnsName,
    resourceVersion: '1',
    providerId: `aws:///us-east-1a/${instanceId}`,
    labels: { 'example.com/pool': 'general', 'node-role.kubernetes.io/worker': '' },
    annotations: {},
    taints: [
      { key: 'tender.sh/joining', effect: 'NoSchedule' },
      { key: 'example.com/batch', value: 'yes', effect: 'NoSchedule' },
    ],
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
        since: noon.toISOString(),
      },
    ],
    ...changes,
  };
}

/** A ready pod of the DaemonSet that {@link aPolicy} requires. */
export function aPod(changes: Partial<NodePod> = {}): NodePod {
  return {
    namespace: 'kube-system',
    name: 'cilium-x7k2p',
    phase: 'Running',
    ready: true,
    ownerKind: 'DaemonSet',
    ownerName: 'cilium',
    mirror: false,
    ...changes,
  };
}
