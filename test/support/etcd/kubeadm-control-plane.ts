import type { EtcdRelease } from '../../../rehearsal/etcd/etcd-programs.ts';
import {
  type ControlPlaneOptions,
  TreeControlPlane,
  treesFor,
} from '../../../rehearsal/kubeadm-tree/tree-control-plane.ts';
import { EtcdEndpoint } from '../../../src/etcd-client/etcd-endpoint.ts';
import type { GrpcTarget } from '../../../src/etcd-client/grpc-channel.ts';
import { EtcdWriter } from './etcd-writer.ts';

/** Control-plane nodes of kubeadm on trees for the time of a test, with Tender's client at hand. */
export class KubeadmControlPlane extends TreeControlPlane {
  readonly #opened = new Set<EtcdEndpoint>();

  /** Makes the trees, starts their kubelets and waits for a leader. */
  static async start(release: EtcdRelease, options: ControlPlaneOptions = {}): Promise<KubeadmControlPlane> {
    return TreeControlPlane.begun(new KubeadmControlPlane(await treesFor(release, options)));
  }

  /** Opens the member of a node; closed with the control plane. */
  open(index: number): EtcdEndpoint {
    const endpoint = new EtcdEndpoint(this.#target(index));
    this.#opened.add(endpoint);
    return endpoint;
  }

  writer(index = 0): EtcdWriter {
    return new EtcdWriter(this.#target(index));
  }

  override async stop(): Promise<void> {
    for (const endpoint of this.#opened) endpoint.close();
    await super.stop();
  }

  #target(index: number): GrpcTarget {
    return { url: this.node(index).member.url, certificateAuthority: this.ca.certificate, ...this.client };
  }
}
