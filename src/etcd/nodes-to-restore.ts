import type { SnapshotRecord } from './ports.ts';
import type { InspectedNode } from './restore-ports.ts';

/** Why a node cannot take a snapshot. */
export interface NodeProblem {
  readonly instanceId: string;
  readonly why: readonly string[];
}

/** It is there compressed and unpacked, and then restored: about two and a third times its size, and some for the log. */
const SPACE_FACTOR = 2.5;
const LOG_BYTES = 200 * 1024 ** 2;

/** On which nodes the snapshot could be restored, those with most space first, and what hinders the others. */
export function canRestore(
  nodes: readonly InspectedNode[],
  { database }: Pick<SnapshotRecord, 'database'>,
  acceptRestarts: boolean,
): { readonly able: readonly InspectedNode[]; readonly problems: readonly NodeProblem[] } {
  const judged = nodes.map((node) => ({ node, why: problemsOf(node, database.bytes, acceptRestarts) }));
  const able = judged.filter(({ why }) => why.length === 0).map(({ node }) => node);
  return {
    able: able.sort((a, b) => b.freeBytes - a.freeBytes || (a.instanceId < b.instanceId ? -1 : 1)),
    problems: judged.flatMap(({ node, why }) => (why.length > 0 ? [{ instanceId: node.instanceId, why }] : [])),
  };
}

function problemsOf(node: InspectedNode, databaseBytes: number, acceptRestarts: boolean): readonly string[] {
  if (!node.etcd) return ['it has no static manifest of etcd'];
  const programs = (['crictl', 'curl', 'zstd', 'aws'] as const).filter((program) => !node[program]);
  const needed = Math.ceil(databaseBytes * SPACE_FACTOR + LOG_BYTES);
  const place = [node.name, node.peerUrl, node.dataDir];
  return [
    ...programs.map((program) => `there is no ${program}`),
    ...(place.every((one) => one !== '')
      ? []
      : ['its manifest names no --name, --data-dir or --initial-advertise-peer-urls']),
    ...(node.freeBytes >= needed ? [] : [`${node.freeBytes} bytes are free, ${needed} are needed`]),
    ...(acceptRestarts || canBump(node.etcdutl) ? [] : [tooOld(node)]),
  ];
}

function tooOld({ etcdutl, image }: InspectedNode): string {
  const found = etcdutl === '' ? `${image} has no etcdutl` : `etcdutl of ${image} is ${etcdutl}`;
  return `${found}, and only 3.5.10 and later can bump revisions; "acceptRestarts": true goes without, and then every kubelet and controller has to be restarted`;
}

/** Whether this etcdutl can bump revisions and mark them compacted (S28; etcd's changelog of 3.5.10). */
export function canBump(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && (minor > 5 || (minor === 5 && patch >= 10)));
}
