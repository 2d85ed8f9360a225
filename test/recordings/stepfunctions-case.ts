import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { FunctionInvoker, Invocation } from '../../simulator/cloud/ports.ts';
import { AwsError } from '../../simulator/cloud/service.ts';
import type { Outcome } from '../../simulator/stepfunctions/engine.ts';
import { ExecutionRun } from '../../simulator/stepfunctions/execution-run.ts';
import { taskIntegrations } from '../../simulator/stepfunctions/integrations.ts';
import type { Json } from '../../simulator/stepfunctions/json.ts';
import { parseDefinition } from '../../simulator/stepfunctions/parse-definition.ts';
import { TaskTokens } from '../../simulator/stepfunctions/task-tokens.ts';
import { World } from '../../simulator/world/world.ts';

/** One recorded case, as the recordings' README describes it. */
export interface RecordedCase {
  readonly name: string;
  readonly features: readonly string[];
  readonly definition: Json;
  readonly input: Json;
  readonly lambdas: Readonly<Record<string, LambdaBehaviour>>;
  readonly clock?: string;
  readonly executionName?: string;
  readonly expect: Expectation;
}

export interface Expectation {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: Json;
  readonly causeIsExact: boolean;
  readonly placeholders: readonly string[];
  readonly historyTypes: readonly string[] | null;
  readonly historyOrder: 'exact' | 'interleaved';
  readonly events?: readonly Json[] | null;
}

type LambdaBehaviour =
  | 'echo'
  | { readonly returns: Json }
  | {
      readonly raises: {
        readonly errorType: string;
        readonly errorMessage: string;
        readonly stackTrace?: readonly string[];
      };
    }
  | { readonly sleepsSeconds: number; readonly then: 'echo' }
  | { readonly returnsRepeated: { readonly text: string; readonly count: number } };

/** What the local cloud made of a case. */
export interface ActualRun {
  readonly outcome: Outcome;
  readonly history: readonly HistoryEvent[];
}

/** Runs a case on a world of its own. @throws AwsError InvalidDefinition when the machine is refused. */
export async function runCase(recorded: RecordedCase): Promise<ActualRun> {
  const world = new World({ seed: 1, startsAt: new Date(recorded.clock ?? '2026-03-02T09:00:00Z') });
  const integrations = taskIntegrations({
    world,
    region: 'us-east-1',
    account: '111111111111',
    functions: recordedFunctions(world, recorded.lambdas ?? {}),
    calls: { call: () => Promise.reject(new AwsError('InternalFailure', 'no services here')) },
    authorize: () => {},
    services: () => [],
    taskFinished: () => Promise.reject(new Error('there are no tasks')),
    startNested: () => {
      throw new AwsError('StateMachineDoesNotExist', 'no machines here');
    },
  });
  const machine = parseDefinition(JSON.stringify(recorded.definition), (resource) => integrations.refusal(resource));
  const executionName = recorded.executionName ?? 'case';
  const run = new ExecutionRun({
    world,
    machine,
    input: recorded.input,
    executionArn: `arn:aws:states:us-east-1:111111111111:execution:machine:${executionName}`,
    executionName,
    stateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:machine',
    stateMachineName: 'machine',
    roleArn: 'arn:aws:iam::111111111111:role/machine',
    region: 'us-east-1',
    account: '111111111111',
    type: 'STANDARD',
    integrations,
    tokens: new TaskTokens(world),
  });
  run.start();
  if (recorded.features.includes('stop-execution')) {
    await world.advance(1000);
    run.stop(recorded.expect.error, typeof recorded.expect.cause === 'string' ? recorded.expect.cause : undefined);
  }
  await world.until('the execution is over', () => run.outcome !== undefined, 100 * 366 * 86_400_000);
  return { outcome: await run.finished, history: run.history };
}

function recordedFunctions(world: World, behaviours: Readonly<Record<string, LambdaBehaviour>>): FunctionInvoker {
  const invoke = async (functionName: string, payload: unknown): Promise<Invocation> => {
    const behaviour = Object.entries(behaviours).find(([name]) => lastPart(name) === lastPart(functionName))?.[1];
    if (behaviour === undefined) {
      const arn = `arn:aws:lambda:us-east-1:111111111111:function:${lastPart(functionName)}:$LATEST`;
      throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, { status: 404 });
    }
    return behave(world, behaviour, payload);
  };
  return { invoke, invokeLater: () => {} };
}

async function behave(world: World, behaviour: LambdaBehaviour, event: unknown): Promise<Invocation> {
  const answer = (payload: unknown): Invocation => ({ ok: true, payload, executedVersion: '$LATEST' });
  if (behaviour === 'echo') return answer(event);
  if ('returns' in behaviour) return answer(behaviour.returns);
  if ('returnsRepeated' in behaviour)
    return answer(behaviour.returnsRepeated.text.repeat(behaviour.returnsRepeated.count));
  if ('raises' in behaviour) {
    const { errorType, errorMessage, stackTrace = [] } = behaviour.raises;
    return { ok: false, errorType, errorMessage, trace: stackTrace, executedVersion: '$LATEST' };
  }
  await world.sleep(behaviour.sleepsSeconds * 1000);
  return answer(event);
}

function lastPart(functionName: string): string {
  return functionName.split(':function:').at(-1) ?? functionName;
}
