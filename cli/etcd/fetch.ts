import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { chooseSnapshot } from '../../src/etcd/choose-snapshot.ts';
import { fetchSnapshot } from '../../src/etcd/fetch-snapshot.ts';
import { snapshotStoreOf } from '../../src/wiring/etcd-of.ts';
import type { Deployment } from '../deployment.ts';
import { FileExists } from '../errors.ts';
import { print, size } from '../print.ts';
import type { CommandContext } from '../surroundings.ts';

/**
 * Reads a whole snapshot and compares it with its record and with etcd's own trailer. Writes nothing.
 * @throws SnapshotNotFound, SnapshotForeign, SnapshotDamaged
 */
export async function verifySnapshot(
  context: CommandContext,
  { environment }: Deployment,
  cluster: string,
  id: string | undefined,
): Promise<void> {
  const store = snapshotStoreOf(environment);
  const record = await chooseSnapshot(cluster, id, store);
  await fetchSnapshot(record, store, drain);
  const { bytes, sha256 } = record.database;
  const value = { id: record.id, verified: true, bytes, sha256 };
  const fields = { id: record.id, verified: 'yes', database: `${size(bytes)}, SHA-256 ${sha256}` };
  print(context, value, { kind: 'fields', fields });
}

/**
 * Writes a snapshot's database to a file, as `etcdctl snapshot save` would have. The file is there when it was compared, or not at all; only its
 * owner can read it.
 * @throws FileExists, and as {@link verifySnapshot}
 */
export async function downloadSnapshot(
  context: CommandContext,
  { environment }: Deployment,
  cluster: string,
  id: string | undefined,
  target: { readonly to?: string; readonly force: boolean },
): Promise<void> {
  const store = snapshotStoreOf(environment);
  const record = await chooseSnapshot(cluster, id, store);
  const path = target.to ?? `${cluster}-${record.id}.db`;
  if (existsSync(path) && !target.force) throw new FileExists(path);
  const partial = `${path}.partial`;
  const file = await open(partial, 'w', 0o600);
  try {
    await fetchSnapshot(record, store, async (chunks) => {
      for await (const chunk of chunks) await file.write(chunk);
    });
    await file.sync();
    await file.close();
    await rename(partial, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
  const { bytes, sha256 } = record.database;
  const value = { id: record.id, file: path, bytes, sha256 };
  print(context, value, { kind: 'fields', fields: { id: record.id, file: path, database: size(bytes) } });
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}
