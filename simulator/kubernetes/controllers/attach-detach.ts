import { type ClusterNode, conditionOf, type Pod, timeText } from '../api/objects.ts';
import type { Change } from '../api/store.ts';
import {
  ATTACHMENTS,
  attachmentName,
  CLAIMS,
  claimsOf,
  uniqueNameOf,
  VOLUMES,
  type Volume,
  type VolumeAttachment,
  type VolumeClaim,
} from '../api/volumes.ts';
import { type ControllerContext, recordEvent } from './controller-context.ts';
import { WorkQueue } from './work-queue.ts';

/** maxWaitForUnmountDuration: so long a volume is left to a node that is not healthy and has not said that it let go. */
const UNMOUNT_MS = 360_000;
export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
const FINALIZER = 'external-attacher/';

/**
 * The attach/detach controller and the CSI driver's attacher. A volume is attached where a pod needs it and is nowhere else, and
 * detached some seconds after its last pod there is gone and the kubelet has unmounted it. A kubelet that says nothing
 * more keeps it for six minutes, unless its node carries the out-of-service taint. Costs nothing where no pod has a claim.
 */
export class AttachDetachController {
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue;
  /** Since when a volume should be gone from a node, epoch milliseconds, by attachment. */
  readonly #unwanted = new Map<string, number>();
  /** What nodes that were deleted last said they had mounted. */
  readonly #lastInUse = new Map<string, readonly string[]>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#queue = new WorkQueue(context.world, 'attach-detach', 100, (key) => this.#reconcile(key));
    context.store.listen('pods', ({ object, previous }) => {
      for (const pod of [object, previous]) if (pod) this.#lookAt(pod as Pod);
    });
    context.store.listen('nodes', (change) => this.#onNode(change));
    context.store.listen(CLAIMS, ({ object, previous }) => this.#onClaim(object as VolumeClaim, previous));
    context.store.listen(ATTACHMENTS, (change) => this.#onAttachment(change));
  }

  #lookAt(pod: Pod): void {
    const { nodeName } = pod.spec;
    if (!nodeName) return;
    for (const volume of this.#volumesOf(pod)) this.#queue.add(`${nodeName} ${volume.metadata.name}`);
  }

  #volumesOf(pod: Pod): Volume[] {
    const { store } = this.#context;
    return claimsOf(pod).flatMap((name) => {
      const claim = store.find<VolumeClaim>(CLAIMS, name, pod.metadata.namespace);
      const volume = store.find<Volume>(VOLUMES, claim?.spec.volumeName ?? '');
      return volume?.spec.csi ? [volume] : [];
    });
  }

  #onNode({ type, object, previous }: Change): void {
    const { store } = this.#context;
    const node = object as ClusterNode;
    if (type === 'DELETED') this.#lastInUse.set(node.metadata.name, node.status?.volumesInUse ?? []);
    else this.#lastInUse.delete(node.metadata.name);
    if (store.count(ATTACHMENTS) === 0) return;
    if (type === 'MODIFIED' && sameForVolumes(previous as ClusterNode, node)) return;
    for (const { spec } of store.list<VolumeAttachment>(ATTACHMENTS))
      if (spec.nodeName === node.metadata.name) this.#queue.add(`${spec.nodeName} ${spec.source.persistentVolumeName}`);
  }

  #onClaim(claim: VolumeClaim, previous: unknown): void {
    const bound = claim.spec.volumeName && (previous as VolumeClaim | undefined)?.spec.volumeName === undefined;
    if (!bound) return;
    for (const pod of this.#context.store.list<Pod>('pods', claim.metadata.namespace))
      if (claimsOf(pod).includes(claim.metadata.name)) this.#lookAt(pod);
  }

  #onAttachment({ type, object, previous }: Change): void {
    const attachment = object as VolumeAttachment;
    const before = previous as VolumeAttachment | undefined;
    if (type === 'DELETED') this.#offerAgain(attachment);
    // Whoever deletes an attachment, the driver's finalizer holds it until the volume is detached.
    else if (attachment.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp) this.#release(attachment);
  }

  /** The volume is free: whoever waits for it may have it now. */
  #offerAgain({ spec }: VolumeAttachment): void {
    const { store } = this.#context;
    const volume = store.find<Volume>(VOLUMES, spec.source.persistentVolumeName ?? '');
    const { namespace, name } = volume?.spec.claimRef ?? {};
    if (name === undefined) return;
    for (const pod of store.list<Pod>('pods', namespace)) if (claimsOf(pod).includes(name)) this.#lookAt(pod);
  }

  #reconcile(key: string): void {
    const { store } = this.#context;
    const [nodeName = '', volumeName = ''] = key.split(' ');
    const volume = store.find<Volume>(VOLUMES, volumeName);
    if (!volume) return;
    const attachment = store.find<VolumeAttachment>(ATTACHMENTS, attachmentName(volume, nodeName));
    if (this.#wanted(volume, nodeName)) {
      this.#unwanted.delete(key);
      if (!attachment) this.#attach(volume, nodeName);
    } else if (attachment && !attachment.metadata.deletionTimestamp) this.#letGo(key, volume, attachment);
  }

  #wanted(volume: Volume, nodeName: string): boolean {
    const { store } = this.#context;
    if (!store.find('nodes', nodeName)) return false;
    return store.podsOn<Pod>(nodeName).some((pod) => {
      const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
      return !finished && this.#volumesOf(pod).some(({ metadata }) => metadata.name === volume.metadata.name);
    });
  }

  #attach(volume: Volume, nodeName: string): void {
    const { store } = this.#context;
    const { name } = volume.metadata;
    const shared = volume.spec.accessModes?.includes('ReadWriteMany') ?? false;
    const elsewhere = store
      .list<VolumeAttachment>(ATTACHMENTS)
      .some(({ spec }) => spec.source.persistentVolumeName === name);
    if (elsewhere && !shared) this.#tellWaiting(volume, nodeName);
    else this.#createAttachment(volume, nodeName);
  }

  #createAttachment(volume: Volume, nodeName: string): void {
    const { store } = this.#context;
    const { name } = volume.metadata;
    const driver = volume.spec.csi?.driver ?? '';
    const attachment = store.create<VolumeAttachment>(ATTACHMENTS, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: {
        name: attachmentName(volume, nodeName),
        annotations: { 'csi.alpha.kubernetes.io/node-id': nodeName },
        finalizers: [`${FINALIZER}${driver.replaceAll('.', '-')}`],
      },
      spec: { attacher: driver, nodeName, source: { persistentVolumeName: name } },
      status: { attached: false },
    });
    this.#soon(attachment, 'attach', 2, 6, () => this.#finishAttach(volume, attachment));
  }

  #finishAttach(volume: Volume, { metadata, spec }: VolumeAttachment): void {
    const changed = this.#context.store.change<VolumeAttachment>(ATTACHMENTS, metadata.name, undefined, (draft) => {
      draft.status = { attached: true };
    });
    if (!changed || changed.metadata.deletionTimestamp) return;
    const name = uniqueNameOf(volume);
    this.#report(spec.nodeName, (attached) => [...attached, { name, devicePath: '' }]);
    const message = `AttachVolume.Attach succeeded for volume "${volume.metadata.name}"`;
    for (const pod of this.#podsWith(volume, spec.nodeName))
      recordEvent(this.#context, 'attachdetach-controller', pod, 'Normal', 'SuccessfulAttachVolume', message);
  }

  #tellWaiting(volume: Volume, nodeName: string): void {
    const why = "Volume is already exclusively attached to one node and can't be attached to another";
    const message = `Multi-Attach error for volume "${volume.metadata.name}" ${why}`;
    for (const pod of this.#podsWith(volume, nodeName))
      recordEvent(this.#context, 'attachdetach-controller', pod, 'Warning', 'FailedAttachVolume', message);
  }

  #podsWith(volume: Volume, nodeName: string): Pod[] {
    const uses = (pod: Pod) => this.#volumesOf(pod).some(({ metadata }) => metadata.name === volume.metadata.name);
    return this.#context.store.podsOn<Pod>(nodeName).filter(uses);
  }

  #letGo(key: string, volume: Volume, attachment: VolumeAttachment): void {
    const { store, world } = this.#context;
    const { nodeName } = attachment.spec;
    const since = this.#unwanted.get(key) ?? world.now();
    const waited = world.now() - since;
    const node = store.find<ClusterNode>('nodes', nodeName);
    const inUse = node ? (node.status?.volumesInUse ?? []) : (this.#lastInUse.get(nodeName) ?? []);
    const healthy = node !== undefined && conditionOf(node, 'Ready')?.status === 'True';
    const forced = isOutOfService(node) || (!healthy && waited >= UNMOUNT_MS);
    if (inUse.includes(uniqueNameOf(volume)) && !forced) {
      if (!this.#unwanted.has(key))
        world.afterInBackground(UNMOUNT_MS, `unmount of ${volume.metadata.name}`, () => this.#queue.add(key));
      this.#unwanted.set(key, since);
      return;
    }
    this.#unwanted.delete(key);
    store.change<VolumeAttachment>(ATTACHMENTS, attachment.metadata.name, undefined, (draft) => {
      draft.metadata.deletionTimestamp = timeText(world.now());
      draft.metadata.deletionGracePeriodSeconds = 0;
    });
  }

  #release(attachment: VolumeAttachment): void {
    const { store, log } = this.#context;
    const { metadata, spec } = attachment;
    if (!metadata.finalizers?.some((finalizer) => finalizer.startsWith(FINALIZER))) return;
    const volume = store.find<Volume>(VOLUMES, spec.source.persistentVolumeName ?? '');
    const name = volume && uniqueNameOf(volume);
    this.#report(spec.nodeName, (attached) => attached.filter((each) => each.name !== name));
    this.#soon(attachment, 'detach', 2, 8, () => {
      store.remove(ATTACHMENTS, metadata.name);
      log('VolumeDetached', { volume: spec.source.persistentVolumeName ?? '', node: spec.nodeName });
    });
  }

  /** Node.status.volumesAttached, by which kubelets know what they may mount. */
  #report(nodeName: string, edit: (attached: { name: string; devicePath: string }[]) => object[]): void {
    this.#context.store.change<ClusterNode>('nodes', nodeName, undefined, (draft) => {
      const attached = edit((draft.status?.volumesAttached ?? []) as { name: string; devicePath: string }[]);
      const { volumesAttached: _, ...status } = draft.status ?? {};
      draft.status = { ...status, ...(attached.length > 0 && { volumesAttached: attached as never }) };
    });
  }

  #soon({ metadata }: VolumeAttachment, what: string, from: number, to: number, run: () => void): void {
    const { world } = this.#context;
    const seconds = world.random.for(`${what}:${metadata.name}`).between(from, to);
    world.after(seconds * 1000, `${what} ${metadata.name.slice(0, 12)}`, run);
  }
}

/** Whether somebody who knows has declared a node's machine dead. */
export function isOutOfService(node: ClusterNode | undefined): boolean {
  return (node?.spec.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE);
}

function sameForVolumes(before: ClusterNode, after: ClusterNode): boolean {
  const ready = (node: ClusterNode) => conditionOf(node, 'Ready')?.status;
  const inUse = (node: ClusterNode) => (node.status?.volumesInUse ?? []).join(' ');
  return (
    ready(before) === ready(after) && inUse(before) === inUse(after) && isOutOfService(before) === isOutOfService(after)
  );
}
