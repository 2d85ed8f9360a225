import { Groups } from '../autoscaling/groups.ts';
import type { Notify } from '../autoscaling/lifecycle-actions.ts';
import type { ScalingTiming } from '../autoscaling/scaling.ts';
import { autoScalingService } from '../autoscaling/service.ts';
import type { EventSink } from '../cloud/ports.ts';
import type { AwsCalls, Service } from '../cloud/service.ts';
import { type ImageRegistration, Images } from '../ec2/images.ts';
import { Instances } from '../ec2/instances.ts';
import { LaunchTemplates } from '../ec2/launch-templates.ts';
import { Network } from '../ec2/network.ts';
import { ec2Service } from '../ec2/service.ts';
import type { Ec2Timing } from '../ec2/timing.ts';
import { ClassicLoadBalancers } from '../elb/classic-load-balancers.ts';
import { elbService } from '../elb/service.ts';
import { type Lag, LoadBalancing } from '../elbv2/load-balancing.ts';
import { elbv2Service } from '../elbv2/service.ts';
import type { World } from '../world/world.ts';
import { FleetTraffic } from './fleet-traffic.ts';
import type { InstanceNetwork } from './simulated-machine.ts';

/** What a fleet needs of the cloud around it, and how quick it is. */
export interface FleetOptions {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly events: EventSink;
  /** What instances call AWS through. */
  readonly aws: AwsCalls;
  /** What instances send HTTP requests through. */
  readonly network: InstanceNetwork;
  /** Delivers lifecycle notifications to SQS and SNS. */
  readonly notify?: Notify;
  readonly roleOfProfile?: (profile: string) => string | undefined;
  /** The value of an SSM parameter, for `resolve:ssm:` image ids. */
  readonly parameter?: (name: string) => string | undefined;
  readonly ec2Timing?: Partial<Ec2Timing>;
  readonly scalingTiming?: Partial<ScalingTiming>;
  readonly lag?: Lag;
}

/** Instances, the groups that launch them and the load balancers before them: one region's fleet, wired together. */
export class Fleet {
  readonly network: Network;
  readonly images: Images;
  readonly instances: Instances;
  readonly templates: LaunchTemplates;
  readonly loadBalancing: LoadBalancing;
  readonly classic: ClassicLoadBalancers;
  readonly groups: Groups;
  /** EC2, Auto Scaling, and both versions of Elastic Load Balancing, ready to be called. */
  readonly services: readonly Service[];

  constructor(options: FleetOptions) {
    const { world, region, account, events } = options;
    this.network = new Network(world);
    this.images = new Images(account, options.parameter);
    this.templates = new LaunchTemplates(world);
    this.instances = new Instances({
      world,
      region,
      account,
      events,
      images: this.images,
      network: this.network,
      aws: options.aws,
      wire: options.network,
      ...(options.ec2Timing ? { timing: options.ec2Timing } : {}),
      ...(options.roleOfProfile ? { roleOfProfile: options.roleOfProfile } : {}),
    });
    this.loadBalancing = new LoadBalancing({ world, region, account, instances: this.instances, lag: options.lag });
    this.classic = new ClassicLoadBalancers({ world, region, account, instances: this.instances, lag: options.lag });
    this.groups = new Groups({
      world,
      account,
      events,
      instances: this.instances,
      templates: this.templates,
      traffic: new FleetTraffic(this.instances, this.loadBalancing, this.classic),
      notify: options.notify,
      timing: options.scalingTiming,
    });
    this.services = [
      ec2Service(this.instances, this.templates),
      autoScalingService(this.groups),
      elbv2Service(this.loadBalancing, this.network),
      elbService(this.classic, this.network, { region, account }),
    ];
  }

  /** Makes an image launchable. */
  registerImage(image: ImageRegistration): void {
    this.images.register(image);
  }
}
