import type { ContractTarget, KubernetesObject } from './contract-target.ts';
import { FakeKubelet } from './fake-kubelet.ts';
import { administrator } from './identities.ts';

const LOOK_EVERY_MS = 100;

/**
 * Scheduler and kubelets of a cluster that has neither: binds pods, says that they run, and finishes their deletions, for as long as
 * it is not stopped. A DaemonSet's pod goes to its node, every other one to {@link FakeFleet.home}.
 */
export class FakeFleet {
  readonly #target: ContractTarget;
  readonly #kubelets: readonly FakeKubelet[];
  #stopped: Promise<void> | undefined;
  #running = false;
  /** Where new pods go. */
  home: string;

  constructor(target: ContractTarget, nodeNames: readonly string[]) {
    this.#target = target;
    this.#kubelets = nodeNames.map((name) => new FakeKubelet(target, name));
    this.home = nodeNames[0] ?? '';
  }

  async start(labels: (nodeName: string) => Readonly<Record<string, string>>): Promise<void> {
    for (const kubelet of this.#kubelets) {
      await kubelet.register(labels(kubelet.nodeName));
      await kubelet.reportReady();
    }
    this.#running = true;
    this.#stopped = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#stopped;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const { body } = await this.#target.send(administrator, 'GET', '/api/v1/pods');
      const pods = body.items as KubernetesObject[];
      await Promise.all(pods.map((pod) => this.#advance(pod)));
      await Promise.all(this.#kubelets.map((kubelet) => kubelet.finishDeletions()));
      await this.#target.pass(LOOK_EVERY_MS);
    }
  }

  async #advance(pod: KubernetesObject): Promise<void> {
    const { metadata, spec, status } = pod;
    if (metadata.deletionTimestamp !== undefined || status.phase !== 'Pending') return;
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
    if (spec.nodeName === undefined) {
      const target = { apiVersion: 'v1', kind: 'Node', name: nodeOf(pod) ?? this.home };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: metadata.name }, target };
      await this.#target.send(administrator, 'POST', `${path}/binding`, binding);
    }
    const lastTransitionTime = new Date(this.#target.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const told = metadata.labels?.phase === 'Succeeded' ? 'Succeeded' : 'Running';
    const ready = { type: 'Ready', status: told === 'Running' ? 'True' : 'False', lastTransitionTime };
    const body = { status: { phase: told, conditions: [ready] } };
    await this.#target.send(administrator, 'PATCH', `${path}/status`, body, 'application/strategic-merge-patch+json');
  }
}

/** The DaemonSet controller pins its pods by affinity and leaves the rest to the scheduler. */
function nodeOf({ spec }: KubernetesObject): string | undefined {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values[0];
}
