import {
  DeregisterInstancesFromLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import type { ClassicLoadBalancers } from '../loadbalancers/ports.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';

// The SDK names errors by their shape; the codes are what the service writes. Either may arrive.
const NO_BALANCER = ['AccessPointNotFoundException', 'LoadBalancerNotFound'];
const NOT_REGISTERED = ['InvalidEndPointException', 'InvalidInstance'];

/** Classic load balancers. */
export function classicLoadBalancers(aws: AwsAccess): ClassicLoadBalancers {
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
  };
}
