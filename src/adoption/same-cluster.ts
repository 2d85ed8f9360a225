import { load } from 'js-yaml';
import { KubeconfigOfOtherCluster } from './errors.ts';
import type { AdoptionRecord } from './ports.ts';

/** A cluster, by what tells it from others. */
export interface Identity {
  readonly endpoint: string;
  /** PEM. */
  readonly certificateAuthority: string;
  /** Of its namespace kube-system. */
  readonly uid: string;
}

/**
 * Makes sure that a kubeconfig leads to the cluster of a name: by its UID where an adoption is on record, else by the entry that is registered, of which the
 * endpoint or the authority has to be the same. Where nothing is known there is nothing to compare with.
 * @throws KubeconfigOfOtherCluster
 */
export function assertSameCluster(
  name: string,
  there: Identity,
  { record, entry }: { readonly record: AdoptionRecord | undefined; readonly entry: string | null },
): void {
  const found = `${there.endpoint} (kube-system ${there.uid})`;
  if (record?.uid !== undefined) {
    if (record.uid !== there.uid) throw new KubeconfigOfOtherCluster(name, found, `kube-system ${record.uid}`);
    return;
  }
  const own = kubernetesOf(entry);
  if (!own) return;
  const authority = Buffer.from(String(own.certificateAuthority ?? ''), 'base64').toString('utf8');
  if (own.endpoint === there.endpoint || authority.trim() === there.certificateAuthority.trim()) return;
  throw new KubeconfigOfOtherCluster(name, found, String(own.endpoint));
}

/** What an entry says of its API server; a broken one says nothing. */
function kubernetesOf(entry: string | null): Readonly<Record<string, unknown>> | undefined {
  if (entry === null) return undefined;
  try {
    const { kubernetes } = load(entry) as { readonly kubernetes?: Readonly<Record<string, unknown>> };
    return typeof kubernetes === 'object' ? kubernetes : undefined;
  } catch {
    return undefined;
  }
}
