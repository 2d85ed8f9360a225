import type { EntryFacts } from './entry-ports.ts';
import { nodeGroupTag } from './names.ts';
import type { NetworkFacts } from './network-ports.ts';
import type { ClusterFacts, GroupFacts } from './ports.ts';

/** A service of AWS that functions in the VPC call. */
export interface CalledService {
  /** As the name of its endpoint ends. */
  readonly name: string;
  /** What does not work without it. */
  readonly lost: string;
  /** Whether it is asked where the cluster is, and not where the deployment is. */
  readonly there: boolean;
  /** Whether this cluster needs it. */
  isNeeded(entry: EntryFacts, groups: readonly GroupFacts[], network: NetworkFacts): boolean;
}

const always = () => true;
const hasLoadBalancers = ({ roles }: EntryFacts) =>
  Object.values(roles).some(
    ({ targetGroups, classicLoadBalancers }) => targetGroups.length + classicLoadBalancers.length > 0,
  );

/** What deploy/README.md lists below Network; test/rules/network.test.ts holds both to what the functions' roles allow. */
export const calledServices: readonly CalledService[] = [
  { name: 'ssm', lost: 'the registry: nothing works', there: false, isNeeded: always },
  { name: 's3', lost: 'claims, leases, records, snapshots: nothing works', there: false, isNeeded: always },
  { name: 'ec2', lost: 'which instance a Node is', there: true, isNeeded: always },
  { name: 'autoscaling', lost: 'groups, their tags, hooks and budgets', there: true, isNeeded: always },
  {
    name: 'states',
    lost: 'whether executions still run: no node leaves that could stay',
    there: false,
    isNeeded: always,
  },
  { name: 'sns', lost: 'pages of health passes', there: false, isNeeded: always },
  {
    name: 'sts',
    lost: 'the role that the entry names',
    there: false,
    isNeeded: ({ aws, kubernetes: { auth } }) => aws.roleArn !== undefined || auth.kind === 'iam',
  },
  {
    name: 'secretsmanager',
    lost: 'Tender’s credential for the API server',
    there: true,
    isNeeded: ({ kubernetes: { auth }, etcd }) => auth.kind !== 'iam' || etcd !== undefined,
  },
  {
    name: 'eks',
    lost: 'what EKS takes out of its groups: no node leaves that could stay',
    there: true,
    isNeeded: (_, groups) => groups.some(({ tags }) => tags[nodeGroupTag] !== undefined),
  },
  {
    name: 'elasticloadbalancing',
    lost: 'targets, in health passes and load-balancer-sync',
    there: true,
    isNeeded: hasLoadBalancers,
  },
  { name: 'tagging', lost: 'target groups that load-balancer-sync looks for', there: true, isNeeded: hasLoadBalancers },
  {
    name: 'monitoring',
    lost: 'alarms among the health rules',
    there: true,
    isNeeded: ({ health }) => health.rules.some(({ signal }) => signal.startsWith('Alarm:')),
  },
  { name: 'kms', lost: 'links in pages', there: false, isNeeded: (_entry, _groups, { signsLinks }) => signsLinks },
];

/** Those that a cluster needs; what groups there are is asked of groups that were seen. */
export function neededServices(
  { entry, groups }: Pick<ClusterFacts, 'entry' | 'groups'>,
  network: NetworkFacts,
): readonly CalledService[] {
  const seen = 'seen' in groups ? groups.seen : [];
  return calledServices.filter((service) => service.isNeeded(entry, seen, network));
}
