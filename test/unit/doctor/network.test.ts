import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/doctor/checks.ts';
import type { EntryFacts } from '../../../src/doctor/entry-ports.ts';
import type { NetworkFacts } from '../../../src/doctor/network-ports.ts';
import type { ClusterFacts } from '../../../src/doctor/ports.ts';
import { healthyFacts, healthyGroup, healthyNetwork } from '../../support/doctor/healthy-facts.ts';

/** What the doctor says of a network: the check, and what it is about. */
function saidOf(change: Partial<NetworkFacts> | null, facts: Partial<ClusterFacts> = {}) {
  const network = { seen: change && { ...healthyNetwork(), ...change } };
  return diagnose({ ...healthyFacts(), ...facts, network }).map(({ id, about, message }) => ({ id, about, message }));
}
const { endpoints } = healthyNetwork();
const without = (...services: string[]) => endpoints.filter(({ service }) => !services.includes(service));
const changed = (service: string, change: Partial<NetworkFacts['endpoints'][number]>) =>
  endpoints.map((one) => (one.service === service ? { ...one, ...change } : one));
const natOnly = [{ id: 'subnet-nat', routeTable: 'rtb-nat', defaultRoute: 'nat-1', blackhole: false }];
const withEntry = (change: Partial<EntryFacts>): Partial<ClusterFacts> => ({
  entry: { ...healthyFacts().entry, ...change },
});

describe('the doctor, of a network', () => {
  it('asks nothing of functions in no VPC, and no endpoint where each subnet has a NAT gateway', () => {
    expect(saidOf(null)).toEqual([]);
    expect(saidOf({ subnets: natOnly, endpoints: [] })).toEqual([]);
  });

  it('names the subnet, all services that are missing, and what is lost; and gives the command for the first', () => {
    const [found, ...others] = diagnose({
      ...healthyFacts(),
      network: { seen: { ...healthyNetwork(), endpoints: without('states', 'sns') } },
    });
    expect(others).toEqual([]);
    expect(found).toEqual({
      id: 'network-no-way-out',
      subject: 'network',
      severity: 'fault',
      about: 'subnet-shut',
      message:
        'it has no default route, and its VPC has no endpoint for states, sns: functions there lose whether executions still run: no node leaves that could stay',
      cure: 'lead its default route to a NAT gateway or another way out, or add an endpoint for each of states, sns',
      command:
        'aws ec2 create-vpc-endpoint --vpc-id vpc-1 --service-name com.amazonaws.us-east-1.states --vpc-endpoint-type Interface --subnet-ids subnet-nat subnet-shut --security-group-ids sg-functions --private-dns-enabled',
    });
  });

  it.each([
    ['s3’s gateway is on another route table', { endpoints: changed('s3', { routeTables: ['rtb-nat'] }) }, 's3'],
    ['an endpoint waits to be accepted', { endpoints: changed('ssm', { state: 'pendingacceptance' }) }, 'ssm'],
  ])('finds that %s', (_, change, service) => {
    expect(saidOf(change)).toMatchObject([
      { id: 'network-no-way-out', about: 'subnet-shut', message: expect.stringContaining(` for ${service}:`) },
    ]);
  });

  it('asks for what this cluster needs only', () => {
    const small = { endpoints: without('secretsmanager', 'elasticloadbalancing', 'tagging') };
    const none = { targetGroups: [], classicLoadBalancers: [] };
    const plain = withEntry({
      kubernetes: { endpoint: 'https://api.demo.example.com:6443', auth: { kind: 'iam' }, clusterNames: ['demo'] },
      roles: { worker: none, 'control-plane': none, etcd: none },
      etcd: undefined,
    });
    const sts = { endpoints: [...small.endpoints, ...changed('sns', { service: 'sts' })] };
    const said = (change: Partial<NetworkFacts>, facts: Partial<ClusterFacts>) =>
      saidOf(change, { ...facts, etcd: null })
        .filter(({ id }) => id === 'network-no-way-out')
        .map(({ message }) => / for ([a-z0-9, ]+): /.exec(message)?.[1]);

    expect(said(sts, plain)).toEqual([]);
    expect(said(small, plain)).toEqual(['sts']);
    const managed = healthyGroup('demo-workers', 'worker');
    const tags = { ...managed.tags, 'eks:nodegroup-name': { value: 'general', propagated: true } };
    expect(said(sts, { ...plain, groups: { seen: [{ ...managed, tags }] } })).toContain('eks');
    const rules = [{ signal: 'Alarm:disk' }];
    expect(said(sts, { entry: { ...(plain.entry as EntryFacts), health: { rules } } })).toEqual(['monitoring']);
    expect(said({ ...sts, signsLinks: true }, plain)).toEqual(['kms']);
  });

  it('knows that no endpoint leads into another region', () => {
    expect(saidOf({}, { region: 'eu-west-1' })).toMatchObject([
      { id: 'network-no-way-out', message: expect.stringMatching(/ for ec2, autoscaling, secretsmanager, /) },
    ]);
    expect(saidOf({ subnets: natOnly }, { region: 'eu-west-1' })).toEqual([]);
  });

  it('finds an endpoint that shuts functions out also where there is a NAT gateway, since its name leads there', () => {
    const closed = changed('ssm', { admits: false });
    expect(saidOf({ subnets: natOnly, endpoints: closed })).toMatchObject([
      { id: 'endpoint-closed', about: 'vpce-ssm' },
    ]);
    const unnamed = changed('ssm', { admits: false, privateDns: false });
    expect(saidOf({ subnets: natOnly, endpoints: unnamed }), 'nobody asks it').toEqual([]);
  });

  it('is content with a second endpoint that has the name', () => {
    const two = [
      ...endpoints,
      ...changed('ssm', { id: 'vpce-2', privateDns: false }).filter((one) => one.id === 'vpce-2'),
    ];
    expect(saidOf({ endpoints: two })).toEqual([]);
  });

  it('looks for each port: AWS, the API server, etcd', () => {
    expect(
      saidOf({ outgoing: [] }).map(({ message }) => /port (\d+): functions do not reach (.+)$/.exec(message)?.slice(1)),
    ).toEqual([
      ['443', 'AWS'],
      ['6443', 'the API server'],
      ['2379', 'etcd'],
    ]);
  });
});
