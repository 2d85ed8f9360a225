import type { ResourcesUsed } from '../../rehearsal/cost-model.ts';
import type { LocalDeployment } from '../../rehearsal/local-deployment.ts';
import type { MeterLine } from '../../simulator/cloud/meter.ts';

/** What a launch uses; the schedule's own functions run whether instances launch or not. */
export interface BootstrapUse extends ResourcesUsed {
  readonly lambdaMs: number;
  /** Names with their dimensions that exist by now: paid by the month. */
  readonly customMetrics: number;
}

const standing = /start-?due-?workflows|approve-?node-?csrs/i;
/** CloudWatch Logs bills this much for each event beside its text. */
const logEventBytes = 26;

/** Whether a role is one of Tender's that works when an instance launches. */
export function isOurs({ caller }: MeterLine): boolean {
  return caller.startsWith('tender-dev-') && !standing.test(caller);
}

/** Reads all meters of a world. */
export function resourcesUsed(deployment: LocalDeployment): BootstrapUse {
  const { functions, dispatcher, metrics } = deployment.cloud;
  const usage = functions.usage().filter(({ functionName }) => !standing.test(functionName));
  const sum = (pick: (one: (typeof usage)[number]) => number) => usage.reduce((total, one) => total + pick(one), 0);
  const calls = (operations: RegExp) =>
    dispatcher.meter.total('calls', (line) => isOurs(line) && operations.test(line.operation));
  const s3Writes = calls(/^s3:(Put|Copy|Post|List)/);
  const s3Reads = calls(/^s3:(Get|Head)/);
  const secretsManagerCalls = calls(/^secretsmanager:/);
  const joinParameters = calls(/^ssm:PutParameter$/);
  return {
    stateTransitions: deployment
      .executions('node-bootstrap')
      .reduce((total, { run }) => total + run.billedTransitions, 0),
    lambdaInvocations: sum((one) => one.invocations),
    lambdaMs: sum((one) => one.billedMs),
    lambdaGigabyteSeconds: sum((one) => one.gigabyteSeconds),
    logBytes: logBytes(deployment),
    s3Writes,
    s3Reads,
    secretsManagerCalls,
    // Secrets Manager decrypts for each read, a SecureString is encrypted once and decrypted by its node; the bucket's own encryption is free.
    kmsRequests: secretsManagerCalls + 2 * joinParameters,
    snsPublishes: calls(/^sns:Publish/),
    customMetrics: metrics.metrics().filter(({ namespace }) => !namespace.startsWith('AWS/')).length,
  };
}

function logBytes({ cloud }: LocalDeployment): number {
  let bytes = 0;
  for (const group of cloud.logs.groups()) {
    if (standing.test(group.name)) continue;
    for (const stream of group.streams.values()) {
      for (const event of stream.events) bytes += Buffer.byteLength(event.message) + logEventBytes;
    }
  }
  return bytes;
}
