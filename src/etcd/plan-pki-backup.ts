import { PkiNotReachable } from './errors.ts';
import type { ControlPlaneInstances, PkiKey, PkiStore } from './pki-ports.ts';

/** What a backup of PKI needs to begin. */
export interface PkiPlan {
  readonly instanceId: string;
  /** The public key of KMS, DER in base64. */
  readonly recipient: string;
  /** Of the backup that there is; `none` when there is none. */
  readonly known: string;
  /** Nobody could look for a day. */
  readonly overdue: boolean;
}

const DAY_MS = 86_400_000;
const TURN_MS = 60_000;

/**
 * Says on which instance the PKI is read, for whom it is encrypted, and what is known of it. Another instance is chosen each minute, so that
 * one that takes no commands hinders one run, and not all. Reads only.
 * @throws PkiNotReachable
 */
export async function planPkiBackup(
  cluster: string,
  instances: ControlPlaneInstances,
  store: PkiStore,
  key: PkiKey,
  now: Date,
): Promise<PkiPlan> {
  const [running, look, newest, recipient] = await Promise.all([
    instances.running(),
    store.lastLook(cluster),
    store.newest(cluster),
    key.publicKey(),
  ]);
  const instanceId = running[Math.floor(now.getTime() / TURN_MS) % running.length];
  if (instanceId === undefined) throw new PkiNotReachable(cluster);
  const overdue = look === undefined || now.getTime() - Date.parse(look.at) > DAY_MS;
  return { instanceId, recipient, known: newest?.fingerprint ?? 'none', overdue };
}
