import type { EventSink, MetricSink } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { ExecutionRun } from './execution-run.ts';
import type { Json } from './json.ts';
import { maximumPayloadBytes } from './payload-limit.ts';
import { type StateMachineRecord, type StateMachineRevision, type StateMachines, validName } from './state-machines.ts';
import { statusChangeEvent } from './status-change-event.ts';
import type { TaskIntegrations } from './task-integration.ts';
import type { TaskTokens } from './task-tokens.ts';

/** An execution of the account, running or over. */
export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly stateMachine: StateMachineRecord;
  readonly revision: StateMachineRevision;
  /** Set when it was started by a version's ARN. */
  readonly versionArn: string | undefined;
  readonly run: ExecutionRun;
}

/** What executions are started with. */
export interface ExecutionsSettings {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly machines: StateMachines;
  readonly integrations: TaskIntegrations;
  readonly tokens: TaskTokens;
  readonly events: EventSink;
  readonly metrics?: MetricSink;
}

// Source: docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
const METRICS = {
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
} as const;

// A closed execution's name may be used again after 90 days. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const nameKeptMilliseconds = 90 * 86_400_000;

/** The executions of one account and region, in the order of their start. */
export class Executions {
  readonly #settings: ExecutionsSettings;
  readonly #byArn = new Map<string, ExecutionRecord>();

  constructor(settings: ExecutionsSettings) {
    this.#settings = settings;
  }

  list(): readonly ExecutionRecord[] {
    return [...this.#byArn.values()];
  }

  /** @throws AwsError ExecutionDoesNotExist; InvalidArn for an express execution, which the API does not describe. */
  find(arn: string): ExecutionRecord {
    if (arn.split(':')[5] === 'express') {
      throw new AwsError('InvalidArn', "Invalid Arn: 'Resource type not valid in this context: express'");
    }
    const record = this.#byArn.get(arn);
    if (record) return record;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }

  /**
   * Starts an execution, or answers the running one of the same name and input.
   * @throws AwsError StateMachineDoesNotExist, InvalidExecutionInput, InvalidName, ExecutionAlreadyExists
   */
  start(stateMachineArn: string, inputText: string, givenName: string | undefined): ExecutionRecord {
    const { record: stateMachine, revision, version } = this.#settings.machines.find(stateMachineArn);
    const input = parseInput(inputText);
    const name =
      givenName === undefined ? this.#settings.world.random.for('states:names').uuid() : validName(givenName);
    const arn = this.#arn(stateMachine, name);
    const same = this.#sameName(arn, inputText);
    if (same) return same;
    const record = { arn, name, stateMachine, revision, versionArn: version };
    const run = this.#run(record, input, inputText);
    const execution: ExecutionRecord = { ...record, run };
    // Renewed names move to the end: the list is in the order of starts.
    this.#byArn.delete(arn);
    this.#byArn.set(arn, execution);
    run.start();
    if (stateMachine.type === 'STANDARD') this.#announce(execution);
    return execution;
  }

  #run(record: Omit<ExecutionRecord, 'run'>, input: Json, inputText: string): ExecutionRun {
    const { world, region, account, integrations, tokens } = this.#settings;
    const { stateMachine, revision } = record;
    return new ExecutionRun({
      world,
      region,
      account,
      integrations,
      tokens,
      machine: revision.machine,
      input,
      inputText,
      executionArn: record.arn,
      executionName: record.name,
      stateMachineArn: stateMachine.arn,
      stateMachineName: stateMachine.name,
      roleArn: revision.roleArn,
      type: stateMachine.type,
    });
  }

  #arn(stateMachine: StateMachineRecord, name: string): string {
    const { region, account, world } = this.#settings;
    const base = `arn:aws:states:${region}:${account}`;
    if (stateMachine.type === 'STANDARD') return `${base}:execution:${stateMachine.name}:${name}`;
    return `${base}:express:${stateMachine.name}:${name}:${world.random.for('states:names').uuid()}`;
  }

  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html: idempotent for standard machines.
  #sameName(arn: string, inputText: string): ExecutionRecord | undefined {
    const existing = this.#byArn.get(arn);
    if (!existing) return undefined;
    const { stoppedAt, inputText: earlierText } = existing.run;
    if (stoppedAt === undefined && earlierText === inputText) return existing;
    if (stoppedAt !== undefined && this.#settings.world.now() - stoppedAt > nameKeptMilliseconds) return undefined;
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }

  #measure({ run, stateMachine }: ExecutionRecord): void {
    const name = run.outcome && METRICS[run.outcome.status];
    const dimensions = { StateMachineArn: stateMachine.arn };
    if (name) this.#settings.metrics?.put({ namespace: 'AWS/States', name, dimensions, value: 1, unit: 'Count' });
  }

  #announce(execution: ExecutionRecord): void {
    const { events } = this.#settings;
    events.put(statusChangeEvent(execution));
    void execution.run.finished.then(() => {
      events.put(statusChangeEvent(execution));
      this.#measure(execution);
    });
  }
}

function parseInput(text: string): Json {
  if (Buffer.byteLength(text) > maximumPayloadBytes) {
    throw new AwsError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: 'Input size exceeds ${maximumPayloadBytes} bytes'`,
    );
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(error as Error).message}'`);
  }
}
