import type { InstanceStatusEvent } from '@aws-sdk/client-ec2';
import type { SimulatedMachine } from '../instances/simulated-machine.ts';
import type { SubnetRecord } from './network.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** The numeric code of a state, as the API gives beside its name. */
export const stateCode: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** An address that the CNI added to the primary interface: a secondary address, or a prefix. Never a node address (S39). */
interface InterfaceExtras {
  readonly secondaryAddresses: string[];
  readonly prefixes: string[];
}

/** One EC2 instance as EC2 keeps it. Times are epoch milliseconds. */
export interface InstanceRecord {
  readonly instanceId: string;
  readonly instanceArn: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnet: SubnetRecord;
  readonly privateIpAddress: string;
  readonly privateDnsName: string;
  readonly keyName: string | undefined;
  readonly profile: { readonly arn: string; readonly roleName: string } | undefined;
  readonly securityGroupIds: readonly string[];
  readonly networkInterfaceId: string;
  readonly macAddress: string;
  readonly volumeId: string;
  readonly reservationId: string;
  readonly spot: boolean;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly clientToken: string | undefined;
  readonly extras: InterfaceExtras;
  readonly tags: Map<string, string>;
  readonly machine: SimulatedMachine;
  /** Maintenance that is to come, and what became of it. */
  readonly scheduledEvents: InstanceStatusEvent[];
  /** Describe calls do not know the instance before. */
  readonly visibleAt: number;
  /** Base64, as given. */
  userData: string;
  launchTime: number;
  /** When the status checks pass; counted from each `running`. */
  statusOkAt: number;
  state: InstanceState;
  stateReason: { readonly code: string; readonly message: string } | undefined;
  /** `User initiated (…)` and the like. */
  stateTransitionReason: string;
  impaired: 'system' | 'instance' | undefined;
  /** From when on its status check says so: a check fails twice, a minute apart, before it does. */
  impairedSeenAt: number;
  sourceDestCheck: boolean;
  disableApiTermination: boolean;
}

/** The zone of an instance. */
export function zoneOf(instance: InstanceRecord): string {
  return instance.subnet.availabilityZone;
}
