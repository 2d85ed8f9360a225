import { setTimeout as sleep } from 'node:timers/promises';
import type { EtcdCluster } from './etcd-cluster.ts';

const MIB = 1024 * 1024;

/** Leaves twelve MiB on every member, of which one is in use. */
export async function makeHoles(cluster: EtcdCluster): Promise<void> {
  const writer = cluster.writer();
  for (let index = 0; index < 12; index += 1) await writer.put('/same', Buffer.alloc(MIB, index));
  const members = cluster.names.map((name) => cluster.open(name));
  await cluster.open().compact((await cluster.open().status()).revision);
  // Pages are free only after the next write.
  for (let tries = 0; tries < 100; tries += 1) {
    await writer.put('/other', 'x');
    const statuses = await Promise.all(members.map((member) => member.status()));
    if (statuses.every((one) => one.databaseBytesInUse * 2 < one.databaseBytes)) break;
    await sleep(100);
  }
  writer.close();
}
