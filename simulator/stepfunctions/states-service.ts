import * as sfn from '@aws-sdk/client-sfn';
import type { EventSink, ExecutionStarter, FunctionInvoker, MetricSink } from '../cloud/ports.ts';
import { type AwsCalls, defineService, type Service } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { executionOperations } from './execution-operations.ts';
import { type ExecutionRecord, Executions } from './executions.ts';
import type { Authorize, NestedExecution } from './integration-ports.ts';
import { taskIntegrations } from './integrations.ts';
import { machineOperations } from './machine-operations.ts';
import { nestedDescription } from './nested-description.ts';
import { StateMachines } from './state-machines.ts';
import { taskTokenOperations } from './task-token-operations.ts';
import { TaskTokens } from './task-tokens.ts';

/** What Step Functions needs of the other parts of the cloud. */
export interface StatesSettings {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly functions: FunctionInvoker;
  /** For aws-sdk, SNS, SQS and EventBridge tasks, called with the machine's role. */
  readonly calls: AwsCalls;
  readonly events: EventSink;
  /** Takes the metrics of AWS/States. */
  readonly metrics?: MetricSink;
  /** Throws AwsError `AccessDeniedException` when the machine's role may not. */
  readonly authorize: Authorize;
  /** Resolves when a task of ECS has stopped. */
  readonly taskFinished: (taskArn: string) => Promise<unknown>;
  /** All services of the cloud; read when a machine is created, so it may grow until then. */
  readonly services: () => readonly Service[];
}

/** Step Functions of one account and region. */
export interface StepFunctions extends ExecutionStarter {
  /** The `states` API. */
  readonly service: Service;
  readonly machines: StateMachines;
  /** All executions in the order of their start; their runs know history, outcome and `billedTransitions`. */
  executions(): readonly ExecutionRecord[];
  /** Starts as StartExecution does; `input` is JSON. */
  start(stateMachineArn: string, input: unknown, name?: string): { readonly executionArn: string };
}

/** Makes the Step Functions of a world. What its tasks call may be made later, it is asked for when a task runs. */
export function createStepFunctions(settings: StatesSettings): StepFunctions {
  const { world } = settings;
  const machines = new StateMachines();
  const tokens = new TaskTokens(world);
  const startNested = (arn: string, input: string, name: string | undefined): NestedExecution =>
    nested(executions.start(arn, input, name));
  const integrations = taskIntegrations({ ...settings, startNested });
  const executions = new Executions({ ...settings, machines, integrations, tokens });
  const service = defineService('states', sfn, {
    ...machineOperations({ ...settings, machines, integrations }),
    ...executionOperations(executions, machines),
    ...taskTokenOperations(tokens),
  });
  return {
    service,
    machines,
    executions: () => executions.list(),
    start: (stateMachineArn, input, name) => {
      const { arn } = executions.start(stateMachineArn, JSON.stringify(input ?? {}), name);
      return { executionArn: arn };
    },
  };
}

function nested(execution: ExecutionRecord): NestedExecution {
  const { run } = execution;
  return {
    executionArn: execution.arn,
    startDate: run.startedAt,
    finished: run.finished,
    describe: () => nestedDescription(execution),
    stop: (cause) => run.stop(undefined, cause),
  };
}
