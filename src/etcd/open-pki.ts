import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { OpenedPki } from './drill-ports.ts';
import { PkiUnreadable } from './errors.ts';
import type { PkiBackup, PkiFiles, PkiKey, PkiStore } from './pki-ports.ts';

/** As `openssl enc -salt` begins: eight letters and eight bytes of salt. */
const MAGIC = 'Salted__';
const HEADER_BYTES = 16;
const ITERATIONS = 10_000;

/**
 * What is in a backup of PKI. The files are worth the whole cluster: they may be kept in memory, and told to nobody.
 * @throws PkiUnreadable, and what the key throws
 */
export async function openPki(backup: PkiBackup, key: PkiKey): Promise<PkiFiles> {
  const [password = '', fingerprint] = Buffer.from(await key.unwrap(Buffer.from(backup.key, 'base64')))
    .toString('utf8')
    .split('\n');
  const plain = decrypted(Buffer.from(backup.data, 'base64'), password);
  const hash = plain && createHash('sha256').update(plain).digest('hex');
  if (!plain || hash !== fingerprint || hash !== backup.fingerprint) throw new PkiUnreadable(backup.id);
  const lines = plain.toString('utf8').split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [name = '', content = ''] = line.split(' ');
      return [name, Buffer.from(content, 'base64').toString('utf8')];
    }),
  );
}

function decrypted(data: Buffer, password: string): Buffer | undefined {
  if (data.subarray(0, MAGIC.length).toString('latin1') !== MAGIC) return undefined;
  const derived = pbkdf2Sync(password, data.subarray(MAGIC.length, HEADER_BYTES), ITERATIONS, 48, 'sha256');
  const decipher = createDecipheriv('aes-256-ctr', derived.subarray(0, 32), derived.subarray(32));
  try {
    return gunzipSync(Buffer.concat([decipher.update(data.subarray(HEADER_BYTES)), decipher.final()]));
  } catch {
    return undefined;
  }
}

/**
 * The newest backup of a cluster's PKI with what is in it; undefined when there is none.
 * @throws as {@link openPki}
 */
export async function newestPki(
  cluster: string,
  store: Pick<PkiStore, 'newest' | 'lastLook'>,
  key: PkiKey,
): Promise<OpenedPki | undefined> {
  const [backup, look] = await Promise.all([store.newest(cluster), store.lastLook(cluster)]);
  if (!backup) return undefined;
  const lookedAt = look?.fingerprint === backup.fingerprint ? look.at : backup.takenAt;
  return { backup, lookedAt, files: await openPki(backup, key) };
}
