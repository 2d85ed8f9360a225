import {
  DeregisterTargetsCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type TargetGroup as ElbTargetGroup,
  RegisterTargetsCommand,
  type TargetDescription,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  DeregistrationDelays,
  RegisteredTargets,
  TargetGroup,
  TargetGroups,
  TargetHealth,
} from '../loadbalancers/ports.ts';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { batches } from './batches.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { LOOKS_ONCE, lookBefore } from './look-before.ts';

/** DescribeTags takes at most 20 resources; DescribeTargetGroups is asked for as many at a time. */
const GROUPS_PER_CALL = 20;
/** Targets in one call; no limit is published, and groups have 1,000 at most. */
const TARGETS_PER_CALL = 100;
const DELAY = 'deregistration_delay.timeout_seconds';
const NO_GROUP = ['TargetGroupNotFoundException', 'TargetGroupNotFound'];
/** Of one that is asked about by its ARN alone: that of another region or account is "not a valid target group ARN", and all that are asked for with it have no answer. */
export const NO_GROUP_HERE = [...NO_GROUP, 'ValidationError'];

/** The target is none that can be registered: its instance is terminated or forgotten, or in another VPC. */
const NO_TARGET = ['InvalidTargetException', 'InvalidTarget'];

class LookingClient extends ElasticLoadBalancingV2Client {
  constructor(settings: AwsClientSettings) {
    super({ ...settings, ...LOOKS_ONCE });
  }
}

/** Target groups of application and network load balancers. */
export function targetGroups(
  aws: AwsAccess,
): TargetGroups & RegisteredTargets & DeregistrationDelays & TargetGroupChanges {
  const elb = aws.client(ElasticLoadBalancingV2Client);
  const lookAt = (arn: string, id: string, port: number) =>
    lookBefore(arn, (options) => {
      const command = new DescribeTargetHealthCommand({ TargetGroupArn: arn, Targets: [{ Id: id, Port: port }] });
      return aws.client(LookingClient).send(command, options);
    });
  const putBack: TargetGroupChanges['putBack'] = async (arn, id, port) => {
    await lookAt(arn, id, port);
    const command = new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id: id, Port: port }] });
    return (await awsCallUnless([...NO_GROUP, ...NO_TARGET], elb.send(command))) ? 'registered' : 'gone';
  };
  return {
    async describe(arns) {
      const found = (await Promise.all(batches(arns, GROUPS_PER_CALL).map((some) => describeSome(elb, some)))).flat();
      return new Map(found.map((group) => [group.arn, group]));
    },
    async register(arn, id, port) {
      await lookAt(arn, id, port);
      await awsCall(elb.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id: id, Port: port }] })));
    },
    async deregistrationDelaySeconds(arn) {
      const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn });
      const answer = await awsCallUnless(NO_GROUP, elb.send(command));
      return Number(answer?.Attributes?.find(({ Key }) => Key === DELAY)?.Value ?? 0);
    },
    async deregister(arn, id, port) {
      await lookAt(arn, id, port);
      const command = new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id: id, Port: port }] });
      await awsCallUnless(NO_GROUP, elb.send(command));
    },
    async health(arn, id, port) {
      const command = new DescribeTargetHealthCommand({ TargetGroupArn: arn, Targets: [{ Id: id, Port: port }] });
      // Of an instance that EC2 has forgotten there is no health but this error; the SDK's waiter for targets that are deregistered goes by it too.
      const answer = await awsCallUnless([...NO_GROUP, ...NO_TARGET], elb.send(command));
      const Target = { Id: id, Port: port };
      return (answer?.TargetHealthDescriptions ?? []).flatMap((one) => healthOf({ ...one, Target }))[0];
    },
    async targets(arn) {
      const command = new DescribeTargetHealthCommand({ TargetGroupArn: arn });
      const answer = await awsCallUnless(NO_GROUP_HERE, elb.send(command));
      return answer && (answer.TargetHealthDescriptions ?? []).flatMap(healthOf);
    },
    putBack,
    async registerAll(arn, targets) {
      const done: (typeof targets)[number][] = [];
      for (const some of batches(targets, TARGETS_PER_CALL)) {
        const command = new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: descriptions(some) });
        if (await awsCallUnless([...NO_GROUP, ...NO_TARGET], elb.send(command))) done.push(...some);
        // One is refused, and all others with it.
        else for (const one of some) if ((await putBack(arn, one.id, one.port)) === 'registered') done.push(one);
      }
      return done;
    },
    async deregisterAll(arn, targets) {
      for (const some of batches(targets, TARGETS_PER_CALL)) {
        const command = new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets: descriptions(some) });
        await awsCallUnless(NO_GROUP, elb.send(command));
      }
    },
  };
}

interface Registrable {
  readonly id: string;
  readonly port: number;
}

/** Registers and deregisters what is looked at as it comes. */
interface TargetGroupChanges {
  /** Registers what was there before, where that is still possible. */
  putBack(arn: string, id: string, port: number): Promise<'registered' | 'gone'>;
  /** Gives those that were registered. */
  registerAll<T extends Registrable>(arn: string, targets: readonly T[]): Promise<readonly T[]>;
  deregisterAll(arn: string, targets: readonly Registrable[]): Promise<void>;
}

function descriptions(targets: readonly Registrable[]): TargetDescription[] {
  return targets.map(({ id, port }) => ({ Id: id, Port: port }));
}

// What is not registered is described as well when it is asked for, as unused for this reason.
function healthOf({ Target, TargetHealth, AdministrativeOverride }: TargetHealthDescription): TargetHealth | [] {
  const { State: state = 'unavailable', Reason: reason = '', Description: description = '' } = TargetHealth ?? {};
  if (!Target?.Id || !TargetHealth || reason === 'Target.NotRegistered') return [];
  const shiftedAway = AdministrativeOverride?.State === 'zonal_shift_active';
  return { id: Target.Id, port: Target.Port ?? 0, state, reason, description, shiftedAway };
}

async function describeSome(
  elb: ElasticLoadBalancingV2Client,
  arns: readonly string[],
): Promise<readonly TargetGroup[]> {
  const command = new DescribeTargetGroupsCommand({ TargetGroupArns: [...arns] });
  const answer = await awsCallUnless(NO_GROUP_HERE, elb.send(command));
  if (answer) return withTags(elb, answer.TargetGroups ?? []);
  // One of them does not exist here, and AWS does not say which.
  if (arns.length === 1) return [];
  return (await Promise.all(arns.map((arn) => describeSome(elb, [arn])))).flat();
}

async function withTags(
  elb: ElasticLoadBalancingV2Client,
  groups: readonly ElbTargetGroup[],
): Promise<readonly TargetGroup[]> {
  const arns = groups.flatMap((group) => group.TargetGroupArn ?? []);
  if (arns.length === 0) return [];
  const { TagDescriptions = [] } = await awsCall(elb.send(new DescribeTagsCommand({ ResourceArns: arns })));
  const tagsOf = (arn: string) => TagDescriptions.find((one) => one.ResourceArn === arn)?.Tags ?? [];
  return groups.map(({ TargetGroupArn: arn = '', TargetType, Port, Protocol }) => ({
    arn,
    targetType: TargetType ?? 'instance',
    port: Port ?? 0,
    protocol: Protocol ?? '',
    tags: Object.fromEntries(tagsOf(arn).map(({ Key = '', Value = '' }) => [Key, Value])),
  }));
}
