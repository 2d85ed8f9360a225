import type { Timer, World } from '../../world/world.ts';
import {
  type CertificateSigningRequest,
  type ClusterNode,
  type Condition,
  conditionOf,
  type Lease,
  microTimeText,
  type Taint,
  timeText,
} from '../api/objects.ts';
import { CLIENT_SIGNER, SERVING_SIGNER } from '../controllers/certificate-requests.ts';
import { type KeyPair, newCertificateRequest, newKeyPair } from '../pki/certificates.ts';
import { type ApiClient, ApiFailure } from './api-client.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { KubeletHost } from './kubelet-host.ts';
import { PodRunner } from './pod-runner.ts';
import type { PodTiming } from './pod-timing.ts';
import type { StaticPod } from './static-pods.ts';

/** What a kubelet is told at its start. */
export interface KubeletSettings {
  readonly nodeName: string;
  readonly version: string;
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly providerId?: string;
  /** `--cloud-provider=external`: registers with the uninitialized taint, and leaves addresses to the cloud. */
  readonly externalCloud: boolean;
  /** `daemonset`: not Ready until a CNI pod runs. `built-in`: the network is there from the start. `broken`: never. */
  readonly network: 'daemonset' | 'built-in' | 'broken';
  /** Opened while the node is Ready. */
  readonly nodePorts: readonly (number | { readonly from: number; readonly to: number })[];
  /** `serverTLSBootstrap`: asks for a serving certificate. */
  readonly servingCertificate: boolean;
  /** IP SANs of the serving request beside its own addresses: only a failing node has any. */
  readonly foreignAddresses?: readonly string[];
  readonly maxPods?: number;
  readonly podTiming?: PodTiming;
  /** Manifests in its own directory: they run without the API server, which shows mirrors of them. */
  readonly staticPods?: readonly StaticPod[];
  /** Renews the lease without a request each time. Without it each renewal is one. */
  readonly heartbeats?: Heartbeats;
}

const LEASE_RENEWAL_MS = 10_000;
/** nodeStatusReportFrequency: an unchanged status is posted every five minutes. */
const STATUS_REPORT_MS = 300_000;
const RETRY_MS = 7_000;
const NODE_LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const UNINITIALIZED = 'node.cloudprovider.kubernetes.io/uninitialized';

/**
 * The node agent: registers its Node, keeps its lease and status, runs the pods that are bound to it, asks for its
 * serving certificate, and renews certificates before they end. Everything it does, it does over the API, as
 * `system:node:<name>`.
 */
export class Kubelet {
  readonly #host: KubeletHost;
  readonly #settings: KubeletSettings;
  readonly #world: World;
  readonly #timers = new Set<Timer>();
  readonly #stopped = new AbortController();
  readonly #pods: PodRunner;
  #api: ApiClient;
  #ready = false;
  #stopLease: (() => void) | undefined;
  #servingCertificate: string | undefined;

  constructor(host: KubeletHost, api: ApiClient, settings: KubeletSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#world = host.world;
    this.#api = api;
    this.#pods = new PodRunner({
      host,
      nodeName: settings.nodeName,
      api: () => this.#api,
      signal: this.#stopped.signal,
      onChange: () => this.#refresh(),
      ...(settings.staticPods && { staticPods: settings.staticPods }),
      ...(settings.podTiming && { timing: settings.podTiming }),
    });
  }

  /** Called with each renewed client certificate, so that it outlives a reboot. */
  onClientCertificate: (pair: KeyPair, certificate: string) => void = () => {};

  /** Called each time the node becomes Ready. */
  onReady: () => void = () => {};

  /** Whether the process is dead. */
  get hasStopped(): boolean {
    return this.#gone;
  }

  get isReady(): boolean {
    return this.#ready;
  }

  /** The serving certificate, PEM, once it was issued. */
  get servingCertificate(): string | undefined {
    return this.#servingCertificate;
  }

  /** Registers and keeps going in the background until {@link Kubelet.stop}. */
  async start(): Promise<void> {
    this.#host.listen(10250, true);
    if (!(await this.#insist('register the node', () => this.#register()))) return;
    if (!(await this.#insist('take the lease', () => this.#takeLease()))) return;
    this.#keepLease();
    this.#keepStatus();
    this.#watchPods();
    if (this.#settings.servingCertificate) void this.#obtainServingCertificate();
  }

  /** The process dies: nothing is renewed any more, containers go on running but nobody tells. */
  stop(): void {
    this.#stopped.abort();
    this.#stopLease?.();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#pods.stop();
    this.#host.listen(10250, false);
    this.#setPorts(false);
  }

  get #gone(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Tries until it works or the kubelet stops; false when it stopped. */
  async #insist(what: string, action: () => Promise<void>): Promise<boolean> {
    while (!this.#gone) {
      try {
        await action();
        return !this.#gone;
      } catch (error) {
        this.#host.journal(`Unable to ${what}: ${error instanceof Error ? error.message : String(error)}`);
        await this.#pause(RETRY_MS);
      }
    }
    return false;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#later(milliseconds, 'kubelet tries again', resolve);
      this.#stopped.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #later(milliseconds: number, what: string, run: () => void): void {
    const timer = this.#world.afterInBackground(milliseconds, `${what} ${this.#settings.nodeName}`, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  async #register(): Promise<void> {
    const { nodeName } = this.#settings;
    this.#host.journal(`Attempting to register node "${nodeName}"`);
    try {
      await this.#api.create<ClusterNode>('/api/v1/nodes', this.#nodeObject());
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.reason !== 'AlreadyExists') throw error;
      // A node that comes back keeps its object; only its status is new.
      await this.#postStatus();
    }
    this.#host.journal(`Successfully registered node "${nodeName}"`);
  }

  #nodeObject(): ClusterNode {
    const { nodeName, labels, taints, externalCloud, providerId, architecture } = this.#settings;
    const initial: Taint[] = [
      ...taints,
      ...(externalCloud ? [{ key: UNINITIALIZED, value: 'true', effect: 'NoSchedule' }] : []),
    ];
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName,
        labels: {
          'beta.kubernetes.io/arch': architecture,
          'beta.kubernetes.io/os': 'linux',
          'kubernetes.io/arch': architecture,
          'kubernetes.io/hostname': nodeName,
          'kubernetes.io/os': 'linux',
          ...labels,
        },
        annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
      },
      spec: { ...(providerId !== undefined && { providerID: providerId }), taints: initial },
      status: this.#status([]),
    };
  }

  #status(previous: readonly Condition[]): NonNullable<ClusterNode['status']> {
    const { version, osImage, kernelVersion, architecture, maxPods = 110 } = this.#settings;
    const capacity = { cpu: '4', memory: '16Gi', pods: String(maxPods), 'ephemeral-storage': '80Gi' };
    return {
      capacity,
      allocatable: { ...capacity, cpu: '3920m', memory: '15Gi' },
      addresses: [...this.#host.addresses],
      conditions: this.#conditions(previous),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: this.#host.machineId,
        systemUUID: this.#host.machineId,
        bootID: this.#host.bootId,
        kernelVersion,
        osImage,
        containerRuntimeVersion: 'containerd://2.1.4',
        kubeletVersion: version,
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture,
      },
      images: [],
    };
  }

  #conditions(previous: readonly Condition[]): Condition[] {
    const now = timeText(this.#world.now());
    const ready = this.#networkReady();
    const wanted: Condition[] = [
      {
        type: 'MemoryPressure',
        status: 'False',
        reason: 'KubeletHasSufficientMemory',
        message: 'kubelet has sufficient memory available',
      },
      {
        type: 'DiskPressure',
        status: 'False',
        reason: 'KubeletHasNoDiskPressure',
        message: 'kubelet has no disk pressure',
      },
      {
        type: 'PIDPressure',
        status: 'False',
        reason: 'KubeletHasSufficientPID',
        message: 'kubelet has sufficient PID available',
      },
      ready
        ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
        : {
            type: 'Ready',
            status: 'False',
            reason: 'KubeletNotReady',
            message:
              'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
          },
    ];
    return wanted.map((condition) => {
      const before = previous.find(({ type }) => type === condition.type);
      const since = before?.status === condition.status ? before.lastTransitionTime : now;
      return { ...condition, lastHeartbeatTime: now, ...(since !== undefined && { lastTransitionTime: since }) };
    });
  }

  #networkReady(): boolean {
    if (this.#settings.network === 'broken') return false;
    return this.#settings.network === 'built-in' || this.#pods.networkPodRuns;
  }

  async #postStatus(): Promise<void> {
    const path = `/api/v1/nodes/${this.#settings.nodeName}`;
    const node = await this.#api.get<ClusterNode>(path);
    const status = this.#status(node.status?.conditions ?? []);
    // Addresses and provider id are the cloud's once it has spoken.
    const { addresses, ...own } = status;
    const initialized =
      this.#settings.externalCloud && !(node.spec.taints ?? []).some((taint) => taint.key === UNINITIALIZED);
    const mounted = this.#pods.volumesInUse;
    const told = mounted.join() === (node.status?.volumesInUse ?? []).join() ? {} : { volumesInUse: mounted };
    await this.#api.patch(`${path}/status`, { status: { ...own, ...(!initialized && { addresses }), ...told } });
    const ready = conditionOf({ status }, 'Ready')?.status === 'True';
    if (ready !== this.#ready) {
      this.#ready = ready;
      this.#host.journal(ready ? 'Node became ready' : 'Node became not ready');
      if (ready) this.onReady();
    }
    this.#setPorts(ready);
  }

  #setPorts(open: boolean): void {
    for (const port of this.#settings.nodePorts) this.#host.listen(port, open);
  }

  async #takeLease(): Promise<void> {
    const { nodeName } = this.#settings;
    const renewTime = microTimeText(this.#world.now());
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: 40, renewTime };
    try {
      const lease = await this.#api.get<Lease>(`${NODE_LEASES}/${nodeName}`);
      await this.#api.replace(`${NODE_LEASES}/${nodeName}`, { ...lease, spec });
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.code !== 404) throw error;
      const node = await this.#api.get<ClusterNode>(`/api/v1/nodes/${nodeName}`);
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid ?? '' }];
      const metadata = { name: nodeName, namespace: 'kube-node-lease', ownerReferences };
      await this.#api.create(NODE_LEASES, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
    }
  }

  #keepLease(): void {
    const { heartbeats, nodeName } = this.#settings;
    if (heartbeats) {
      this.#stopLease = heartbeats.start(
        nodeName,
        () => this.#host.reachable(),
        () => this.#recover(),
      );
      return;
    }
    this.#later(LEASE_RENEWAL_MS, 'lease of', () => {
      this.#takeLease().catch((error: unknown) => this.#host.journal(`Failed to update lease: ${String(error)}`));
      this.#keepLease();
    });
  }

  #keepStatus(): void {
    this.#refresh();
    const again = () => {
      this.#refresh();
      this.#later(STATUS_REPORT_MS, 'status of', again);
    };
    this.#later(STATUS_REPORT_MS, 'status of', again);
  }

  /** The cluster took this node for lost: its status and its pods' are told anew. */
  #recover(): void {
    this.#refresh();
    this.#pods.reportAgain();
  }

  #refresh(): void {
    if (this.#gone) return;
    this.#postStatus().catch((error: unknown) => {
      this.#host.journal(
        `Error updating node status, will retry: ${error instanceof Error ? error.message : String(error)}`,
      );
      if (!this.#gone) this.#later(10_000, 'status again', () => this.#refresh());
    });
  }

  #watchPods(): void {
    void this.#pods.run();
  }

  async #obtainServingCertificate(): Promise<void> {
    const names = this.#host.addresses
      .filter(({ type }) => type.endsWith('DNS') || type === 'Hostname')
      .map(({ address }) => address);
    const ips = this.#host.addresses.filter(({ type }) => type.endsWith('IP')).map(({ address }) => address);
    const pair = newKeyPair();
    const subject = { commonName: `system:node:${this.#settings.nodeName}`, organizations: ['system:nodes'] };
    const addresses = [...new Set([...ips, ...(this.#settings.foreignAddresses ?? [])])];
    const pem = newCertificateRequest(pair, subject, [...new Set(names)], addresses);
    const certificate = await this.#requestCertificate(pem, SERVING_SIGNER, 'server auth');
    if (certificate === undefined) return;
    this.#servingCertificate = certificate;
    this.#host.journal('Serving certificate was issued');
    this.#renewLater(() => void this.#obtainServingCertificate());
  }

  /** Starts the clock for the client certificate; the first came from the bootstrap. */
  rotateClientCertificate(): void {
    this.#renewLater(() => void this.#renewClientCertificate());
  }

  async #renewClientCertificate(): Promise<void> {
    const pair = newKeyPair();
    const subject = { commonName: `system:node:${this.#settings.nodeName}`, organizations: ['system:nodes'] };
    const pem = newCertificateRequest(pair, subject);
    const certificate = await this.#requestCertificate(pem, CLIENT_SIGNER, 'client auth');
    if (certificate === undefined) return;
    this.#api = this.#api.as({ certificate });
    this.onClientCertificate(pair, certificate);
    this.rotateClientCertificate();
  }

  /** Certificates of a year are renewed after 70–90 % of it (certificate_manager's jitter). */
  #renewLater(renew: () => void): void {
    const year = 365 * 86_400_000;
    this.#later(year * this.#host.random.between(0.7, 0.9), 'certificate renewal of', renew);
  }

  async #requestCertificate(pem: string, signerName: string, usage: string): Promise<string | undefined> {
    let certificate: string | undefined;
    await this.#insist('obtain a certificate', async () => {
      certificate = await requestCertificate(this.#api, pem, signerName, usage, this.#stopped.signal);
    });
    return certificate;
  }
}

/**
 * Posts a certificate request and watches it until the certificate is there.
 * @throws Error when it is denied or the watch ends first; ApiFailure, ConnectionError.
 */
export async function requestCertificate(
  api: ApiClient,
  pem: string,
  signerName: string,
  usage: string,
  signal: AbortSignal,
): Promise<string> {
  const created = await api.create<CertificateSigningRequest>(REQUESTS, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: '', generateName: 'csr-' },
    spec: { request: Buffer.from(pem).toString('base64'), signerName, usages: ['digital signature', usage] },
  });
  const query = `fieldSelector=metadata.name%3D${created.metadata.name}&resourceVersion=${created.metadata.resourceVersion}&timeoutSeconds=900&watch=true`;
  for await (const { type, object } of api.watch(`${REQUESTS}?${query}`, signal)) {
    const request = object as CertificateSigningRequest;
    if (type === 'DELETED') throw new Error('certificate signing request was deleted');
    if (type === 'ERROR') throw new Error('the watch expired');
    const denied = conditionOf(request, 'Denied') ?? conditionOf(request, 'Failed');
    if (denied)
      throw new Error(
        `certificate signing request is not approved: ${denied.reason ?? denied.type}: ${denied.message ?? ''}`,
      );
    if (request.status?.certificate) return Buffer.from(request.status.certificate, 'base64').toString('utf8');
  }
  throw new Error('timed out waiting for the certificate');
}
