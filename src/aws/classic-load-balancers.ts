import {
  DeregisterInstancesFromLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  DescribeLoadBalancerAttributesCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import type { ClassicLoadBalancers, RegisteredInstances } from '../loadbalancers/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

// The SDK names errors by their shape; the codes are what the service writes. Either may arrive.
const NO_BALANCER = ['AccessPointNotFoundException', 'LoadBalancerNotFound'];
const NOT_REGISTERED = ['InvalidEndPointException', 'InvalidInstance'];

/** What DescribeInstanceHealth says of an instance whose connections drain; it still calls it InService. */
const LEAVING = /deregistration currently in progress/i;

/** Registers who was there before, where that is still possible. */
interface ClassicReturns {
  putBack(name: string, instanceId: string): Promise<'registered' | 'gone'>;
}

/** Classic load balancers. */
export function classicLoadBalancers(aws: AwsAccess): ClassicLoadBalancers & RegisteredInstances & ClassicReturns {
  const elb = aws.client(ElasticLoadBalancingClient);
  const one = (name: string, instanceId: string) => ({
    LoadBalancerName: name,
    Instances: [{ InstanceId: instanceId }],
  });
  return {
    async register(name, instanceId) {
      await awsCall(elb.send(new RegisterInstancesWithLoadBalancerCommand(one(name, instanceId))));
    },
    async deregister(name, instanceId) {
      const command = new DeregisterInstancesFromLoadBalancerCommand(one(name, instanceId));
      await awsCallUnless([...NO_BALANCER, ...NOT_REGISTERED], elb.send(command));
    },
    async health(name, instanceId) {
      const command = new DescribeInstanceHealthCommand(one(name, instanceId));
      const state = (await awsCallUnless(NOT_REGISTERED, elb.send(command)))?.InstanceStates?.[0];
      return state && { inService: state.State === 'InService', description: state.Description ?? '' };
    },
    async instances(name) {
      const command = new DescribeInstanceHealthCommand({ LoadBalancerName: name });
      const { InstanceStates = [] } = (await awsCallUnless(NO_BALANCER, elb.send(command))) ?? {};
      return InstanceStates.map(({ InstanceId: instanceId = '', State, Description: description = '' }) => ({
        instanceId,
        inService: State === 'InService',
        leaving: LEAVING.test(description),
        description,
      }));
    },
    async drainingSeconds(name) {
      const command = new DescribeLoadBalancerAttributesCommand({ LoadBalancerName: name });
      const { LoadBalancerAttributes } = (await awsCallUnless(NO_BALANCER, elb.send(command))) ?? {};
      const { Enabled = false, Timeout = 0 } = LoadBalancerAttributes?.ConnectionDraining ?? {};
      return Enabled ? Timeout : 0;
    },
    async putBack(name, instanceId) {
      const command = new RegisterInstancesWithLoadBalancerCommand(one(name, instanceId));
      return (await awsCallUnless([...NO_BALANCER, ...NOT_REGISTERED], elb.send(command))) ? 'registered' : 'gone';
    },
  };
}
