import {
  DeregisterInstancesFromLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  DescribeLoadBalancerAttributesCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import type { ClassicLoadBalancers, RegisteredInstances } from '../loadbalancers/ports.ts';
import type { AwsAccess, AwsClientSettings } from './aws-access.ts';
import { batches } from './batches.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { LOOKS_ONCE, lookBefore } from './look-before.ts';

// The SDK names errors by their shape; the codes are what the service writes. Either may arrive.
const NO_BALANCER = ['AccessPointNotFoundException', 'LoadBalancerNotFound'];
const INSTANCES_PER_CALL = 20;
const NOT_REGISTERED = ['InvalidEndPointException', 'InvalidInstance'];

/** What DescribeInstanceHealth says of an instance whose connections drain; it still calls it InService. */
const LEAVING = /deregistration currently in progress/i;
/** What it says of one that is out, while EC2 has it still: of instances that are named it tells also then (API reference, "InstanceState"). */
const OUT = /not currently registered/i;

/** Registers and deregisters who is looked at as it comes. */
interface ClassicChanges {
  /** Registers who was there before, where that is still possible. */
  putBack(name: string, instanceId: string): Promise<'registered' | 'gone'>;
  /** Gives those that were registered. */
  registerAll(name: string, instanceIds: readonly string[]): Promise<readonly string[]>;
  deregisterAll(name: string, instanceIds: readonly string[]): Promise<void>;
}

class LookingClient extends ElasticLoadBalancingClient {
  constructor(settings: AwsClientSettings) {
    super({ ...settings, ...LOOKS_ONCE });
  }
}

/** Classic load balancers. */
export function classicLoadBalancers(aws: AwsAccess): ClassicLoadBalancers & RegisteredInstances & ClassicChanges {
  const elb = aws.client(ElasticLoadBalancingClient);
  const one = (name: string, instanceId: string) => ({
    LoadBalancerName: name,
    Instances: [{ InstanceId: instanceId }],
  });
  // Of those that are not registered there is no answer but for all.
  const lookAt = (name: string) =>
    lookBefore(name, (options) =>
      aws.client(LookingClient).send(new DescribeInstanceHealthCommand({ LoadBalancerName: name }), options),
    );
  const enlist = async (name: string, instanceIds: readonly string[]) => {
    await lookAt(name);
    const Instances = instanceIds.map((InstanceId) => ({ InstanceId }));
    const command = new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName: name, Instances });
    return (await awsCallUnless([...NO_BALANCER, ...NOT_REGISTERED], elb.send(command))) !== undefined;
  };
  return {
    async register(name, instanceId) {
      await lookAt(name);
      await awsCall(elb.send(new RegisterInstancesWithLoadBalancerCommand(one(name, instanceId))));
    },
    async deregister(name, instanceId) {
      await lookAt(name);
      const command = new DeregisterInstancesFromLoadBalancerCommand(one(name, instanceId));
      await awsCallUnless([...NO_BALANCER, ...NOT_REGISTERED], elb.send(command));
    },
    async health(name, instanceId) {
      const command = new DescribeInstanceHealthCommand(one(name, instanceId));
      const state = (await awsCallUnless([...NO_BALANCER, ...NOT_REGISTERED], elb.send(command)))?.InstanceStates?.[0];
      if (!state || OUT.test(state.Description ?? '')) return undefined;
      return { inService: state.State === 'InService', description: state.Description ?? '' };
    },
    async instances(name) {
      const command = new DescribeInstanceHealthCommand({ LoadBalancerName: name });
      const answer = await awsCallUnless(NO_BALANCER, elb.send(command));
      return (
        answer &&
        (answer.InstanceStates ?? []).map(({ InstanceId: instanceId = '', State, Description: description = '' }) => ({
          instanceId,
          inService: State === 'InService',
          leaving: LEAVING.test(description),
          description,
        }))
      );
    },
    async drainingSeconds(name) {
      const command = new DescribeLoadBalancerAttributesCommand({ LoadBalancerName: name });
      const { LoadBalancerAttributes } = (await awsCallUnless(NO_BALANCER, elb.send(command))) ?? {};
      const { Enabled = false, Timeout = 0 } = LoadBalancerAttributes?.ConnectionDraining ?? {};
      return Enabled ? Timeout : 0;
    },
    putBack: async (name, instanceId) => ((await enlist(name, [instanceId])) ? 'registered' : 'gone'),
    async registerAll(name, instanceIds) {
      const done: string[] = [];
      for (const some of batches(instanceIds, INSTANCES_PER_CALL)) {
        if (await enlist(name, some)) done.push(...some);
        // One is refused, and all others with it.
        else for (const id of some) if (await enlist(name, [id])) done.push(id);
      }
      return done;
    },
    async deregisterAll(name, instanceIds) {
      // One at a time: one that is not registered any more would keep all others.
      for (const id of instanceIds) {
        const command = new DeregisterInstancesFromLoadBalancerCommand(one(name, id));
        await awsCallUnless([...NO_BALANCER, ...NOT_REGISTERED], elb.send(command));
      }
    },
  };
}
