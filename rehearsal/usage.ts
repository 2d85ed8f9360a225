import type { MeterLine } from '../simulator/cloud/meter.ts';
import type { ResourcesUsed } from '../src/prices/cost-model.ts';
import type { LocalDeployment } from './local-deployment.ts';

/** What Tender has used since a world began. */
export interface Usage extends ResourcesUsed {
  readonly lambdaMs: number;
  /** AWS API calls of Tender's roles. */
  readonly apiCalls: number;
  readonly throttles: number;
  /** Calls by operation, `ec2:DescribeInstances`, the most frequent first. */
  readonly callsByOperation: readonly (readonly [operation: string, calls: number])[];
  /** Custom metrics that exist by now, names with their dimensions: paid by the month. */
  readonly customMetrics: number;
}

/**
 * `everything`; `launches`: without the schedules, which run whether instances launch or not; `departures`: only what is there for nodes that leave,
 * without what they share with others (signals, claims, the passes over load balancers); `health`: the health passes alone.
 */
export type Scope = 'everything' | 'launches' | 'departures' | 'health';

const schedules = /start-?due-?workflows|approve-?node-?csrs/i;
const departures =
  /retire|drain|cordon|exclude-?node|evict|delete-?node|out-?of-?service|lease|surge|replacement|terminate-?instance|departure|deregister-?node|check-?deregistration|reregister/i;

function isWithin(scope: Scope, name: string): boolean {
  if (scope === 'health') return /check-?health/i.test(name);
  if (scope === 'departures') return departures.test(name);
  return scope === 'everything' || !schedules.test(name);
}

/** CloudWatch Logs bills this much for each event beside its text: https://aws.amazon.com/cloudwatch/pricing/. */
const logEventBytes = 26;

/** Reads all meters of a world. */
export function usageOf(deployment: LocalDeployment, scope: Scope = 'everything'): Usage {
  const { functions, dispatcher, metrics, states } = deployment.cloud;
  const counts = (name: string) => isWithin(scope, name);
  const used = functions.usage().filter(({ functionName }) => counts(functionName));
  const sum = (pick: (one: (typeof used)[number]) => number) => used.reduce((total, one) => total + pick(one), 0);
  const ours = callsOf(scope);
  const calls = (operations: RegExp) =>
    dispatcher.meter.total('calls', (line) => ours(line) && operations.test(line.operation));
  const secretsManagerCalls = calls(/^secretsmanager:/);
  const executions = states.executions().filter(({ stateMachine }) => counts(stateMachine.name));
  return {
    stateTransitions: executions.reduce((total, { run }) => total + run.billedTransitions, 0),
    lambdaInvocations: sum((one) => one.invocations),
    lambdaMs: sum((one) => one.billedMs),
    lambdaGigabyteSeconds: sum((one) => one.gigabyteSeconds),
    logBytes: logBytes(deployment, counts),
    s3Writes: calls(/^s3:(Put|Copy|Post|List)/),
    s3Reads: calls(/^s3:(Get|Head)/),
    secretsManagerCalls,
    // Secrets Manager decrypts for each read; a join parameter is encrypted once and decrypted by its node. The bucket's own encryption is free.
    kmsRequests: secretsManagerCalls + 2 * calls(/^ssm:PutParameter$/),
    snsPublishes: calls(/^sns:Publish/),
    apiCalls: calls(/./),
    throttles: dispatcher.meter.total('throttles', ours),
    callsByOperation: callsByOperation(dispatcher.meter.lines().filter(ours)),
    customMetrics: metrics.metrics().filter(({ namespace }) => !namespace.startsWith('AWS/')).length,
  };
}

/** Whether a meter's line is of one of Tender's roles, within the scope. */
export function callsOf(scope: Scope): (line: MeterLine) => boolean {
  return ({ caller }) => caller.startsWith('tender-dev-') && isWithin(scope, caller);
}

function callsByOperation(lines: readonly MeterLine[]): Usage['callsByOperation'] {
  const counts = new Map<string, number>();
  for (const { operation, calls } of lines) counts.set(operation, (counts.get(operation) ?? 0) + calls);
  return [...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
}

function logBytes({ cloud }: LocalDeployment, counts: (groupName: string) => boolean): number {
  const groups = cloud.logs.groups().filter((group) => counts(group.name));
  const events = groups.flatMap((group) => [...group.streams.values()].flatMap((stream) => stream.events));
  return events.reduce((bytes, { message }) => bytes + Buffer.byteLength(message) + logEventBytes, 0);
}
