import {
  DeleteFunctionCommand,
  type LambdaClient,
  paginateListAliases,
  paginateListVersionsByFunction,
  ResourceConflictException,
} from '@aws-sdk/client-lambda';
import {
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionDoesNotExist,
  paginateListExecutions,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { type PublishedVersion, supersededVersions, versionsNamedIn } from './superseded-versions.ts';

/** S47 wants a week at least. */
const LEAST_DAYS = 7;
/** For so long after its end an execution that has not succeeded can be redriven: docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html. */
const REDRIVEN_WITHIN_DAYS = 14;
/** A drain may take 48 hours, and be redriven for 14 days; the rest is reserve. Executions that run for longer are asked for. */
export const KEEP_DAYS = 21;
const DAY_MS = 86_400_000;
/** State machines get their new definitions after the functions their new versions, in the same update. */
const UPDATE_MS = 3_600_000;

/** A version that is gone, or would be. */
export type PrunedVersion = PublishedVersion & { readonly supersededAt: Date };

/** What came of it. */
export interface Pruned {
  readonly removed: readonly PrunedVersion[];
  /** Old enough to go, but needed; `<function>:<version>`, and by what. */
  readonly needed: readonly { readonly version: string; readonly by: string }[];
}

/** The functions and state machines of a stack. */
export interface StackParts {
  readonly functions: readonly string[];
  /** ARNs. */
  readonly machines: readonly string[];
}

/**
 * Removes the versions of functions that were replaced long ago and that nobody needs: no alias, no state machine, no execution that runs or can be redriven.
 * Only versions that a newer one has replaced are looked at; with `dryRun` nothing is removed, and the answer is the same.
 *
 * @throws RangeError where fewer days are to be kept than S47 wants
 */
export async function pruneVersions(
  { lambda, sfn }: { readonly lambda: LambdaClient; readonly sfn: SFNClient },
  { functions, machines }: StackParts,
  { now, keepDays, dryRun }: { readonly now: Date; readonly keepDays: number; readonly dryRun: boolean },
): Promise<Pruned> {
  if (!(keepDays >= LEAST_DAYS)) throw new RangeError(`versions are kept for ${LEAST_DAYS} days at least`);
  const by = new Date(now.getTime() - keepDays * DAY_MS);
  const old: PrunedVersion[] = [];
  // One after the other: Lambda takes few requests a second of this kind, and there are many functions.
  for (const name of functions) old.push(...supersededVersions(await published(lambda, name), by));
  if (old.length === 0) return { removed: [], needed: [] };
  const users = new Map([...(await aliases(lambda, old)), ...(await definitions(sfn, machines, { by, now }))]);
  const removed: PrunedVersion[] = [];
  const needed: { version: string; by: string }[] = [];
  for (const one of old) {
    const version = `${one.functionName}:${one.version}`;
    const user = users.get(version) ?? (dryRun ? undefined : await remove(lambda, one));
    if (user === undefined) removed.push(one);
    else needed.push({ version, by: user });
  }
  return { removed, needed };
}

async function published(lambda: LambdaClient, FunctionName: string): Promise<readonly PublishedVersion[]> {
  const versions: PublishedVersion[] = [];
  // The other one is $LATEST. Without a number a deletion would be that of the whole function.
  for await (const { Versions = [] } of paginateListVersionsByFunction({ client: lambda }, { FunctionName }))
    for (const { Version: version = '', LastModified = '', CodeSize: bytes = 0 } of Versions)
      if (/^\d+$/.test(version))
        versions.push({ functionName: FunctionName, version, publishedAt: new Date(LastModified), bytes });
  return versions;
}

type Users = readonly (readonly [version: string, by: string])[];

async function aliases(lambda: LambdaClient, old: readonly PrunedVersion[]): Promise<Users> {
  const users: (readonly [string, string])[] = [];
  for (const FunctionName of new Set(old.map(({ functionName }) => functionName)))
    for await (const { Aliases = [] } of paginateListAliases({ client: lambda }, { FunctionName }))
      for (const { Name = '', FunctionVersion = '', RoutingConfig } of Aliases)
        for (const version of [FunctionVersion, ...Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {})])
          users.push([`${FunctionName}:${version}`, `alias ${Name}`]);
  return users;
}

/** By state machines as they are, and by executions that began before the versions were replaced: those since then began with later ones. */
async function definitions(
  sfn: SFNClient,
  machines: readonly string[],
  { by, now }: { readonly by: Date; readonly now: Date },
): Promise<Users> {
  const users: (readonly [string, string])[] = [];
  const before = new Date(by.getTime() + UPDATE_MS);
  for (const stateMachineArn of machines) {
    const { definition = '' } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    for (const version of versionsNamedIn(definition))
      users.push([version, `state machine ${lastOf(stateMachineArn)}`]);
    for (const [executionArn, which] of await oldExecutions(sfn, stateMachineArn, before, now))
      for (const version of versionsNamedIn(await definitionOf(sfn, executionArn)))
        users.push([version, `execution ${lastOf(executionArn)}, which ${which}`]);
  }
  return users;
}

/** Those that run or can be redriven. One that ends meanwhile is found by its end: who runs is asked first. */
async function oldExecutions(
  sfn: SFNClient,
  stateMachineArn: string,
  before: Date,
  now: Date,
): Promise<readonly (readonly [executionArn: string, which: string])[]> {
  const found: (readonly [string, string])[] = [];
  const lately = new Date(now.getTime() - REDRIVEN_WITHIN_DAYS * DAY_MS);
  for (const statusFilter of ['RUNNING', 'FAILED', 'ABORTED', 'TIMED_OUT'] as const) {
    const asked = { stateMachineArn, statusFilter, maxResults: 1000 };
    const which = statusFilter === 'RUNNING' ? 'runs' : 'can be redriven';
    for await (const { executions = [] } of paginateListExecutions({ client: sfn }, asked))
      for (const { executionArn = '', startDate, stopDate } of executions)
        if ((!startDate || startDate < before) && (!stopDate || stopDate > lately)) found.push([executionArn, which]);
  }
  return found;
}

async function definitionOf(sfn: SFNClient, executionArn: string): Promise<string> {
  try {
    const { definition = '' } = await sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
    return definition;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return '';
    throw error;
  }
}

/** By what it is needed after all: an alias that came meanwhile. */
async function remove(lambda: LambdaClient, { functionName, version }: PrunedVersion): Promise<string | undefined> {
  try {
    await lambda.send(new DeleteFunctionCommand({ FunctionName: functionName, Qualifier: version }));
    return undefined;
  } catch (error) {
    if (error instanceof ResourceConflictException) return error.message;
    throw error;
  }
}

const lastOf = (arn: string): string => arn.split(':').at(-1) ?? '';
