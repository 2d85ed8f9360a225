import type { HealthDocument } from '../health/health-document.ts';
import type { HealthSight } from '../updates/sight.ts';

/** What only concerns pages and repairs is left out: leftovers of nodes that are gone, images, and what could not be looked at once. */
const OF_NODES = ['node', 'instance'];
const OF_CLUSTER = ['etcd-member', 'etcd', 'api-server', 'daemon-set', 'core-dns', 'targets'];
/** Of which some are always about to start. */
const OF_PODS = ['daemon-set', 'core-dns'];

/** What the last health pass says to an update. */
export function healthSight(document: Pick<HealthDocument, 'at' | 'findings' | 'breakers'> | undefined): HealthSight {
  if (!document) return { at: '', findings: [], breakers: [] };
  const findings = document.findings.flatMap(({ id, kind, instanceId, groupName, symptoms }) => {
    const about = OF_NODES.includes(kind) ? ('node' as const) : ('cluster' as const);
    if (about === 'cluster' && !OF_CLUSTER.includes(kind)) return [];
    // Where pods come and go one of them is not ready now and then.
    if (OF_PODS.includes(kind) && symptoms.every(({ dueAt }) => dueAt > document.at)) return [];
    // What has no ladder is only shown.
    if (about === 'node' && symptoms.every(({ ladder }) => ladder.length === 0)) return [];
    return [{ about, instanceId, groupName, words: `${id}: ${symptoms[0].words}` }];
  });
  const breakers = document.breakers.filter(({ open }) => open).map(({ name, words }) => ({ name, words }));
  return { at: document.at, findings, breakers };
}
