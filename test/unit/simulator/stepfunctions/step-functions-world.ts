import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { BusEvent, Invocation } from '../../../../simulator/cloud/ports.ts';
import type { Access, CallContext, Caller, Operation, Service } from '../../../../simulator/cloud/service.ts';
import type { ExecutionRecord } from '../../../../simulator/stepfunctions/executions.ts';
import type { Json } from '../../../../simulator/stepfunctions/json.ts';
import { createStepFunctions, type StepFunctions } from '../../../../simulator/stepfunctions/states-service.ts';
import { World } from '../../../../simulator/world/world.ts';

export const account = '111111111111';
export const region = 'eu-west-1';
export const roleArn = `arn:aws:iam::${account}:role/machine`;
export const functionArn = `arn:aws:lambda:${region}:${account}:function:work`;
export const operator: Caller = { arn: `arn:aws:iam::${account}:user/operator`, account, context: {} };

/** What a test plugs in; the rest is healthy: functions echo, services answer `{}`, everything is allowed. */
export interface Plugs {
  readonly seed?: number;
  readonly invoke?: (functionName: string, payload: unknown, world: World) => Promise<Invocation>;
  readonly call?: (service: string, operation: string, input: unknown, caller: Caller) => unknown;
  readonly authorize?: (caller: Caller, access: Access) => void;
  readonly services?: readonly Service[];
}

/** A Step Functions on its own, with the rest of the cloud played by the test. */
export class StepFunctionsWorld {
  readonly world: World;
  readonly states: StepFunctions;
  readonly busEvents: BusEvent[] = [];
  #machines = 0;

  constructor(plugs: Plugs = {}) {
    const world = new World({ seed: plugs.seed ?? 7 });
    this.world = world;
    const echo = async (_name: string, payload: unknown): Promise<Invocation> => answer(payload);
    const invoke = plugs.invoke ?? echo;
    this.states = createStepFunctions({
      world,
      region,
      account,
      functions: { invoke: (name, payload) => invoke(name, payload, world), invokeLater: () => {} },
      calls: { call: async (...call) => (plugs.call ?? (() => ({})))(...call) },
      events: { put: (event) => this.busEvents.push(event) },
      authorize: plugs.authorize ?? (() => {}),
      services: () => plugs.services ?? [],
      taskFinished: () => Promise.reject(new Error('there are no tasks')),
    });
  }

  /** Calls an operation of the API. */
  async api<Output = Record<string, unknown>>(operation: string, input: object): Promise<Output> {
    const implementation = this.states.service.operations[operation] as Operation<unknown, unknown> | undefined;
    if (!implementation) throw new Error(`no operation ${operation}`);
    const call: CallContext = { world: this.world, region, account, caller: operator, requestId: 'r-1' };
    return (await implementation.run(input, call)) as Output;
  }

  /** Creates a JSONata machine of these states; the first is the start. Returns its ARN. */
  async machine(
    states: Readonly<Record<string, object>>,
    more: { readonly name?: string; readonly type?: 'EXPRESS'; readonly TimeoutSeconds?: number } = {},
  ): Promise<string> {
    this.#machines += 1;
    const { name = `m${this.#machines}`, type, ...top } = more;
    const definition = JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: Object.keys(states)[0],
      States: states,
      ...top,
    });
    const input = { name, roleArn, definition, ...(type ? { type } : {}) };
    const { stateMachineArn } = await this.api<{ stateMachineArn: string }>('CreateStateMachine', input);
    return stateMachineArn;
  }

  /** Starts a machine of these states and lets time pass until it is over. */
  async run(
    states: Readonly<Record<string, object>>,
    input: Json = {},
    more: { readonly TimeoutSeconds?: number } = {},
  ): Promise<ExecutionRecord> {
    const execution = await this.begin(states, input, more);
    await this.world.until('the execution is over', () => execution.run.outcome !== undefined, 400 * 86_400_000);
    return execution;
  }

  /** Starts a machine of these states and lets everything happen that takes no time. */
  async begin(
    states: Readonly<Record<string, object>>,
    input: Json = {},
    more: { readonly TimeoutSeconds?: number } = {},
  ): Promise<ExecutionRecord> {
    const { executionArn } = this.states.start(await this.machine(states, more), input);
    await this.world.settle();
    return this.execution(executionArn);
  }

  execution(arn: string): ExecutionRecord {
    const found = this.states.executions().find((execution) => execution.arn === arn);
    if (!found) throw new Error(`no execution ${arn}`);
    return found;
  }
}

/** A function's answer. */
export function answer(payload: unknown): Invocation {
  return { ok: true, payload, executedVersion: '$LATEST' };
}

/** A function's failure. */
export function failure(errorType: string, errorMessage = 'it failed'): Invocation {
  return { ok: false, errorType, errorMessage, trace: [], executedVersion: '$LATEST' };
}

/** The types of all events, in order. */
export function types(history: readonly HistoryEvent[]): readonly string[] {
  return history.map((event) => String(event.type));
}

/** The output of an execution that succeeded. */
export function outputOf(execution: ExecutionRecord): unknown {
  const { outcome } = execution.run;
  if (outcome?.status !== 'SUCCEEDED') throw new Error(`it ended ${JSON.stringify(outcome)}`);
  return JSON.parse(outcome.output);
}
