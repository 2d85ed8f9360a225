import { SnapshotNotAsSent } from './errors.ts';
import type { SnapshotStore } from './ports.ts';
import { SAMPLE_BYTES, type SentObject } from './send-parts.ts';

/**
 * Reads a stored snapshot back, as far as proves that it is what was sent: length, checksum and encryption as the store has
 * them, and its first and last bytes. One that is not is removed.
 *
 * @throws SnapshotNotAsSent
 */
export async function verifyStored(store: SnapshotStore, cluster: string, id: string, sent: SentObject): Promise<void> {
  const differences = await differencesOf(store, cluster, id, sent);
  if (differences.length === 0) return;
  await store.remove(cluster, id, 'snapshot');
  throw new SnapshotNotAsSent(id, differences);
}

async function differencesOf(store: SnapshotStore, cluster: string, id: string, sent: SentObject): Promise<string[]> {
  const stored = await store.look(cluster, id);
  if (!stored) return ['it is not there'];
  if (stored.bytes !== sent.bytes) return [`${sent.bytes} bytes were sent, ${stored.bytes} are there`];
  const head = await store.read(cluster, id, 0, Math.min(SAMPLE_BYTES, sent.bytes) - 1);
  const tail = await store.read(cluster, id, Math.max(0, sent.bytes - SAMPLE_BYTES), sent.bytes - 1);
  return [
    ...(stored.crc32 === sent.crc32 ? [] : [`its CRC-32 is ${stored.crc32}, and ${sent.crc32} was sent`]),
    ...(stored.encryption.startsWith('aws:kms') ? [] : [`it is encrypted by ${stored.encryption}, not by KMS`]),
    ...(Buffer.compare(head, sent.head) === 0 ? [] : ['its first bytes are others']),
    ...(Buffer.compare(tail, sent.tail) === 0 ? [] : ['its last bytes are others']),
  ];
}
