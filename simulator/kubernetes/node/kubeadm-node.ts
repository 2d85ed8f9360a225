import type { Machine, PortRange, Program, RunningProgram, UnitVerb } from '../../instances/machine.ts';
import type { ClusterNode, Taint } from '../api/objects.ts';
import { privateKeyPem } from '../pki/certificates.ts';
import type { SimulatedCluster } from '../simulated-cluster.ts';
import { ApiClient } from './api-client.ts';
import { layOutControlPlane, UPLOAD_FILE, uploadCertificates } from './control-plane-certificates.ts';
import type { Heartbeats } from './heartbeats.ts';
import { type JoinConfiguration, parseJoinConfiguration, parseLabels, parseTaints } from './join-configuration.ts';
import { joinCluster } from './kubeadm-join.ts';
import { Kubelet } from './kubelet.ts';
import { KubeletUnit } from './kubelet-unit.ts';
import { machineHost, releaseOf } from './machine-host.ts';
import { type ChosenFailure, taggedFailure } from './node-failures.ts';
import { NODE_IMAGE, SERVICE_PORTS } from './node-image.ts';
import { patientSend } from './patient-send.ts';
import type { PodTiming } from './pod-timing.ts';
import type { StaticPod } from './static-pods.ts';

export interface KubeadmNodeOptions {
  /** Default v1.36.2. */
  readonly kubeletVersion?: string;
  /** Default Flatcar's name. */
  readonly osImage?: string;
  /** Seconds from the kernel to cloud-init; default 8–20, seeded. */
  readonly bootSeconds?: number;
  /** Default: what the tag {@link FAILURE_TAG} of the instance says. */
  readonly failures?: (machine: Machine) => ChosenFailure | undefined;
  /** Opened while the node is Ready; default kube-proxy's health port and the NodePort range. */
  readonly nodePorts?: readonly (number | PortRange)[];
  /** Default `daemonset`: the cluster must run a CNI DaemonSet. */
  readonly network?: 'daemonset' | 'built-in';
  readonly podTiming?: PodTiming;
  /** Manifests on the machine's disk. */
  readonly staticPods?: readonly StaticPod[];
  /** The heartbeats of the cluster at this host (`SimulatedCluster.heartbeats`): cheap leases. Without it each renewal is a request. */
  readonly heartbeatsOf?: (host: string) => Heartbeats | undefined;
  /**
   * How the machine comes by its join configuration. Default: from the SSM parameter that `JOIN_PARAMETER=<name>` in
   * the user data names, `{instance-id}` replaced; asked for until it exists.
   */
  readonly joinConfiguration?: (machine: Machine) => string | Promise<string>;
  /** The cluster that nodes whose configuration has a certificate key join as control-plane nodes. */
  readonly controlPlane?: ControlPlaneJoin;
}

/** What `kubeadm join --control-plane` does beside the kubelet. */
export interface ControlPlaneJoin {
  readonly cluster: SimulatedCluster;
  /** Adds a member of etcd on this machine and waits until it votes. Default: there is none. */
  readonly joinEtcd?: (machine: Machine) => Promise<void>;
  /** How long etcd takes before that, in seconds of the world. Default: no time. */
  readonly etcdSeconds?: number;
}

const CONTROL_PLANE_PORTS = [6443, 2379, 2380, 10257, 10259];
const PARAMETER_POLL_MS = 5_000;
const KUBELET_CONF = '/etc/kubernetes/kubelet.conf';
/** Stands for the token once it has been used. */
const SPENT_TOKEN = 'spent0.0000000000000000';
const CREDENTIALS = '/var/lib/kubelet/pki/kubelet-client-current.pem';

/** A machine that is running: each step asks whether it still is. */
class KubeadmBoot implements RunningProgram {
  readonly #machine: Machine;
  readonly #options: KubeadmNodeOptions;
  readonly #failure: ChosenFailure | undefined;
  readonly #stopped = new AbortController();
  readonly #random;
  readonly #unit = new KubeletUnit();

  constructor(machine: Machine, options: KubeadmNodeOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#failure = (options.failures ?? taggedFailure)(machine);
    this.#random = machine.world.random.for(`kubeadm:${machine.instanceId}`);
  }

  stop(): void {
    this.#stopped.abort();
    this.#unit.stop();
  }

  wrote(path: string, text: string): void {
    const cluster = this.#options.controlPlane?.cluster;
    if (cluster && path === UPLOAD_FILE) uploadCertificates(this.#machine, cluster, text);
  }

  unit(verb: UnitVerb, unit: string): void {
    if (unit === 'kubelet') this.#unit.turn(verb);
  }

  inactiveUnits(): readonly string[] {
    return this.#unit.isActive ? [] : ['kubelet'];
  }

  async run(): Promise<void> {
    try {
      await this.#boot();
    } catch (error) {
      if (this.#gone) return;
      const text = error instanceof Error ? error.message : String(error);
      this.#machine.journal('cloud-init', `error execution phase: ${text}`);
      this.#machine.console(`cloud-init: kubeadm join failed: ${text}`);
    }
  }

  get #gone(): boolean {
    return this.#stopped.signal.aborted;
  }

  #sleep(milliseconds: number, background = false): Promise<void> {
    return new Promise((resolve) => {
      const { world, instanceId } = this.#machine;
      const what = `boot of ${instanceId}`;
      const timer = background
        ? world.afterInBackground(milliseconds, what, resolve)
        : world.after(milliseconds, what, resolve);
      this.#stopped.signal.addEventListener(
        'abort',
        () => {
          timer.cancel();
          resolve();
        },
        { once: true },
      );
    });
  }

  async #boot(): Promise<void> {
    const machine = this.#machine;
    const seconds = this.#options.bootSeconds ?? this.#random.between(8, 20);
    await this.#sleep(seconds * 1000);
    if (this.#failure?.name === 'slow') await this.#sleep((this.#failure.seconds ?? 240) * 1000);
    if (this.#gone) return;
    machine.journal('containerd', 'containerd successfully booted in 0.41s');
    const stored = machine.files.get(KUBELET_CONF);
    if (stored !== undefined) return this.#comeBack(parseJoinConfiguration(stored));
    machine.journal('cloud-init', 'Cloud-init running modules:final');
    if (this.#failure?.name === 'never-boots-kubelet') {
      machine.console("systemd[1]: kubelet.service: Failed with result 'exit-code'.");
      machine.journal('kubelet', 'kubelet.service: Main process exited, code=exited, status=1/FAILURE');
      return;
    }
    const text = await this.#joinText();
    if (text !== undefined) await this.#join(text);
  }

  async #joinText(): Promise<string | undefined> {
    const { joinConfiguration } = this.#options;
    if (joinConfiguration) return joinConfiguration(this.#machine);
    const name = /JOIN_PARAMETER=["']?([^\s"']+)/.exec(this.#machine.userData)?.[1];
    if (name === undefined) {
      this.#machine.journal('cloud-init', 'no JOIN_PARAMETER in the user data: this machine joins no cluster');
      return undefined;
    }
    return this.#awaitParameter(name.replaceAll('{instance-id}', this.#machine.instanceId));
  }

  async #awaitParameter(name: string): Promise<string | undefined> {
    const machine = this.#machine;
    machine.journal('cloud-init', `waiting for the join configuration in ${name}`);
    while (!this.#gone) {
      try {
        if (this.#failure?.name === 'no-join-parameter-access') throw accessDenied(name);
        const answer = (await machine.aws('ssm', 'GetParameter', { Name: name, WithDecryption: true })) as {
          Parameter?: { Value?: string };
        };
        if (answer.Parameter?.Value !== undefined) return answer.Parameter.Value;
      } catch (error) {
        const code = (error as { code?: string }).code ?? (error as Error).name;
        if (code !== 'ParameterNotFound')
          machine.journal('cloud-init', `GetParameter: ${code}: ${(error as Error).message}`);
      }
      // It may wait for ever: that keeps no world from being idle.
      await this.#sleep(PARAMETER_POLL_MS, true);
    }
    return undefined;
  }

  async #join(text: string): Promise<void> {
    const machine = this.#machine;
    const parsed = parseJoinConfiguration(text);
    const pinned =
      this.#failure?.name === 'wrong-ca-hash' ? { ...parsed, caCertHashes: [`sha256:${'0'.repeat(64)}`] } : parsed;
    const nodeName = nodeNameOf(machine, pinned);
    const joined = await joinCluster(pinned, {
      send: patientSend(machine.world, (request) => machine.http(request)),
      nodeName,
      ...(this.#failure?.name === 'csr-for-another-node' && { claimedName: 'somebody-else' }),
      journal: (line) => machine.journal('cloud-init', line),
      sleep: (milliseconds) => this.#sleep(milliseconds),
      signal: this.#stopped.signal,
      now: () => machine.world.now(),
    });
    if (this.#gone) return;
    if (joined.caKey !== undefined) layOutControlPlane(machine, joined.caKey);
    // The token has done its work and stays out of the stored configuration.
    machine.writeFile(KUBELET_CONF, text.replaceAll(pinned.token, SPENT_TOKEN));
    this.#keep(joined.certificate, privateKeyPem(joined.pair));
    await this.#startKubelet(joined.api, pinned, nodeName);
    if (pinned.certificateKey !== undefined) await this.#becomeControlPlane(nodeName, pinned.taints ?? []);
    machine.journal('cloud-init', 'This node has joined the cluster');
  }

  /** As kubeadm's phases do, in their order: etcd first, the marks last. */
  async #becomeControlPlane(nodeName: string, taints: readonly Taint[]): Promise<void> {
    const { controlPlane } = this.#options;
    const machine = this.#machine;
    machine.journal('cloud-init', '[etcd] Creating static Pod manifest for "etcd"');
    if (controlPlane?.etcdSeconds !== undefined) await machine.world.sleep(controlPlane.etcdSeconds * 1000);
    if (this.#gone) return;
    await machine.world.realWork(async () => controlPlane?.joinEtcd?.(machine));
    if (this.#gone) return;
    for (const port of CONTROL_PLANE_PORTS) machine.listen(port, true);
    controlPlane?.cluster.store.change<ClusterNode>('nodes', nodeName, undefined, (node) => {
      const labels = {
        'node-role.kubernetes.io/control-plane': '',
        'node.kubernetes.io/exclude-from-external-load-balancers': '',
      };
      node.metadata.labels = { ...node.metadata.labels, ...labels };
      const missing = taints.filter(({ key }) => !node.spec.taints?.some((one) => one.key === key));
      node.spec.taints = [...(node.spec.taints ?? []), ...missing];
    });
  }

  /** After a reboot or a stop: the credentials are on the disk. */
  async #comeBack(join: JoinConfiguration): Promise<void> {
    const machine = this.#machine;
    const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/.exec(
      machine.files.get(CREDENTIALS) ?? '',
    )?.[0];
    if (certificate === undefined) throw new Error(`${CREDENTIALS} holds no certificate`);
    const api = new ApiClient(
      patientSend(machine.world, (request) => machine.http(request)),
      join.endpoint,
      { certificate },
    );
    await this.#startKubelet(api, join, nodeNameOf(machine, join));
  }

  #keep(certificate: string, key: string): void {
    this.#machine.writeFile(CREDENTIALS, `${certificate}${key}`);
  }

  async #startKubelet(api: ApiClient, join: JoinConfiguration, nodeName: string): Promise<void> {
    const machine = this.#machine;
    const { nodePorts = SERVICE_PORTS, network = 'daemonset', podTiming, staticPods, heartbeatsOf } = this.#options;
    const args = join.kubeletArgs;
    const heartbeats = heartbeatsOf?.(join.endpoint.split(':')[0] ?? '');
    const providerId = args.get('provider-id');
    const failure = this.#failure?.name;
    const kubelet = new Kubelet(machineHost(machine, nodeName), api, {
      nodeName,
      ...NODE_IMAGE,
      version: this.#options.kubeletVersion ?? NODE_IMAGE.version,
      osImage: this.#options.osImage ?? NODE_IMAGE.osImage,
      ...releaseOf(machine),
      labels: parseLabels(args.get('node-labels')),
      taints: [...(join.taints ?? []), ...parseTaints(args.get('register-with-taints'))],
      externalCloud: args.get('cloud-provider') === 'external',
      network: failure === 'cni-never-ready' ? 'broken' : network,
      nodePorts: failure === 'never-healthy-port' ? [] : nodePorts,
      servingCertificate: args.get('rotate-server-certificates') !== 'false',
      ...(providerId !== undefined && { providerId }),
      ...(failure === 'csr-with-foreign-ip' && { foreignAddresses: ['10.99.99.99'] }),
      ...(podTiming && { podTiming }),
      ...(staticPods && { staticPods }),
      ...(heartbeats && { heartbeats }),
    });
    kubelet.onClientCertificate = (pair, certificate) => this.#keep(certificate, privateKeyPem(pair));
    kubelet.onReady = () => this.#afterReady(kubelet);
    this.#unit.runs(kubelet, () => this.#startKubelet(api, join, nodeName));
    await kubelet.start();
    kubelet.rotateClientCertificate();
  }

  #afterReady(kubelet: Kubelet): void {
    if (this.#failure?.name !== 'kubelet-dies-after-ready') return;
    this.#machine.world.after((this.#failure.seconds ?? 5) * 1000, 'kubelet dies', () => {
      this.#machine.journal('kubelet', 'kubelet.service: Main process exited, code=killed, status=9/KILL');
      kubelet.stop();
    });
  }
}

function nodeNameOf(machine: Machine, join: JoinConfiguration): string {
  // kubeadm lowers the host name when the configuration names no node; on EC2 that is the private DNS name.
  return join.nodeName ?? join.kubeletArgs.get('hostname-override') ?? machine.privateDnsName.toLowerCase();
}

function accessDenied(name: string): Error & { code: string } {
  const message = `not authorized to perform: ssm:GetParameter on resource: ${name} because no identity-based policy allows the ssm:GetParameter action`;
  return Object.assign(new Error(message), { code: 'AccessDeniedException' });
}

/** A machine image that joins with kubeadm, as its user data says. */
export function kubeadmNode(options: KubeadmNodeOptions = {}): Program {
  return {
    start(machine) {
      const boot = new KubeadmBoot(machine, options);
      void boot.run();
      return boot;
    },
  };
}
