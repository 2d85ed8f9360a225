import type { Timer } from '../../world/world.ts';
import { type Condition, type KubeObject, type Pod, timeText } from '../api/objects.ts';
import { claimsOf } from '../api/volumes.ts';
import { type ApiClient, ApiFailure } from './api-client.ts';
import type { KubeletHost } from './kubelet-host.ts';
import type { PodTiming } from './pod-timing.ts';
import { isMirror, type StaticPod, StaticPods } from './static-pods.ts';
import { VolumeMounts } from './volume-mounts.ts';

/** Set to `true` on a pod whose containers ignore SIGTERM: it dies at the end of its grace period. */
export const IGNORES_SIGTERM = 'simulation/ignores-sigterm';
/** Set to `true` on a pod that never becomes Ready. */
export const NEVER_READY = 'simulation/never-ready';

const NETWORK_APPS = new Set([
  'aws-node',
  'calico-node',
  'cilium',
  'canal',
  'kube-flannel',
  'flannel',
  'kube-router',
  'weave-net',
]);

/** Whether a pod is the node's network plugin, by the names that the known ones give themselves. */
function isNetworkPod(pod: Pod): boolean {
  const labels = pod.metadata.labels ?? {};
  return ['k8s-app', 'app.kubernetes.io/name', 'app'].some((key) => NETWORK_APPS.has(labels[key] ?? ''));
}

export interface PodRunnerOptions {
  readonly host: KubeletHost;
  readonly nodeName: string;
  readonly api: () => ApiClient;
  readonly signal: AbortSignal;
  /** The network plugin came or went, or a volume was mounted or unmounted. */
  readonly onChange: () => void;
  readonly staticPods?: readonly StaticPod[];
  readonly timing?: PodTiming;
}

interface PodList extends KubeObject {
  items: Pod[];
}

interface Running {
  pod: Pod;
  state: 'starting' | 'running' | 'stopping';
  timer: Timer | undefined;
  restarts: number;
  /** When its containers last died, ISO 8601. */
  diedAt?: string;
}

const RETRY_MS = 5_000;

/** Runs the pods that are bound to one node: starts them, reports them, ends them gracefully, deletes them at last. */
export class PodRunner {
  readonly #options: PodRunnerOptions;
  readonly #running = new Map<string, Running>();
  readonly #mounts: VolumeMounts;
  readonly #statics: StaticPods;
  #addresses = 0;

  constructor(options: PodRunnerOptions) {
    this.#options = options;
    const { host, nodeName, api, signal, onChange } = options;
    this.#mounts = new VolumeMounts({ world: host.world, nodeName, api, onChange });
    this.#statics = new StaticPods(options.staticPods ?? [], {
      world: host.world,
      nodeName,
      api,
      isGone: () => signal.aborted,
      journal: (line) => host.journal(line),
    });
  }

  /** The volumes that it has mounted, as Node.status.volumesInUse names them. */
  get volumesInUse(): readonly string[] {
    return this.#mounts.inUse;
  }

  get networkPodRuns(): boolean {
    return [...this.#running.values()].some(({ pod, state }) => state === 'running' && isNetworkPod(pod));
  }

  /** Follows the node's pods until the kubelet stops; lists again whenever the watch ends or breaks. */
  async run(): Promise<void> {
    const { nodeName, signal, host, api } = this.#options;
    const selector = `fieldSelector=spec.nodeName%3D${nodeName}`;
    while (!signal.aborted) {
      try {
        const list = await api().get<PodList>(`/api/v1/pods?${selector}`);
        this.#reconcile(list.items);
        this.#statics.showMissing(list.items);
        const from = `watch=true&resourceVersion=${list.metadata.resourceVersion}`;
        for await (const { type, object } of api().watch(`/api/v1/pods?${from}&${selector}`, signal)) {
          if (type === 'ERROR') break;
          if (type !== 'DELETED') this.#observe(object as Pod);
          else {
            this.#forget(object.metadata.uid ?? '');
            if (isMirror(object as Pod)) this.#statics.restore(object as Pod);
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        host.journal(`Failed to watch pods: ${error instanceof Error ? error.message : String(error)}`);
        await this.#pause(RETRY_MS);
      }
    }
  }

  #reconcile(pods: readonly Pod[]): void {
    const present = new Set(pods.map((pod) => pod.metadata.uid ?? ''));
    for (const uid of [...this.#running.keys()]) if (!present.has(uid)) this.#forget(uid);
    for (const pod of pods) this.#observe(pod);
  }

  /** Tells the state of all pods that run once more, after the cluster took them for lost. */
  reportAgain(): void {
    for (const running of this.#running.values())
      if (running.state === 'running') this.#report(running.pod, this.#runningStatus(running));
  }

  stop(): void {
    for (const { timer } of this.#running.values()) timer?.cancel();
  }

  #pause(milliseconds: number): Promise<void> {
    const { host, signal } = this.#options;
    return new Promise((resolve) => {
      const timer = host.world.afterInBackground(milliseconds, 'kubelet relists pods', resolve);
      signal.addEventListener(
        'abort',
        () => {
          timer.cancel();
          resolve();
        },
        { once: true },
      );
    });
  }

  #observe(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const known = this.#running.get(uid);
    if (known) known.pod = pod;
    // Deleting what shows a static pod ends nothing: the kubelet takes the old one away at once and makes it anew.
    if (pod.metadata.deletionTimestamp && isMirror(pod)) this.#finish(pod);
    else if (pod.metadata.deletionTimestamp) this.#terminate(uid, pod);
    else if (!known && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded') this.#begin(uid, pod);
  }

  #forget(uid: string): void {
    const known = this.#running.get(uid);
    if (!known) return;
    known.timer?.cancel();
    this.#running.delete(uid);
    this.#mounts.unmount(known.pod);
    if (isNetworkPod(known.pod)) this.#options.onChange();
  }

  #begin(uid: string, pod: Pod): void {
    const running: Running = { pod, state: 'starting', timer: undefined, restarts: 0 };
    this.#running.set(uid, running);
    if (claimsOf(pod).length === 0) {
      this.#start(running);
      return;
    }
    const isGone = () =>
      this.#options.signal.aborted || this.#running.get(uid) !== running || running.state !== 'starting';
    void this.#mounts.mount(pod, isGone).then(() => {
      if (!isGone()) this.#start(running);
    });
  }

  #start(running: Running): void {
    const { host, timing } = this.#options;
    const { pod } = running;
    const seconds = timing?.startSeconds?.(pod) ?? host.random.between(1, 4);
    running.timer = host.world.after(seconds * 1000, `start pod ${pod.metadata.name}`, () => {
      running.state = 'running';
      this.#report(running.pod, this.#runningStatus(running));
      if (isNetworkPod(running.pod)) this.#options.onChange();
      this.#crashLater(running);
    });
  }

  #crashLater(running: Running): void {
    const { host, timing } = this.#options;
    const seconds = timing?.crashSeconds?.(running.pod);
    if (seconds === undefined) return;
    running.timer = host.world.afterInBackground(seconds * 1000, `pod ${running.pod.metadata.name} crashes`, () => {
      running.restarts += 1;
      running.diedAt = timeText(host.world.now());
      this.#report(running.pod, this.#runningStatus(running));
      this.#crashLater(running);
    });
  }

  #terminate(uid: string, pod: Pod): void {
    const { host, timing } = this.#options;
    const running = this.#running.get(uid) ?? { pod, state: 'running' as const, timer: undefined, restarts: 0 };
    const grace = pod.metadata.deletionGracePeriodSeconds ?? 30;
    if (running.state === 'stopping' && grace > 0) return;
    running.timer?.cancel();
    const wasNetwork = running.state === 'running' && isNetworkPod(pod);
    running.state = 'stopping';
    this.#running.set(uid, running);
    const ignores = pod.metadata.annotations?.[IGNORES_SIGTERM] === 'true';
    const wanted = ignores ? grace : (timing?.stopSeconds?.(pod) ?? host.random.between(1, 3));
    const seconds = Math.min(wanted, grace);
    running.timer = host.world.after(seconds * 1000, `stop pod ${pod.metadata.name}`, () => this.#finish(running.pod));
    if (wasNetwork) this.#options.onChange();
  }

  #finish(pod: Pod): void {
    const { api, host, signal } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    this.#mounts.unmount(pod);
    // A finalizer keeps the pod in the API; its containers have ended all the same, and it says so.
    const held = (pod.metadata.finalizers ?? []).length > 0 && pod.status?.phase === 'Running';
    if (held) this.#report(pod, this.#endedStatus(pod));
    const body = { gracePeriodSeconds: 0, preconditions: { uid } };
    api()
      .delete(`/api/v1/namespaces/${namespace}/pods/${name}`, body)
      .catch((error: unknown) => {
        if (error instanceof ApiFailure && (error.code === 404 || error.code === 409)) return;
        if (!signal.aborted) host.world.afterInBackground(RETRY_MS, `stop pod ${name} again`, () => this.#finish(pod));
      });
  }

  #report(pod: Pod, status: Pod['status']): void {
    const { api, host, signal } = this.#options;
    const { name, namespace } = pod.metadata;
    api()
      .patch(`/api/v1/namespaces/${namespace}/pods/${name}/status`, { status })
      .catch((error: unknown) => {
        if (error instanceof ApiFailure && error.code === 404) return;
        if (!signal.aborted)
          host.world.afterInBackground(RETRY_MS, `report pod ${name} again`, () => this.#report(pod, status));
      });
  }

  #endedStatus(pod: Pod): NonNullable<Pod['status']> {
    const now = timeText(this.#options.host.world.now());
    const phase = pod.metadata.annotations?.[IGNORES_SIGTERM] === 'true' ? 'Failed' : 'Succeeded';
    const ended = { type: 'Ready', status: 'False', reason: 'PodCompleted', lastTransitionTime: now };
    return { phase, conditions: [ended] };
  }

  #runningStatus({ pod, restarts, diedAt }: Running): NonNullable<Pod['status']> {
    const { host } = this.#options;
    const now = timeText(host.world.now());
    const ready = pod.metadata.annotations?.[NEVER_READY] !== 'true';
    const hostIP = host.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
    const podIP = pod.spec.hostNetwork ? hostIP : (pod.status?.podIP ?? this.#newAddress(hostIP));
    const condition = (type: string, holds: boolean): Condition => ({
      type,
      status: holds ? 'True' : 'False',
      lastProbeTime: null,
      lastTransitionTime: now,
      ...(!holds && { reason: 'ContainersNotReady', message: 'containers with unready status' }),
    });
    return {
      phase: 'Running',
      startTime: now,
      hostIP,
      hostIPs: [{ ip: hostIP }],
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: [
        condition('PodReadyToStartContainers', true),
        condition('Initialized', true),
        condition('Ready', ready),
        condition('ContainersReady', ready),
      ],
      containerStatuses: pod.spec.containers.map(({ name, image = '' }) => ({
        name,
        image,
        imageID: image,
        ready,
        started: true,
        restartCount: restarts,
        state: { running: { startedAt: now } },
        ...(diedAt !== undefined && {
          lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: diedAt } },
        }),
      })),
    };
  }

  /** Addresses from the node's own slice of 10.244.0.0/16, derived from its last two octets. */
  #newAddress(hostIP: string): string {
    this.#addresses += 1;
    const last = hostIP.split('.').at(-1) ?? '0';
    return `10.244.${last}.${(this.#addresses % 250) + 2}`;
  }
}
