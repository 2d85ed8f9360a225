import { CoreV1Api, StorageV1Api, type V1VolumeAttachment } from '@kubernetes/client-node';
import type { AttachedVolume, Volumes } from '../drains/ports.ts';
import { kubernetesCallUnless } from './errors.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/**
 * The volumes that are attached to nodes. No selector knows their node, so all VolumeAttachments are listed. Whose volume it is
 * stands in the PersistentVolume; a volume keeps its claim while it is attached, so each is read once.
 */
export function kubernetesVolumes(connection: KubernetesConnection): Volumes {
  const storage = connection.api(StorageV1Api);
  const core = connection.api(CoreV1Api);
  const claims = new Map<string, Promise<string | undefined>>();

  // 403: somebody left the rule for PersistentVolumes out. The drain then waits for every volume, which is safe.
  async function readClaim(name: string): Promise<string | undefined> {
    const volume = await kubernetesCallUnless([403, 404], core.readPersistentVolume({ name }));
    const { namespace, name: claim } = volume?.spec?.claimRef ?? {};
    return namespace !== undefined && claim !== undefined ? `${namespace}/${claim}` : undefined;
  }

  function claimOf(persistentVolume: string): Promise<string | undefined> {
    const claim = claims.get(persistentVolume) ?? readClaim(persistentVolume);
    claims.set(persistentVolume, claim);
    claim.catch(() => claims.delete(persistentVolume));
    return claim;
  }

  async function attachedVolume({ metadata, spec }: V1VolumeAttachment): Promise<AttachedVolume> {
    const persistentVolume = spec.source.persistentVolumeName ?? '';
    const claim = persistentVolume === '' ? undefined : await claimOf(persistentVolume);
    return { name: metadata?.name ?? '', persistentVolume, ...(claim !== undefined && { claim }) };
  }

  return {
    async attachedTo(nodeName) {
      const attachments = await listAll((page) => storage.listVolumeAttachment(page));
      return Promise.all(attachments.filter(({ spec }) => spec.nodeName === nodeName).map(attachedVolume));
    },
  };
}
