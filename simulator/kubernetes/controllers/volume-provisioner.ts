import { createHash } from 'node:crypto';
import type { KubeObject } from '../api/objects.ts';
import { CLAIMS, VOLUMES, type Volume, type VolumeClaim } from '../api/volumes.ts';
import type { ControllerContext } from './controller-context.ts';

const CLASSES = 'storageclasses.storage.k8s.io';
const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class';
const PROVISION_MS = 1_000;

/** Makes a volume for each claim of a class that has a provisioner, and binds the two. A cluster without classes makes none. */
export class VolumeProvisioner {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
    context.store.listen(CLAIMS, ({ type, object }) => {
      const { metadata, spec } = object as VolumeClaim;
      if (type !== 'ADDED' || spec.volumeName) return;
      const provision = () => this.#provision(metadata.name, metadata.namespace ?? '');
      if (this.#provisionerOf(object as VolumeClaim))
        context.world.after(PROVISION_MS, `provision ${metadata.name}`, provision);
    });
  }

  #provisionerOf({ spec }: VolumeClaim): string | undefined {
    const classes = this.#context.store.list<KubeObject & { provisioner?: string }>(CLASSES);
    const chosen = classes.find(({ metadata }) =>
      spec.storageClassName === undefined
        ? metadata.annotations?.[IS_DEFAULT] === 'true'
        : metadata.name === spec.storageClassName,
    );
    return chosen?.provisioner;
  }

  #provision(name: string, namespace: string): void {
    const { store } = this.#context;
    const claim = store.find<VolumeClaim>(CLAIMS, name, namespace);
    const driver = claim && this.#provisionerOf(claim);
    if (!claim || driver === undefined || claim.spec.volumeName) return;
    const { uid = '' } = claim.metadata;
    const volumeHandle = `vol-0${createHash('sha256').update(uid).digest('hex').slice(0, 16)}`;
    const volume = store.create<Volume>(VOLUMES, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `pvc-${uid}`, annotations: { 'pv.kubernetes.io/provisioned-by': driver } },
      spec: {
        accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { namespace, name },
        csi: { driver, volumeHandle },
      },
      status: { phase: 'Bound' },
    });
    store.change<VolumeClaim>(CLAIMS, name, namespace, (draft) => {
      draft.spec.volumeName = volume.metadata.name;
      draft.status = { phase: 'Bound' };
    });
  }
}
