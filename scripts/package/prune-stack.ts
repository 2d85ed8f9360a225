import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { KEEP_DAYS, type Pruned, pruneVersions } from './prune-versions.ts';

const DAY_MS = 86_400_000;

/**
 * Prunes the versions of the functions of a stack, and gives lines that say so; none where there is nothing to say.
 * @param config as serverless has it: region and credentials
 */
export async function pruneStack(
  config: CloudFormationClientConfig,
  stack: string,
  { dryRun = false, keepDays = KEEP_DAYS }: { readonly dryRun?: boolean; readonly keepDays?: number },
): Promise<readonly string[]> {
  const cloudFormation = new CloudFormationClient(config);
  const { Stacks: [found] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  // By AWS's clock: this machine's may be wrong.
  const now = new Date(Date.now() + cloudFormation.config.systemClockOffset);
  // Nothing in it can be old enough.
  if (!found?.CreationTime || now.getTime() - found.CreationTime.getTime() < keepDays * DAY_MS) return [];
  const parts = new Map<string, string[]>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: cloudFormation },
    { StackName: stack },
  ))
    for (const { ResourceType = '', PhysicalResourceId = '' } of StackResourceSummaries)
      parts.set(ResourceType, [...(parts.get(ResourceType) ?? []), PhysicalResourceId]);
  const functions = parts.get('AWS::Lambda::Function') ?? [];
  const machines = parts.get('AWS::StepFunctions::StateMachine') ?? [];
  const clients = { lambda: new LambdaClient(config), sfn: new SFNClient(config) };
  return told(await pruneVersions(clients, { functions, machines }, { now, keepDays, dryRun }), { dryRun, keepDays });
}

function told(
  { removed, needed }: Pruned,
  { dryRun, keepDays }: { readonly dryRun: boolean; readonly keepDays: number },
): readonly string[] {
  const kept = needed.map(({ version, by }) => `kept ${version}, which ${by} needs`);
  if (removed.length === 0) return kept;
  const megabytes = removed.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const says = dryRun ? 'would remove' : 'removed';
  const summary = `${says} ${removed.length} versions of functions, ${megabytes.toFixed(1)} MB, that were replaced more than ${keepDays} days ago`;
  const each = removed.map(
    ({ functionName, version, supersededAt }) =>
      `${says} ${functionName}:${version}, replaced on ${supersededAt.toISOString().slice(0, 10)}`,
  );
  return [...kept, ...(dryRun ? each : []), summary];
}
