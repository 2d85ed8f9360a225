import { type CalledService, neededServices } from '../aws-services.ts';
import { type Check, check } from '../check.ts';
import type { EntryFacts } from '../entry-ports.ts';
import type { Complaint } from '../finding.ts';
import type { EndpointFacts, NetworkFacts, SubnetFacts } from '../network-ports.ts';
import type { ClusterFacts } from '../ports.ts';

const SUBJECT = 'network';
const HTTPS = 443;
const ETCD = 2379;

/** Whether functions in the VPC get out of it: to AWS, and at all to the API server. Outside a VPC there is nothing to ask. */
export const networkChecks: readonly Check[] = [
  networkCheck(
    'network-no-way-out',
    'Has each subnet of the functions a way to AWS: a default route, or an endpoint for each service that they call?',
    (network, facts) =>
      deadEnds(network, facts, ({ defaultRoute }) => defaultRoute === '').map(({ subnet, missing }) =>
        complaint(network, subnet, missing, 'it has no default route, and its VPC has no endpoint'),
      ),
  ),
  networkCheck(
    'network-route-gone',
    'Is what the default route of each subnet leads to still there?',
    (network, facts) =>
      deadEnds(network, facts, ({ blackhole }) => blackhole).map(({ subnet, missing }) =>
        complaint(
          network,
          subnet,
          missing,
          `its default route leads to ${subnet.defaultRoute}, which is gone, and its VPC has no endpoint`,
        ),
      ),
  ),
  networkCheck(
    'network-internet-gateway',
    'Does no subnet lead to an internet gateway, which lets nothing out that has no public address?',
    (network, facts) =>
      deadEnds(network, facts, ({ defaultRoute }) => defaultRoute.startsWith('igw-')).map(({ subnet, missing }) =>
        complaint(
          network,
          subnet,
          missing,
          `its default route leads to ${subnet.defaultRoute}, which functions do not get through since they have no public address, and its VPC has no endpoint`,
        ),
      ),
  ),
  networkCheck('endpoint-closed', 'Does each endpoint that functions use let them in on 443?', (network, facts) =>
    endpointsOf(network, facts)
      .filter(({ endpoint }) => endpoint.privateDns && !endpoint.admits)
      .map(({ endpoint, service }) => ({
        about: endpoint.id,
        message: `its security groups (${endpoint.securityGroups.join(', ')}) do not let each subnet of the functions in on 443, and the name of ${service.name} leads there, past any NAT gateway: they lose ${service.lost}`,
        cure: 'let 443 in from the functions’ security group',
        command: `aws ec2 authorize-security-group-ingress --group-id ${endpoint.securityGroups[0] ?? 'GROUP'} --protocol tcp --port 443 --source-group ${network.securityGroups[0]}`,
      })),
  ),
  networkCheck(
    'endpoint-without-private-dns',
    'Does the name of each service lead to its endpoint, where there is no other way?',
    (network, facts) =>
      endpointsOf(network, facts)
        .filter(({ endpoint, service }) => !endpoint.privateDns && !isNamed(network, service))
        .filter(() => network.subnets.some((subnet) => !hasWayOut(subnet)))
        .map(({ endpoint, service }) => ({
          about: endpoint.id,
          message: `it has no private DNS, so that functions do not find it, and there is no other way: they lose ${service.lost}`,
          cure: 'switch its private DNS on; the VPC needs enableDnsSupport and enableDnsHostnames for that',
          command: `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --private-dns-enabled`,
        })),
  ),
  networkCheck(
    'network-outgoing-closed',
    'Do the functions’ security groups let them out to AWS, the API server and etcd?',
    (network, { entry }) =>
      portsOf(entry)
        .filter(({ port }) => !network.outgoing.some(({ from, to }) => from <= port && port <= to))
        .map(({ port, what }) => ({
          about: network.securityGroups.join(', '),
          message: `no outgoing rule is about port ${port}: functions do not reach ${what}`,
          cure: `let ${port} out`,
          command: `aws ec2 authorize-security-group-egress --group-id ${network.securityGroups[0]} --protocol tcp --port ${port} --cidr 0.0.0.0/0`,
        })),
  ),
];

function networkCheck(
  id: string,
  asks: string,
  find: (network: NetworkFacts, facts: ClusterFacts) => readonly Complaint[],
): Check {
  return check({
    id,
    subject: SUBJECT,
    severity: 'fault',
    asks,
    of: ({ network }) => network,
    find: (network, facts) => (network === null ? [] : find(network, facts)),
  });
}

/** Subnets of a kind, with what functions there do not reach. */
function deadEnds(
  network: NetworkFacts,
  facts: ClusterFacts,
  isOfKind: (subnet: SubnetFacts) => boolean,
): readonly { readonly subnet: SubnetFacts; readonly missing: readonly CalledService[] }[] {
  return network.subnets
    .filter(isOfKind)
    .map((subnet) => ({ subnet, missing: missingFor(subnet, network, facts) }))
    .filter(({ missing }) => missing.length > 0);
}

/** Endpoints are for services of their own region. One that is closed, or has no private DNS, is told by its own check. */
function missingFor(subnet: SubnetFacts, network: NetworkFacts, facts: ClusterFacts): readonly CalledService[] {
  return neededServices(facts, network).filter(
    (service) =>
      (service.there && facts.region !== network.region) ||
      !network.endpoints.some(
        (one) =>
          one.service === service.name &&
          one.state === 'available' &&
          (one.type === 'Interface' || one.routeTables.includes(subnet.routeTable)),
      ),
  );
}

/** Interface endpoints that are up, for what the cluster needs. */
function endpointsOf(
  network: NetworkFacts,
  facts: ClusterFacts,
): readonly { readonly endpoint: EndpointFacts; readonly service: CalledService }[] {
  const needed = neededServices(facts, network);
  return network.endpoints.flatMap((endpoint) => {
    const service = needed.find(({ name }) => name === endpoint.service);
    const isUsed = endpoint.type === 'Interface' && endpoint.state === 'available' && service !== undefined;
    return isUsed ? [{ endpoint, service }] : [];
  });
}

function isNamed({ endpoints }: NetworkFacts, { name }: CalledService): boolean {
  return endpoints.some(({ service, type, privateDns }) => service === name && (type === 'Gateway' || privateDns));
}

function hasWayOut({ defaultRoute, blackhole }: SubnetFacts): boolean {
  return defaultRoute !== '' && !blackhole && !defaultRoute.startsWith('igw-');
}

function complaint(
  { region, vpc, subnets, securityGroups }: NetworkFacts,
  subnet: SubnetFacts,
  missing: readonly CalledService[],
  why: string,
): Complaint {
  const [first] = missing;
  const names = missing.map(({ name }) => name).join(', ');
  const where =
    first?.name === 's3'
      ? `--vpc-endpoint-type Gateway --route-table-ids ${subnet.routeTable}`
      : `--vpc-endpoint-type Interface --subnet-ids ${subnets.map(({ id }) => id).join(' ')} --security-group-ids ${securityGroups.join(' ')} --private-dns-enabled`;
  return {
    about: subnet.id,
    message: `${why} for ${names}: functions there lose ${first?.lost}`,
    cure: `lead its default route to a NAT gateway or another way out, or add an endpoint for each of ${names}`,
    command: `aws ec2 create-vpc-endpoint --vpc-id ${vpc} --service-name com.amazonaws.${region}.${first?.name} ${where}`,
  };
}

function portsOf({ kubernetes, etcd }: EntryFacts): readonly { readonly port: number; readonly what: string }[] {
  const port = Number(new URL(kubernetes.endpoint).port || HTTPS);
  const all = [
    { port: HTTPS, what: 'AWS' },
    { port, what: 'the API server' },
    ...(etcd ? [{ port: ETCD, what: 'etcd' }] : []),
  ];
  return all.filter((one, index) => all.findIndex((other) => other.port === one.port) === index);
}
