import { createHash } from 'node:crypto';
import type { Fields, KubeObject, Pod } from './objects.ts';

export interface VolumeClaim extends KubeObject {
  spec: { storageClassName?: string; volumeName?: string; accessModes?: string[]; [field: string]: unknown };
  status?: Fields;
}

export interface Volume extends KubeObject {
  spec: {
    claimRef?: { namespace?: string; name?: string };
    csi?: { driver: string; volumeHandle: string };
    accessModes?: string[];
    [field: string]: unknown;
  };
  status?: Fields;
}

export interface VolumeAttachment extends KubeObject {
  spec: { attacher: string; nodeName: string; source: { persistentVolumeName?: string } };
  status?: { attached: boolean };
}

export const CLAIMS = 'persistentvolumeclaims';
export const VOLUMES = 'persistentvolumes';
export const ATTACHMENTS = 'volumeattachments.storage.k8s.io';

const NO_CLAIMS: readonly string[] = [];

/** The names of the claims that a pod mounts, those of its generic ephemeral volumes too. */
export function claimsOf({ spec, metadata }: Pod): readonly string[] {
  if (!spec.volumes) return NO_CLAIMS;
  return spec.volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claim = (persistentVolumeClaim as { claimName?: string } | undefined)?.claimName;
    if (claim !== undefined) return [claim];
    return ephemeral === undefined ? [] : [`${metadata.name}-${String(name)}`];
  });
}

/** What CSI and the attach/detach controller call an attachment: a digest of volume, driver and node. */
export function attachmentName({ spec }: Volume, nodeName: string): string {
  const text = `${spec.csi?.volumeHandle}${spec.csi?.driver}${nodeName}`;
  return `csi-${createHash('sha256').update(text).digest('hex')}`;
}

/** How a Node's status names a volume. */
export function uniqueNameOf({ spec }: Volume): string {
  return `kubernetes.io/csi/${spec.csi?.driver}^${spec.csi?.volumeHandle}`;
}
