import * as z from 'zod/mini';
import { InstanceNotClaimed } from '../loadbalancers/errors.ts';
import type { Departures, NotedTarget } from '../loadbalancers/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { AwsUnavailable } from './errors.ts';
import { NotedTarget as StoredTarget } from './noted-target.ts';
import { s3JsonObjects } from './s3-json-objects.ts';

/** The claim's other fields are those of the claim store, and stay as they are. */
const Claim = z.looseObject({ owner: z.optional(z.string()), deregistered: z.optional(z.array(StoredTarget)) });

/** A claim changes when somebody shortens its deadline: rarely, and never so often in a row. */
const MAXIMUM_TURNS = 10;

/** What was taken out of load balancers, noted in the claim of the instance: `claims/<cluster>/<instanceId>.json` in the state bucket. */
export function s3Departures(aws: AwsAccess, bucket: string): Departures {
  const objects = s3JsonObjects(aws, bucket, Claim);
  const key = (cluster: string, instanceId: string) => `claims/${cluster}/${instanceId}.json`;

  /** Whether there is a claim; its note is then as `change` makes it. */
  async function change(at: string, next: (noted: readonly NotedTarget[]) => readonly NotedTarget[]): Promise<boolean> {
    for (let turn = 0; turn < MAXIMUM_TURNS; turn += 1) {
      const held = await objects.read(at);
      if (!held) return false;
      const { deregistered, ...claim } = held.value;
      const noted = next(deregistered ?? []);
      const value = { ...claim, ...(noted.length > 0 && { deregistered: [...noted] }) };
      if ((await objects.write(at, value, held.etag)) === 'written') return true;
    }
    throw new AwsUnavailable(`s3://${bucket}/${at} changed ${MAXIMUM_TURNS} times while it was being written`);
  }

  return {
    noted: async (cluster, instanceId) => (await objects.read(key(cluster, instanceId)))?.value.deregistered ?? [],
    async notedBy(owner, cluster, instanceId) {
      const claim = (await objects.read(key(cluster, instanceId)))?.value;
      return claim?.owner === owner ? (claim.deregistered ?? []) : [];
    },
    async note(cluster, instanceId, targets) {
      const claimed = await change(key(cluster, instanceId), (noted) => merged(noted, targets));
      if (!claimed) throw new InstanceNotClaimed(cluster, instanceId);
    },
    async forget(cluster, instanceId) {
      await change(key(cluster, instanceId), () => []);
    },
  };
}

function merged(some: readonly NotedTarget[], more: readonly NotedTarget[]): readonly NotedTarget[] {
  const keyOf = ({ idle: _, ...target }: NotedTarget) => JSON.stringify(Object.entries(target).sort());
  return [...new Map([...some, ...more].map((target) => [keyOf(target), target])).values()];
}
