import type { Machine, PortRange, Program, RunningProgram, UnitVerb } from '../../instances/machine.ts';
import type { ClusterNode, Taint } from '../api/objects.ts';
import type { SimulatedCluster } from '../simulated-cluster.ts';
import { ApiClient, type Credentials } from './api-client.ts';
import { layOutControlPlane, UPLOAD_FILE, uploadCertificates } from './control-plane-certificates.ts';
import { Kubelet } from './kubelet.ts';
import { KubeletUnit } from './kubelet-unit.ts';
import { machineHost, releaseOf } from './machine-host.ts';
import { type ChosenFailure, taggedFailure } from './node-failures.ts';
import { NODE_IMAGE, SERVICE_PORTS } from './node-image.ts';
import { patientSend } from './patient-send.ts';
import type { PodTiming } from './pod-timing.ts';
import type { StaticPod } from './static-pods.ts';

export interface CertifiedNodeOptions {
  /** Seconds from the kernel to the kubelet; default 8–20, seeded. 0 for nodes that were always there. */
  readonly bootSeconds?: number;
  /** Default: the private DNS name. */
  readonly nodeName?: (machine: Machine) => string;
  readonly labels?: Readonly<Record<string, string>> | ((machine: Machine) => Readonly<Record<string, string>>);
  readonly taints?: readonly Taint[];
  /** Default `aws:///<zone>/<instance id>`. */
  readonly providerId?: (machine: Machine) => string;
  /** Whether a cloud controller must initialise the node; default true. */
  readonly externalCloud?: boolean;
  readonly nodePorts?: readonly (number | PortRange)[];
  /** Default `built-in`. */
  readonly network?: 'daemonset' | 'built-in';
  readonly kubeletVersion?: string;
  /** `token`: the node shows a token instead of a certificate, which costs a world less. Default `certificate`. */
  readonly credentials?: 'certificate' | 'token';
  /** Whether the kubelet asks for a serving certificate; default true. */
  readonly servingCertificate?: boolean;
  readonly podTiming?: PodTiming;
  /** Manifests on the machine's disk. */
  readonly staticPods?: readonly StaticPod[];
  readonly failures?: (machine: Machine) => ChosenFailure | undefined;
}

/** Roles that somebody with more rights than a kubelet sets once the node is there. */
interface Role {
  readonly label: string;
  readonly ports: readonly (number | PortRange)[];
}

class CertifiedBoot implements RunningProgram {
  readonly #machine: Machine;
  readonly #cluster: SimulatedCluster;
  readonly #options: CertifiedNodeOptions;
  readonly #role: Role | undefined;
  readonly #failure: ChosenFailure | undefined;
  #stopped = false;
  readonly #unit = new KubeletUnit();

  constructor(machine: Machine, cluster: SimulatedCluster, options: CertifiedNodeOptions, role: Role | undefined) {
    this.#machine = machine;
    this.#cluster = cluster;
    this.#options = options;
    this.#role = role;
    this.#failure = (options.failures ?? taggedFailure)(machine);
  }

  stop(): void {
    this.#stopped = true;
    this.#unit.stop();
    for (const port of this.#role?.ports ?? []) this.#machine.listen(port, false);
  }

  wrote(path: string, text: string): void {
    if (this.#role && path === UPLOAD_FILE) uploadCertificates(this.#machine, this.#cluster, text);
  }

  unit(verb: UnitVerb, unit: string): void {
    if (unit === 'kubelet') this.#unit.turn(verb);
  }

  inactiveUnits(): readonly string[] {
    return this.#unit.isActive ? [] : ['kubelet'];
  }

  async run(): Promise<void> {
    const { world, instanceId } = this.#machine;
    const luck = world.random.for(`boot:${instanceId}`);
    const seconds = this.#options.bootSeconds ?? luck.between(8, 20);
    const extra = this.#failure?.name === 'slow' ? (this.#failure.seconds ?? 240) : 0;
    if (seconds + extra > 0) await world.sleep((seconds + extra) * 1000, `boot of ${instanceId}`);
    if (this.#stopped) return;
    this.#machine.journal('containerd', 'containerd successfully booted in 0.41s');
    if (this.#failure?.name === 'never-boots-kubelet') {
      this.#machine.journal('kubelet', 'kubelet.service: Main process exited, code=exited, status=1/FAILURE');
      return;
    }
    await this.#startKubelet();
  }

  async #startKubelet(): Promise<void> {
    const machine = this.#machine;
    const nodeName = this.#options.nodeName?.(machine) ?? machine.privateDnsName;
    const api = new ApiClient(
      patientSend(machine.world, (request) => machine.http(request)),
      `${this.#cluster.host}:6443`,
      this.#credentials(nodeName),
    );
    for (const port of this.#role?.ports ?? []) machine.listen(port, true);
    const kubelet = new Kubelet(machineHost(machine, nodeName), api, this.#settings(nodeName));
    kubelet.onReady = () => this.#afterReady(kubelet);
    this.#unit.runs(kubelet, () => this.#startKubelet());
    await kubelet.start();
    if (this.#options.credentials !== 'token') kubelet.rotateClientCertificate();
    if (this.#role) layOutControlPlane(machine, `the key of the authority of ${this.#cluster.host}\n`);
    if (this.#role && !this.#stopped) this.#giveRole(this.#role, nodeName);
  }

  #credentials(nodeName: string): Credentials {
    if (this.#options.credentials !== 'token')
      return { certificate: this.#cluster.nodeCertificate(nodeName).certificate };
    return { token: this.#cluster.addStaticToken({ username: `system:node:${nodeName}`, groups: ['system:nodes'] }) };
  }

  #settings(nodeName: string): ConstructorParameters<typeof Kubelet>[2] {
    const {
      labels = {},
      taints = [],
      externalCloud = true,
      nodePorts,
      network = 'built-in',
      podTiming,
      staticPods,
    } = this.#options;
    const machine = this.#machine;
    const failure = this.#failure?.name;
    const providerId =
      this.#options.providerId?.(machine) ?? `aws:///${machine.availabilityZone}/${machine.instanceId}`;
    return {
      ...NODE_IMAGE,
      ...releaseOf(machine),
      version: this.#options.kubeletVersion ?? NODE_IMAGE.version,
      nodeName,
      labels: typeof labels === 'function' ? labels(machine) : labels,
      taints,
      providerId,
      externalCloud,
      network: failure === 'cni-never-ready' ? 'broken' : network,
      nodePorts: failure === 'never-healthy-port' ? [] : (nodePorts ?? SERVICE_PORTS),
      servingCertificate: this.#options.servingCertificate ?? true,
      heartbeats: this.#cluster.heartbeats,
      ...(podTiming && { podTiming }),
      ...(staticPods && { staticPods }),
    };
  }

  #afterReady(kubelet: Kubelet): void {
    if (this.#failure?.name !== 'kubelet-dies-after-ready') return;
    this.#machine.world.after((this.#failure.seconds ?? 5) * 1000, 'kubelet dies', () => kubelet.stop());
  }

  /** A kubelet may not give itself a role; kubeadm does it as administrator (mark-control-plane). */
  #giveRole({ label }: Role, nodeName: string): void {
    this.#cluster.store.change<ClusterNode>('nodes', nodeName, undefined, (node) => {
      node.metadata.labels = { ...node.metadata.labels, [label]: '' };
    });
  }
}

function program(cluster: SimulatedCluster, options: CertifiedNodeOptions, role?: Role): Program {
  return {
    start(machine) {
      const boot = new CertifiedBoot(machine, cluster, options, role);
      void boot.run();
      return boot;
    },
  };
}

/**
 * A machine that joins by itself, as with `bootstrap: self`, kOps or EKS: it holds credentials of its node from the start
 * and asks for nothing but its serving certificate. The cluster's host must be in the network, port 6443.
 */
export function selfBootstrappedNode(cluster: SimulatedCluster, options: CertifiedNodeOptions = {}): Program {
  return program(cluster, options);
}

const CONTROL_PLANE: Role = {
  label: 'node-role.kubernetes.io/control-plane',
  ports: [6443, 2379, 2380, 10257, 10259],
};

/** A kubeadm control-plane node that was always there: Ready at once, tainted, labelled, answering on 6443. */
export function controlPlaneNode(cluster: SimulatedCluster, options: CertifiedNodeOptions = {}): Program {
  const taints = [{ key: CONTROL_PLANE.label, effect: 'NoSchedule' }, ...(options.taints ?? [])];
  return program(cluster, { bootSeconds: 0, ...options, taints }, CONTROL_PLANE);
}
