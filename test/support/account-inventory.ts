import { driven } from '../../rehearsal/local-deployment.ts';
import type { Cloud } from '../../simulator/cloud/cloud.ts';

type Listed = Readonly<Record<string, unknown>>;

/** What lists each kind of thing that a deployment may leave behind, and what is shown of one. */
const LISTS: readonly (readonly [kind: string, prefix: string, operation: string, list: string, name: string])[] = [
  ['alarms', 'cloudwatch', 'DescribeAlarms', 'MetricAlarms', 'AlarmName'],
  ['dashboards', 'cloudwatch', 'ListDashboards', 'DashboardEntries', 'DashboardName'],
  ['aliases', 'kms', 'ListAliases', 'Aliases', 'AliasName'],
  ['buckets', 's3', 'ListBuckets', 'Buckets', 'Name'],
  ['functions', 'lambda', 'ListFunctions', 'Functions', 'FunctionName'],
  ['log groups', 'logs', 'DescribeLogGroups', 'logGroups', 'logGroupName'],
  ['machines', 'states', 'ListStateMachines', 'stateMachines', 'name'],
  ['mappings', 'lambda', 'ListEventSourceMappings', 'EventSourceMappings', 'UUID'],
  ['queues', 'sqs', 'ListQueues', 'QueueUrls', ''],
  ['roles', 'iam', 'ListRoles', 'Roles', 'RoleName'],
  ['rules', 'events', 'ListRules', 'Rules', 'Name'],
  ['schedules', 'scheduler', 'ListSchedules', 'Schedules', 'Name'],
  ['topics', 'sns', 'ListTopics', 'Topics', 'TopicArn'],
];

/** Everything of an account that a stack can make, by kind; keys that wait for their end are gone. */
export async function accountInventory(cloud: Cloud): Promise<Readonly<Record<string, readonly string[]>>> {
  const inventory: Record<string, readonly string[]> = { policies: cloud.roles.listPolicies() };
  for (const [kind, prefix, operation, list, name] of LISTS) {
    const answer = await driven(cloud, () => cloud.operate<Listed>(prefix, operation, {}));
    const items = (answer[list] ?? []) as readonly (string | Listed)[];
    inventory[kind] = items.map((item) => (typeof item === 'string' ? item : String(item[name])));
  }
  const documents = await driven(cloud, () =>
    cloud.operate<Listed>('ssm', 'ListDocuments', { Filters: [{ Key: 'Owner', Values: ['Self'] }] }),
  );
  inventory.documents = ((documents.DocumentIdentifiers ?? []) as Listed[]).map(({ Name }) => String(Name));
  inventory.keys = cloud.keys
    .list()
    .filter(({ manager, deletionAt }) => manager === 'CUSTOMER' && deletionAt === undefined)
    .map(({ description }) => description);
  return Object.fromEntries(Object.entries(inventory).filter(([, items]) => items.length > 0));
}
