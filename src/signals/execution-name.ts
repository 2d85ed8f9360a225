import { createHash } from 'node:crypto';

/**
 * What an execution is called: the same for a signal that comes again (S2), since Step Functions starts no second one of a name. At most 80
 * characters, as it allows. A tag may hold what a name may not: then the execution starts all the same, and says that the cluster is not registered.
 *
 * @param reference what the signal is known by: a lifecycle action token, an event's id
 */
export function executionName(cluster: string, instanceId: string, reference: string): string {
  const digest = createHash('sha256').update(reference).digest('hex').slice(0, 12);
  return `${cluster.slice(0, 40).replace(/[^A-Za-z0-9_-]/g, '_')}-${instanceId}-${digest}`;
}
