import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdEndpoint } from '../../../src/etcd-client/etcd-endpoint.ts';
import type { GrpcTarget } from '../../../src/etcd-client/grpc-channel.ts';
import { freePorts } from '../../../src/processes/free-ports.ts';
import type { EtcdRelease } from '../etcd/etcd-releases.ts';
import { EtcdWriter } from '../etcd/etcd-writer.ts';
import { CertificateAuthority } from '../kubernetes/certificate-authority.ts';
import { KubeadmTree } from './kubeadm-tree.ts';

/** A slow machine under load; an idle one needs two. */
const READY_WITHIN_MS = 40_000;

interface ControlPlaneOptions {
  /** How many nodes. Default: three. */
  readonly size?: number;
  /** What members tell clients instead of their real addresses, in turn: the hosts of instances that they stand for. */
  readonly hosts?: readonly string[];
}

/** Control-plane nodes of kubeadm, each a tree of its own, whose members are one etcd. */
export class KubeadmControlPlane {
  readonly nodes: readonly KubeadmTree[];
  readonly #ca: CertificateAuthority;
  readonly #folder: string;
  readonly #client: { readonly certificate: string; readonly key: string };
  readonly #opened = new Set<EtcdEndpoint>();

  private constructor(
    ca: CertificateAuthority,
    folder: string,
    client: { readonly certificate: string; readonly key: string },
    nodes: readonly KubeadmTree[],
  ) {
    this.#ca = ca;
    this.#folder = folder;
    this.#client = client;
    this.nodes = nodes;
  }

  /** Makes the trees, starts their kubelets and waits for a leader. */
  static async start(
    release: EtcdRelease,
    { size = 3, hosts = [] }: ControlPlaneOptions = {},
  ): Promise<KubeadmControlPlane> {
    const folder = await mkdtemp(join(tmpdir(), 'kubeadm-'));
    const ca = await CertificateAuthority.create('etcd-ca');
    const client = await ca.issue({ commonName: 'tender' });
    const server = await ca.issue({
      commonName: 'etcd',
      ipAddresses: ['127.0.0.1'],
      dnsNames: ['localhost'],
      isPeer: true,
    });
    const ports = await freePorts(size * 2);
    const nodes = Array.from({ length: size }, (_, index) => {
      const url = `https://127.0.0.1:${ports[index * 2]}`;
      const advertised = hosts[index] === undefined ? url : `https://${hosts[index]}:2379`;
      const member = { name: `cp-${index + 1}`, url, peerUrl: `https://127.0.0.1:${ports[index * 2 + 1]}`, advertised };
      return new KubeadmTree(release, join(folder, member.name), member);
    });
    const initial = nodes.map(({ member }) => `${member.name}=${member.peerUrl}`).join(',');
    const pki = { 'ca.crt': ca.certificate, 'server.crt': server.certificate, 'server.key': server.key };
    for (const node of nodes) await node.make(pki, initial);
    const controlPlane = new KubeadmControlPlane(ca, folder, client, nodes);
    for (const { kubelet } of nodes) kubelet.start();
    await controlPlane.untilReady();
    return controlPlane;
  }

  get urls(): readonly string[] {
    return this.nodes.map(({ member }) => member.url);
  }

  /** What Tender's secret about this etcd holds. */
  get secret(): string {
    return JSON.stringify({ ca: this.#ca.certificate, ...this.#client });
  }

  node(index: number): KubeadmTree {
    const node = this.nodes[index];
    if (!node) throw new Error(`there is no node ${index}`);
    return node;
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

  /** Waits until the members of these nodes (default: all) know a leader. */
  async untilReady(indices: readonly number[] = this.nodes.map((_, index) => index)): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    for (const index of indices) {
      while (!(await this.#hasLeader(index))) {
        if (Date.now() > until) throw new Error(`not ready. ${await this.node(index).kubelet.logOf('etcd')}`);
        await sleep(50);
      }
    }
  }

  async stop(): Promise<void> {
    for (const endpoint of this.#opened) endpoint.close();
    for (const node of this.nodes) await node.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #hasLeader(index: number): Promise<boolean> {
    const endpoint = new EtcdEndpoint(this.#target(index));
    const status = await endpoint.status().catch(() => undefined);
    endpoint.close();
    return status !== undefined && status.leaderId !== '0';
  }

  #target(index: number): GrpcTarget {
    return { url: this.node(index).member.url, certificateAuthority: this.#ca.certificate, ...this.#client };
  }
}
