import type { AwsAccess } from '../aws/aws-access.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { ClusterMisconfigured } from '../clusters/errors.ts';
import type { Environment } from '../runtime/settings.ts';
import type { Origin } from '../signals/ports.ts';
import { inItsAccount, openRegistry } from './registered-cluster.ts';

/** What was found in the place that an event comes from. */
export interface FoundThere<T> {
  readonly found: T;
  /** Whether it lies in another account or region than this deployment. */
  readonly elsewhere: boolean;
  /** Whether an event from there may speak for the cluster of this name. */
  believes(cluster: string | undefined): boolean;
}

/** Asks AWS in the place that an event comes from. */
export interface SignalPlaces {
  /** undefined when the place is no registered cluster's. `place` is its account and region: `123456789012/us-east-1`. */
  ask<T>(origin: Origin, question: (aws: AwsAccess, place: string) => Promise<T>): Promise<FoundThere<T> | undefined>;
  /** Whether a cluster of this name is registered, in an entry that can be used, that an event from there may speak for. */
  believes(cluster: string, origin: Origin): Promise<boolean>;
}

/**
 * The places that signals come from: this deployment's own account and region, and those of registered clusters, as their roles. Does no I/O.
 *
 * An event of another account is believed only where a registered cluster lives in that account and region, and only about those clusters:
 * whoever may forward events to our bus must not speak for others.
 * The first cluster's role that AWS lets in answers for all of its account and region: one that is misconfigured does not stop the others.
 */
export function signalPlaces(home: AwsAccess, ownAccount: string, environment: Environment): SignalPlaces {
  const registry = openRegistry(home, environment);
  return {
    async believes(name, origin) {
      // By its name: many nodes tell at once, and what was read is believed for a minute.
      const cluster = await registry.find(name).catch(noneIfBroken);
      if (cluster === undefined) return false;
      return isHome(origin, ownAccount, home.region) || livesThere(cluster, origin, ownAccount, home.region);
    },
    async ask(origin, question) {
      const place = `${origin.account ?? ownAccount}/${origin.region ?? home.region}`;
      if (isHome(origin, ownAccount, home.region)) {
        return { found: await question(home, place), elsewhere: false, believes: () => true };
      }
      const { clusters } = await registry.all();
      const there = clusters.filter((cluster) => livesThere(cluster, origin, ownAccount, home.region));
      const believes = (name: string | undefined) => there.some((cluster) => cluster.name === name);
      let problem: unknown;
      for (const cluster of there) {
        try {
          return { found: await question(inItsAccount(cluster, home, environment), place), elsewhere: true, believes };
        } catch (error) {
          problem ??= error;
        }
      }
      if (problem === undefined) return undefined;
      throw problem;
    },
  };
}

function noneIfBroken(error: unknown): undefined {
  if (error instanceof ClusterMisconfigured) return undefined;
  throw error;
}

function isHome({ account, region }: Origin, ownAccount: string, ownRegion: string): boolean {
  return (account ?? ownAccount) === ownAccount && (region ?? ownRegion) === ownRegion;
}

function livesThere({ aws }: Cluster, { account, region }: Origin, ownAccount: string, ownRegion: string): boolean {
  return (
    (aws.accountId ?? ownAccount) === (account ?? ownAccount) && (aws.region ?? ownRegion) === (region ?? ownRegion)
  );
}
