import type { World } from '../../world/world.ts';
import type { Pod } from '../api/objects.ts';
import {
  attachmentName,
  claimsOf,
  uniqueNameOf,
  type Volume,
  type VolumeAttachment,
  type VolumeClaim,
} from '../api/volumes.ts';
import { type ApiClient, ApiFailure } from './api-client.ts';

export interface VolumeMountsOptions {
  readonly world: World;
  readonly nodeName: string;
  readonly api: () => ApiClient;
  /** What {@link VolumeMounts.inUse} says has changed. */
  readonly onChange: () => void;
}

const LOOK_EVERY_MS = 2_000;

/** What a kubelet has mounted: it says so before a volume is attached, waits for the attachment, and says when it let go. */
export class VolumeMounts {
  readonly #options: VolumeMountsOptions;
  readonly #mounted = new Map<string, readonly string[]>();

  constructor(options: VolumeMountsOptions) {
    this.#options = options;
  }

  /** For Node.status.volumesInUse. */
  get inUse(): readonly string[] {
    return [...new Set([...this.#mounted.values()].flat())].sort();
  }

  /** Resolves once all volumes of a pod are attached here, or `isGone` says that nobody waits any more. */
  async mount(pod: Pod, isGone: () => boolean): Promise<void> {
    const { world, onChange } = this.#options;
    for (;;) {
      const volumes = await this.#volumesOf(pod);
      if (isGone()) return;
      if (volumes && !this.#mounted.has(pod.metadata.uid ?? '')) {
        this.#mounted.set(pod.metadata.uid ?? '', volumes.map(uniqueNameOf));
        onChange();
      }
      if (volumes && (await this.#areAttached(volumes))) return;
      await new Promise<void>((resolve) => {
        world.afterInBackground(LOOK_EVERY_MS, `volumes of ${pod.metadata.name}`, resolve);
      });
      if (isGone()) return;
    }
  }

  unmount(pod: Pod): void {
    if (this.#mounted.delete(pod.metadata.uid ?? '')) this.#options.onChange();
  }

  /** Undefined while a claim is not bound. */
  async #volumesOf(pod: Pod): Promise<Volume[] | undefined> {
    const volumes: Volume[] = [];
    for (const name of claimsOf(pod)) {
      const claim = await this.#read<VolumeClaim>(
        `/api/v1/namespaces/${pod.metadata.namespace}/persistentvolumeclaims/${name}`,
      );
      if (!claim?.spec.volumeName) return undefined;
      const volume = await this.#read<Volume>(`/api/v1/persistentvolumes/${claim.spec.volumeName}`);
      if (!volume) return undefined;
      if (volume.spec.csi) volumes.push(volume);
    }
    return volumes;
  }

  async #areAttached(volumes: readonly Volume[]): Promise<boolean> {
    for (const volume of volumes) {
      const path = `/apis/storage.k8s.io/v1/volumeattachments/${attachmentName(volume, this.#options.nodeName)}`;
      const attachment = await this.#read<VolumeAttachment>(path);
      if (!attachment?.status?.attached || attachment.metadata.deletionTimestamp) return false;
    }
    return true;
  }

  async #read<T extends VolumeClaim | Volume | VolumeAttachment>(path: string): Promise<T | undefined> {
    try {
      return await this.#options.api().get<T>(path);
    } catch (error) {
      // Not there yet, or no answer just now: it looks again.
      if (error instanceof ApiFailure || error instanceof Error) return undefined;
      throw error;
    }
  }
}
