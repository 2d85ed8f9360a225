import type { AwsCalls, Caller } from '../cloud/service.ts';
import type { World } from '../world/world.ts';

/** What a stack is built with. Everything goes through the services' own operations. */
export interface StackTargets {
  readonly world: World;
  readonly calls: AwsCalls;
  /** Who deploys. */
  readonly caller: Caller;
  readonly region: string;
  readonly account: string;
  /** Zones of the region, for Fn::GetAZs. */
  readonly availabilityZones: readonly string[];
  /** What lies in the deployment bucket under this key. */
  readonly artifact: (s3Key: string, bucket?: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
}
