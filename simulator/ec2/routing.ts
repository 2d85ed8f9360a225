import type * as Ec2 from '@aws-sdk/client-ec2';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';

/** A way out of a subnet; which one its id says, as in EC2: `nat-`, `igw-`, `tgw-`, `eni-`, `pcx-`. */
export interface RouteRecord {
  readonly destination: string;
  readonly target: string;
  /** `blackhole`: what it leads to is gone. */
  readonly state: 'active' | 'blackhole';
}

export interface RouteTableRecord {
  readonly routeTableId: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  /** What subnets without a table of their own go by. */
  readonly main: boolean;
  readonly routes: RouteRecord[];
  readonly subnetIds: Set<string>;
  readonly tags: Map<string, string>;
}

export interface VpcEndpointRecord {
  readonly vpcEndpointId: string;
  readonly vpcId: string;
  readonly serviceName: string;
  readonly type: 'Gateway' | 'Interface';
  state: 'available' | 'pendingAcceptance' | 'pending' | 'deleting' | 'rejected' | 'failed';
  privateDns: boolean;
  readonly subnetIds: string[];
  readonly securityGroupIds: string[];
  readonly routeTableIds: string[];
  readonly tags: Map<string, string>;
}

/** Route tables and VPC endpoints of one region. */
export class Routing {
  readonly routeTables = new Map<string, RouteTableRecord>();
  readonly vpcEndpoints = new Map<string, VpcEndpointRecord>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A table that subnets are put on; the first of a VPC is its main one. */
  addRouteTable(vpcId: string, cidrBlock: string, subnetIds: readonly string[] = []): RouteTableRecord {
    const main = ![...this.routeTables.values()].some((table) => table.vpcId === vpcId);
    const table: RouteTableRecord = {
      routeTableId: `rtb-0${this.#hex()}`,
      vpcId,
      cidrBlock,
      main,
      routes: [],
      subnetIds: new Set(subnetIds),
      tags: new Map(),
    };
    this.routeTables.set(table.routeTableId, table);
    return table;
  }

  mainTable(vpcId: string): RouteTableRecord {
    const found = [...this.routeTables.values()].find((table) => table.vpcId === vpcId && table.main);
    if (!found) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
    return found;
  }

  addEndpoint(
    vpcId: string,
    serviceName: string,
    of: Partial<Omit<VpcEndpointRecord, 'vpcEndpointId' | 'vpcId' | 'serviceName'>> = {},
  ): VpcEndpointRecord {
    const endpoint: VpcEndpointRecord = {
      vpcEndpointId: `vpce-0${this.#hex()}`,
      vpcId,
      serviceName,
      type: 'Interface',
      state: 'available',
      privateDns: of.type !== 'Gateway',
      subnetIds: [],
      securityGroupIds: [],
      routeTableIds: [],
      tags: new Map(),
      ...of,
    };
    this.vpcEndpoints.set(endpoint.vpcEndpointId, endpoint);
    return endpoint;
  }

  #hex(): string {
    return this.#world.random.for('ec2:routing').hex(16);
  }
}

/** A group as it is made: nothing comes in, and everything may go out (VPC user guide, "Security group rules"). */
export function everythingOut(): Ec2.IpPermission[] {
  return [
    {
      IpProtocol: '-1',
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    },
  ];
}
