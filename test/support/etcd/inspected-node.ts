import type { InspectedNode } from '../../../src/etcd/restore-ports.ts';

/** A control-plane node that could take any snapshot. */
export function aNode(over: Partial<InspectedNode> = {}): InspectedNode {
  return {
    instanceId: 'i-a',
    etcd: true,
    apiServer: true,
    fenced: false,
    restored: false,
    name: 'a',
    image: 'registry.k8s.io/etcd:3.5.17-0',
    dataDir: '/var/lib/etcd',
    peerUrl: 'https://a:2380',
    clientUrl: 'https://a:2379',
    etcdutl: '3.5.17',
    crictl: true,
    curl: true,
    zstd: true,
    aws: true,
    freeBytes: 20e9,
    ...over,
  };
}
