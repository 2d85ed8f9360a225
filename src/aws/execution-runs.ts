import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
  paginateListStateMachines,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { KnownRun, ListedRun, RunEvent, Runs } from '../runs/ports.ts';
import { allPages } from './all-pages.ts';
import type { AwsAccess } from './aws-access.ts';
import { awsCall, awsCallUnless } from './errors.ts';
import { fieldsOf } from './running-executions.ts';

const GONE = ['ExecutionDoesNotExist', 'InvalidArn'];
/** As many as one answer may have. */
const EVENTS_AT_ONCE = 1000;

/**
 * Executions of a deployment.
 * @param machinePrefix `arn:aws:states:us-east-1:111111111111:stateMachine:tender-dev-`
 */
export function executionRuns(aws: AwsAccess, machinePrefix: string): Runs {
  const client = aws.client(SFNClient);
  const ofDeployment = machinePrefix.split(':').at(-1) ?? '';
  const history = async (executionArn: string): Promise<readonly RunEvent[]> => {
    const pages = paginateGetExecutionHistory({ client, pageSize: EVENTS_AT_ONCE }, { executionArn });
    const all = await awsCallUnless(GONE, allPages(pages));
    return (all ?? []).flatMap(({ events = [] }) => events).map((event) => eventOf(event, ofDeployment));
  };
  return {
    async workflows() {
      const machines = (await allPages(paginateListStateMachines({ client }, {}))).flatMap(
        (page) => page.stateMachines ?? [],
      );
      return machines
        .map(({ stateMachineArn = '' }) => stateMachineArn)
        .filter((arn) => arn.startsWith(machinePrefix))
        .map((arn) => arn.slice(machinePrefix.length))
        .sort();
    },
    list: (workflow, { status, atOnce }) => listed(client, `${machinePrefix}${workflow}`, workflow, { status, atOnce }),
    async describe(executionArn) {
      const answer = await awsCallUnless(GONE, client.send(new DescribeExecutionCommand({ executionArn })));
      if (!answer) return undefined;
      const workflow = workflowOf(executionArn, ofDeployment);
      return {
        ...listedOf(answer, workflow),
        input: fieldsOf(answer.input),
        output: fieldsOf(answer.output),
        error: answer.error ?? '',
        cause: answer.cause ?? '',
      };
    },
    arnOf: (workflow, name) => `${machinePrefix.replace(':stateMachine:', ':execution:')}${workflow}:${name}`,
    history,
    since: async (executionArn, id) => {
      const command = new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 100 });
      const { events = [] } = (await awsCallUnless(GONE, client.send(command))) ?? {};
      const oldest = events.at(-1)?.id ?? 0;
      // So much has come since the last look that it is read from the beginning.
      if (oldest > id + 1) return (await history(executionArn)).filter((event) => event.id > id);
      return events
        .filter((event) => (event.id ?? 0) > id)
        .toReversed()
        .map((event) => eventOf(event, ofDeployment));
    },
    async stop(executionArn, cause) {
      await awsCall(client.send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause })));
    },
  };
}

async function* listed(
  client: SFNClient,
  stateMachineArn: string,
  workflow: string,
  { status, atOnce }: { readonly status: ListedRun['status'] | undefined; readonly atOnce: number },
): AsyncIterable<ListedRun> {
  const pages = paginateListExecutions(
    { client, pageSize: atOnce },
    { stateMachineArn, ...(status !== undefined && { statusFilter: status }) },
  )[Symbol.asyncIterator]();
  for (;;) {
    const page = await awsCallUnless(['StateMachineDoesNotExist'], pages.next());
    if (!page || page.done === true) return;
    for (const one of page.value.executions ?? []) yield listedOf(one, workflow);
  }
}

interface Answer {
  readonly executionArn?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly startDate?: Date | undefined;
  readonly stopDate?: Date | undefined;
}

function listedOf({ executionArn = '', name = '', status, startDate, stopDate }: Answer, workflow: string): ListedRun {
  return {
    execution: executionArn,
    name: name || (executionArn.split(':').at(7) ?? ''),
    workflow,
    status: (status ?? 'RUNNING') as KnownRun['status'],
    startedAt: startDate?.toISOString() ?? '',
    endedAt: stopDate?.toISOString() ?? '',
  };
}

/** Of an execution's ARN, as the deployment calls it. */
function workflowOf(execution: string, ofDeployment: string): string {
  const machine = execution.split(':')[6] ?? '';
  return machine.startsWith(ofDeployment) ? machine.slice(ofDeployment.length) : machine;
}

interface Details {
  readonly name?: string;
  readonly resource?: string;
  readonly resourceType?: string;
  readonly parameters?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly assignedVariables?: Readonly<Record<string, string>>;
}

/** Each type of event has a member of its own for what it tells, and the names of the fields in it are the same. */
function eventOf(event: HistoryEvent, ofDeployment: string): RunEvent {
  const { id = 0, previousEventId = 0, timestamp, type = '' } = event;
  const details: Details =
    Object.entries(event).find(([key, value]) => key.endsWith('EventDetails') && value !== undefined)?.[1] ?? {};
  const { name = '', resource = '', parameters = '', output = '', error = '', cause = '' } = details;
  const [, functionName] = /:function:([^:]+)/.exec(resource) ?? [];
  const assigned = Object.entries(details.assignedVariables ?? {}).map(([key, text]) => [key, parsed(text)]);
  return {
    id,
    previous: previousEventId,
    at: timestamp?.toISOString() ?? '',
    type,
    name,
    resource: functionName?.replace(ofDeployment, '') ?? resource,
    service: functionName === undefined ? (details.resourceType ?? '') : 'lambda',
    parameters,
    output,
    error,
    cause,
    assigned: Object.fromEntries(assigned),
  };
}

/** A long value is cut off, and no JSON any more. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
