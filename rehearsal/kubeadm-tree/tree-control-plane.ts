import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../src/processes/free-ports.ts';
import { EtcdDoor } from '../etcd/etcd-door.ts';
import type { EtcdRelease } from '../etcd/etcd-programs.ts';
import { CertificateAuthority } from '../processes/certificate-authority.ts';
import { KubeadmTree } from './kubeadm-tree.ts';

/** A slow machine under load; an idle one needs two. */
const READY_WITHIN_MS = 40_000;

export interface ControlPlaneOptions {
  /** How many nodes. Default: three. */
  readonly size?: number;
  /** What members tell clients instead of their real addresses, in turn: the hosts of instances that they stand for. */
  readonly hosts?: readonly string[];
}

/** What a control plane is made of. */
export interface ControlPlaneParts {
  readonly ca: CertificateAuthority;
  readonly folder: string;
  readonly client: { readonly certificate: string; readonly key: string };
  readonly nodes: readonly KubeadmTree[];
}

/** Control-plane nodes of kubeadm, each a tree of its own, whose members are one etcd. */
export class TreeControlPlane {
  readonly nodes: readonly KubeadmTree[];
  readonly ca: CertificateAuthority;
  /** Who may ask members, PEM. */
  protected readonly client: ControlPlaneParts['client'];
  readonly #folder: string;

  constructor({ ca, folder, client, nodes }: ControlPlaneParts) {
    this.ca = ca;
    this.#folder = folder;
    this.client = client;
    this.nodes = nodes;
  }

  /** Starts the kubelets and waits for a leader. */
  static async begun<T extends TreeControlPlane>(controlPlane: T): Promise<T> {
    for (const { kubelet } of controlPlane.nodes) kubelet.start();
    await controlPlane.untilReady();
    return controlPlane;
  }

  get urls(): readonly string[] {
    return this.nodes.map(({ member }) => member.url);
  }

  /** What Tender's secret about this etcd holds. */
  get secret(): string {
    return JSON.stringify({ ca: this.ca.certificate, ...this.client });
  }

  /** @throws Error when there is none */
  node(index: number): KubeadmTree {
    const node = this.nodes[index];
    if (!node) throw new Error(`there is no node ${index}`);
    return node;
  }

  /** Etcd's own JSON gateway at the member of a node. */
  door(index: number): EtcdDoor {
    return new EtcdDoor({
      url: this.node(index).member.url,
      certificateAuthority: this.ca.certificate,
      ...this.client,
    });
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
    for (const node of this.nodes) await node.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #hasLeader(index: number): Promise<boolean> {
    const status = await this.door(index)
      .status()
      .catch(() => undefined);
    return status !== undefined && status.leaderId !== '0';
  }
}

/** Makes the trees, whose kubelets do not run yet. */
export async function treesFor(
  release: EtcdRelease,
  { size = 3, hosts = [] }: ControlPlaneOptions = {},
): Promise<ControlPlaneParts> {
  const folder = await mkdtemp(join(tmpdir(), 'tender-kubeadm-'));
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
  return { ca, folder, client, nodes };
}
