import type { CreateAutoScalingGroupType, LifecycleHookSpecification } from '@aws-sdk/client-auto-scaling';
import type { GroupRecord, MemberRecord } from '../../simulator/autoscaling/group-record.ts';
import type { BusEvent } from '../../simulator/cloud/ports.ts';
import type { CallContext, Caller, Service } from '../../simulator/cloud/service.ts';
import { Fleet, type FleetOptions } from '../../simulator/instances/fleet.ts';
import type { Machine } from '../../simulator/instances/machine.ts';
import { World } from '../../simulator/world/world.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '111111111111';
export const LAUNCHING = 'autoscaling:EC2_INSTANCE_LAUNCHING';
export const TERMINATING = 'autoscaling:EC2_INSTANCE_TERMINATING';

const operator: Caller = { arn: `arn:aws:iam::${ACCOUNT}:user/operator`, account: ACCOUNT, context: {} };

/** A fleet in an empty world whose machines open port 6443 and 80 when they boot, and what it told. */
export function buildFleet(overrides: Partial<FleetOptions> & { seed?: string } = {}) {
  const world = overrides.world ?? new World({ seed: overrides.seed ?? 'fleet' });
  const events: BusEvent[] = [];
  const notes: { target: string; body: Record<string, unknown> }[] = [];
  const machines: Machine[] = [];
  const awsCalls: { prefix: string; operation: string; caller: Caller }[] = [];
  const fleet = new Fleet({
    world,
    region: REGION,
    account: ACCOUNT,
    events: { put: (event) => events.push(event) },
    aws: {
      call: async (prefix, operation, _input, caller) => {
        awsCalls.push({ prefix, operation, caller });
        return {};
      },
    },
    network: { request: async () => ({ status: 204, headers: {}, body: new Uint8Array() }) },
    notify: (target, body) => notes.push({ target, body: JSON.parse(body) as Record<string, unknown> }),
    ...overrides,
  });
  const subnets = fleet.network.layOut(REGION);
  const program = {
    start: (machine: Machine) => {
      machines.push(machine);
      machine.listen(6443, true);
      machine.listen(80, true);
      return { stop: () => {} };
    },
  };
  fleet.registerImage({ imageId: 'ami-0aaaaaaaaaaaaaaaa', name: 'node', program });
  const template = fleet.templates.create(
    'workers',
    { ImageId: 'ami-0aaaaaaaaaaaaaaaa', InstanceType: 'm7g.large', IamInstanceProfile: { Name: 'node' } },
    operator.arn,
  );
  return { world, fleet, events, notes, machines, awsCalls, subnets, template };
}

export type BuiltFleet = ReturnType<typeof buildFleet>;

/** A group `workers` over all three zones. */
export function createGroup(built: BuiltFleet, settings: Partial<CreateAutoScalingGroupType> = {}): GroupRecord {
  return built.fleet.groups.create({
    AutoScalingGroupName: 'workers',
    MinSize: 0,
    MaxSize: 10,
    DesiredCapacity: 0,
    VPCZoneIdentifier: built.subnets.map((subnet) => subnet.subnetId).join(','),
    LaunchTemplate: { LaunchTemplateName: 'workers', Version: '$Latest' },
    ...settings,
  });
}

/** A hook as the API takes it. */
export function hook(
  LifecycleHookName: string,
  LifecycleTransition: string,
  more: Partial<LifecycleHookSpecification> = {},
): LifecycleHookSpecification {
  return { LifecycleHookName, LifecycleTransition, HeartbeatTimeout: 300, ...more };
}

/** The members of a group that are in this state. */
export function inState(group: GroupRecord, state: string): MemberRecord[] {
  return [...group.members.values()].filter((member) => member.state === state);
}

/** Lets time pass until the group has so many members in this state; returns them. */
export async function untilState(
  built: BuiltFleet,
  group: GroupRecord,
  state: string,
  howMany = 1,
): Promise<MemberRecord[]> {
  await built.world.until(`${howMany} instances are ${state}`, () => inState(group, state).length >= howMany);
  return inState(group, state);
}

/** Calls an operation of a service as the operator. */
export async function call(
  built: BuiltFleet,
  service: Service,
  operation: string,
  input: object,
): Promise<Record<string, unknown>> {
  const context: CallContext = {
    world: built.world,
    region: REGION,
    account: ACCOUNT,
    caller: operator,
    requestId: 'request-1',
  };
  const found = service.operations[operation];
  if (!found) throw new Error(`no operation ${operation}`);
  return (await (found.run as (i: object, c: CallContext) => unknown)(input, context)) as Record<string, unknown>;
}
