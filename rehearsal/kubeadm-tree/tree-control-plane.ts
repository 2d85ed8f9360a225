import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../src/processes/free-ports.ts';
import { EtcdDoor } from '../etcd/etcd-door.ts';
import { untilAccepted } from '../etcd/etcd-members.ts';
import type { EtcdRelease } from '../etcd/etcd-programs.ts';
import { CertificateAuthority } from '../processes/certificate-authority.ts';
import { KubeadmTree, type TreeMember } from './kubeadm-tree.ts';

/** A slow machine under load; an idle one needs two. */
const READY_WITHIN_MS = 40_000;

export interface ControlPlaneOptions {
  /** How many nodes. Default: three. */
  readonly size?: number;
  /** What members tell clients instead of their real addresses, in turn: the hosts of instances that they stand for. */
  readonly hosts?: readonly string[];
  /** How many nodes may join later: where their members will listen is known before. Default: none. */
  readonly spare?: number;
}

/** What a control plane is made of. */
export interface ControlPlaneParts {
  readonly ca: CertificateAuthority;
  readonly folder: string;
  readonly client: { readonly certificate: string; readonly key: string };
  readonly nodes: readonly KubeadmTree[];
  /** Nodes that may join, by their name, and what makes them. */
  readonly waiting: readonly string[];
  readonly urlOf: (name: string) => string;
  readonly newNode: (name: string, host: string) => KubeadmTree;
  readonly pki: Readonly<Record<string, string>>;
}

/** Control-plane nodes of kubeadm, each a tree of its own, whose members are one etcd. */
export class TreeControlPlane {
  readonly nodes: KubeadmTree[];
  readonly ca: CertificateAuthority;
  /** Who may ask members, PEM. */
  protected readonly client: ControlPlaneParts['client'];
  readonly #parts: ControlPlaneParts;
  readonly #waiting: string[];

  constructor(parts: ControlPlaneParts) {
    this.#parts = parts;
    this.ca = parts.ca;
    this.client = parts.client;
    this.nodes = [...parts.nodes];
    this.#waiting = [...parts.waiting];
  }

  /** Starts the kubelets and waits for a leader. */
  static async begun<T extends TreeControlPlane>(controlPlane: T): Promise<T> {
    for (const { kubelet } of controlPlane.nodes) kubelet.start();
    await controlPlane.untilReady();
    return controlPlane;
  }

  /** Where members listen, those that may join later included. */
  get urls(): readonly string[] {
    return [...this.nodes.map(({ member }) => member.url), ...this.#waiting.map(this.#parts.urlOf)];
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

  /**
   * What `kubeadm join` does about etcd on a further node: its member is added as a learner, started, and promoted once it has caught up.
   * @throws Error when no node may join any more, or etcd does not take the member
   */
  async join(host: string): Promise<KubeadmTree> {
    const name = this.#waiting.shift();
    if (name === undefined) throw new Error('no further node may join');
    const running = (await Promise.all(this.nodes.map((_, index) => this.#hasLeader(index)))).flatMap((runs, index) =>
      runs ? [this.node(index)] : [],
    );
    const door = this.door(this.nodes.indexOf(running[0] as KubeadmTree));
    const node = this.#parts.newNode(name, host);
    const memberId = await untilAccepted(() => door.addLearner(node.member.peerUrl));
    await node.make(this.#parts.pki, initialCluster([...running, node].map(({ member }) => member)), 'existing');
    this.nodes.push(node);
    node.kubelet.start();
    await untilAccepted(() => door.promote(memberId));
    await this.untilReady([this.nodes.length - 1]);
    return node;
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
    await rm(this.#parts.folder, { recursive: true, force: true });
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
  { size = 3, hosts = [], spare = 0 }: ControlPlaneOptions = {},
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
  const ports = await freePorts((size + spare) * 2);
  const names = Array.from({ length: size + spare }, (_, index) => `cp-${index + 1}`);
  const portOf = (name: string, which: 0 | 1) => ports[names.indexOf(name) * 2 + which];
  const urlOf = (name: string) => `https://127.0.0.1:${portOf(name, 0)}`;
  const newNode = (name: string, host: string | undefined) => {
    const url = urlOf(name);
    const advertised = host === undefined ? url : `https://${host}:2379`;
    const member = { name, url, peerUrl: `https://127.0.0.1:${portOf(name, 1)}`, advertised };
    return new KubeadmTree(release, join(folder, name), member);
  };
  const nodes = names.slice(0, size).map((name, index) => newNode(name, hosts[index]));
  const pki = { 'ca.crt': ca.certificate, 'server.crt': server.certificate, 'server.key': server.key };
  for (const node of nodes) await node.make(pki, initialCluster(nodes.map(({ member }) => member)));
  return { ca, folder, client, nodes, waiting: names.slice(size), urlOf, newNode, pki };
}

function initialCluster(members: readonly TreeMember[]): string {
  return members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
}
