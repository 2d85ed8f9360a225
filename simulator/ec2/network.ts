import type { IpPermission } from '@aws-sdk/client-ec2';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { everythingOut, Routing } from './routing.ts';

export interface VpcRecord {
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly tags: Map<string, string>;
}

export interface SubnetRecord {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  readonly tags: Map<string, string>;
  /** Addresses in use, as offsets from the block's base. */
  readonly taken: Set<number>;
}

export interface SecurityGroupRecord {
  readonly groupId: string;
  readonly groupName: string;
  readonly vpcId: string;
  readonly description: string;
  readonly tags: Map<string, string>;
  readonly ingress: IpPermission[];
  readonly egress: IpPermission[];
}

// The first four addresses of a subnet and the last belong to AWS (VPC user guide, "Subnet sizing").
const RESERVED_LOW = 4;
const RESERVED_HIGH = 1;

/** VPCs, subnets and security groups of one region, and who gives out the addresses. */
export class Network {
  readonly vpcs = new Map<string, VpcRecord>();
  readonly subnets = new Map<string, SubnetRecord>();
  readonly securityGroups = new Map<string, SecurityGroupRecord>();
  readonly routing: Routing;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.routing = new Routing(world);
  }

  addVpc(cidrBlock = '10.0.0.0/16', vpcId = `vpc-0${this.#hex()}`): VpcRecord {
    const vpc = { vpcId, cidrBlock, tags: new Map<string, string>() };
    this.vpcs.set(vpcId, vpc);
    this.routing.addRouteTable(vpcId, cidrBlock);
    return vpc;
  }

  addSubnet(
    vpcId: string,
    availabilityZone: string,
    cidrBlock: string,
    subnetId = `subnet-0${this.#hex()}`,
  ): SubnetRecord {
    const subnet = {
      subnetId,
      vpcId,
      cidrBlock,
      availabilityZone,
      tags: new Map<string, string>(),
      taken: new Set<number>(),
    };
    this.subnets.set(subnetId, subnet);
    return subnet;
  }

  addSecurityGroup(vpcId: string, groupName: string, groupId = `sg-0${this.#hex()}`): SecurityGroupRecord {
    const group = {
      groupId,
      groupName,
      vpcId,
      description: groupName,
      tags: new Map<string, string>(),
      ingress: [],
      egress: everythingOut(),
    };
    this.securityGroups.set(groupId, group);
    return group;
  }

  /** A VPC with one /20 subnet per zone, as most clusters have; `zones` are letters. Returns the subnets in that order. */
  layOut(region: string, zones: readonly string[] = ['a', 'b', 'c']): SubnetRecord[] {
    const vpc = this.addVpc();
    return zones.map((zone, i) => this.addSubnet(vpc.vpcId, `${region}${zone}`, `10.0.${i * 16}.0/20`));
  }

  /** @throws AwsError `InvalidSubnetID.NotFound`. */
  subnet(subnetId: string): SubnetRecord {
    const subnet = this.subnets.get(subnetId);
    if (!subnet) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
    return subnet;
  }

  /** How many addresses a subnet has left. */
  freeAddresses(subnet: SubnetRecord): number {
    return sizeOf(subnet.cidrBlock) - RESERVED_LOW - RESERVED_HIGH - subnet.taken.size;
  }

  /** Takes the lowest free address. @throws AwsError `InsufficientFreeAddressesInSubnet`. */
  takeAddress(subnet: SubnetRecord): string {
    const last = sizeOf(subnet.cidrBlock) - RESERVED_HIGH;
    for (let offset = RESERVED_LOW + subnet.taken.size; offset < last; offset += 1) {
      if (!subnet.taken.has(offset)) return this.#take(subnet, offset);
    }
    for (let offset = RESERVED_LOW; offset < last; offset += 1) {
      if (!subnet.taken.has(offset)) return this.#take(subnet, offset);
    }
    throw new AwsError(
      'InsufficientFreeAddressesInSubnet',
      `Insufficient free addresses in subnet '${subnet.subnetId}'.`,
    );
  }

  releaseAddress(subnet: SubnetRecord, address: string): void {
    subnet.taken.delete(toNumber(address) - baseOf(subnet.cidrBlock));
  }

  #take(subnet: SubnetRecord, offset: number): string {
    subnet.taken.add(offset);
    return toAddress(baseOf(subnet.cidrBlock) + offset);
  }

  #hex(): string {
    return this.#world.random.for('ec2:network').hex(16);
  }
}

function sizeOf(cidrBlock: string): number {
  return 2 ** (32 - Number(cidrBlock.split('/')[1]));
}

function baseOf(cidrBlock: string): number {
  return toNumber(cidrBlock.split('/')[0] ?? '');
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
