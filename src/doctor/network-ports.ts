import type { Looked } from './ports.ts';

/** A subnet that functions are in. */
export interface SubnetFacts {
  readonly id: string;
  readonly routeTable: string;
  /** What its default route leads to: `nat-…`, `igw-…`, `tgw-…`; empty: it has none. */
  readonly defaultRoute: string;
  /** Whether that is gone. */
  readonly blackhole: boolean;
}

/** An endpoint for a service of AWS in the VPC of the functions. */
export interface EndpointFacts {
  readonly id: string;
  /** As the names of endpoints end: `s3`, `ssm`. */
  readonly service: string;
  readonly type: 'Gateway' | 'Interface';
  readonly state: string;
  /** Whether the service's own name leads to it. */
  readonly privateDns: boolean;
  /** Of a gateway. */
  readonly routeTables: readonly string[];
  readonly securityGroups: readonly string[];
  /** Whether one of them lets each subnet of the functions in, on 443; a gateway has none and lets everybody in. */
  readonly admits: boolean;
}

/** The network that the deployment's functions are in. */
export interface NetworkFacts {
  readonly region: string;
  readonly vpc: string;
  readonly subnets: readonly SubnetFacts[];
  readonly securityGroups: readonly string[];
  readonly endpoints: readonly EndpointFacts[];
  /** Ports that functions may connect to: none of these rules names an address that matters. */
  readonly outgoing: readonly PortRange[];
  /** Whether pages have links, which are signed by KMS. */
  readonly signsLinks: boolean;
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** null: functions are in no VPC, and reach what the internet reaches. */
export type NetworkLook = Looked<NetworkFacts | null>;
