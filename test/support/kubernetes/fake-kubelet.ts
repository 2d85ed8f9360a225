import type { ContractTarget, KubernetesObject } from './contract-target.ts';
import { administrator, kubelet } from './identities.ts';

/**
 * What a kubelet would do for one node that nobody runs: registers it, says that it is Ready, renews its lease, and finishes
 * the deletion of its pods. Acts only when called, so that a test sees every state between.
 */
export class FakeKubelet {
  readonly #target: ContractTarget;
  readonly nodeName: string;

  constructor(target: ContractTarget, nodeName: string) {
    this.#target = target;
    this.nodeName = nodeName;
  }

  /** Creates the Node as its kubelet does, with Tender's startup taint, and its lease. */
  async register(labels: Readonly<Record<string, string>> = {}): Promise<KubernetesObject> {
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: this.nodeName, labels: { 'kubernetes.io/hostname': this.nodeName, ...labels } },
      spec: { providerID: `aws:///us-east-1a/${this.nodeName}` },
    };
    const created = await this.#send('POST', '/api/v1/nodes', node, 201);
    await this.#send('POST', this.#leases(), this.#lease(), 201);
    return created;
  }

  /** Writes the Ready condition and the addresses into the Node's status. */
  async reportReady(): Promise<KubernetesObject> {
    const now = this.#timestamp();
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
    const status = {
      conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
      addresses: [{ type: 'InternalIP', address: '10.0.1.23' }],
    };
    const path = `/api/v1/nodes/${this.nodeName}/status`;
    return this.#send('PATCH', path, { status }, 200, 'application/strategic-merge-patch+json');
  }

  async renewLease(): Promise<KubernetesObject> {
    const path = `${this.#leases()}/${this.nodeName}`;
    const lease = await this.#send('GET', path, undefined, 200);
    return this.#send('PUT', path, { ...lease, spec: { ...lease.spec, renewTime: this.#microTimestamp() } }, 200);
  }

  /** Removes the pods of the node whose deletion has begun. Without a kubelet a graceful deletion never ends. */
  async finishDeletions(): Promise<readonly string[]> {
    const list = `/api/v1/pods?fieldSelector=spec.nodeName%3D${this.nodeName}`;
    const pods = (await this.#target.send(administrator, 'GET', list)).body.items as KubernetesObject[];
    const leaving = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    for (const { metadata } of leaving) {
      const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
      await this.#target.send(kubelet(this.nodeName), 'DELETE', path, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        gracePeriodSeconds: 0,
      });
    }
    return leaving.map(({ metadata }) => metadata.name as string);
  }

  async #send(method: string, path: string, body: unknown, expected: number, type?: string): Promise<KubernetesObject> {
    const answer = await this.#target.send(kubelet(this.nodeName), method, path, body, type);
    if (answer.status !== expected)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body.message ?? answer.body.text}`);
    return answer.body;
  }

  #leases(): string {
    return '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  }

  #lease(): KubernetesObject {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: this.nodeName, namespace: 'kube-node-lease' },
      spec: { holderIdentity: this.nodeName, leaseDurationSeconds: 40, renewTime: this.#microTimestamp() },
    };
  }

  #timestamp(): string {
    return new Date(this.#target.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  /** Leases carry microseconds. */
  #microTimestamp(): string {
    return new Date(this.#target.now()).toISOString().replace('Z', '000Z');
  }
}
