import type { Machine } from '../../simulator/instances/machine.ts';
import { ETCD_SPEED, paced } from '../etcd/asked.ts';
import type { TreeControlPlane } from '../kubeadm-tree/tree-control-plane.ts';
import type { LocalDeployment } from '../local-deployment.ts';

const WITHIN_MS = 3_600_000;

/** The control-plane instances that come in the place of those that were lost, and their members of etcd. */
export class Replacements {
  /** What they join; there before the first one is launched. */
  controlPlane: TreeControlPlane | undefined;
  readonly #deployment: LocalDeployment;
  readonly #joined: { readonly instanceId: string; readonly index: number }[] = [];

  constructor(deployment: LocalDeployment) {
    this.#deployment = deployment;
  }

  /** What `kubeadm join` does about etcd. @throws Error when there is no etcd to join */
  async join({ instanceId, privateIpAddress }: Machine): Promise<void> {
    if (!this.controlPlane) throw new Error('there is no etcd to join');
    await this.controlPlane.join(privateIpAddress);
    this.#joined.push({ instanceId, index: this.controlPlane.nodes.length - 1 });
  }

  /** Lets time pass until so many have joined and are in service, and tells each. @throws Error when they have not within an hour */
  async untilJoined(count: number, tell: (text: string) => void): Promise<void> {
    const { cloud } = this.#deployment;
    const until = cloud.world.now() + WITHIN_MS;
    const told = new Set<string>();
    await paced(cloud.world, ETCD_SPEED, () => {
      for (const { instanceId } of this.#joined) {
        if (told.has(instanceId)) continue;
        tell(`${instanceId}: its member was added as a learner, caught up, and votes`);
        told.add(instanceId);
      }
      return this.#inService().length >= count || cloud.world.now() > until;
    });
    if (this.#inService().length < count)
      throw new Error(`of ${count} replacements ${this.#inService().length} came into service within an hour`);
  }

  /** How many keys begin like this, by what the member of each says. */
  counts(prefix: string): Promise<readonly number[]> {
    const { controlPlane } = this;
    return Promise.all(this.#joined.map(async ({ index }) => (await controlPlane?.door(index).count(prefix)) ?? 0));
  }

  /** Those whose bootstrap has ended well. */
  #inService(): readonly unknown[] {
    return this.#deployment
      .executions('node-bootstrap')
      .filter(({ run }) => run.outcome?.status === 'SUCCEEDED')
      .filter(({ run }) => this.#joined.some(({ instanceId }) => run.inputText.includes(instanceId)));
  }
}
