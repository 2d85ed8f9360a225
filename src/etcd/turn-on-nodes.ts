import { RestoreStepFailed } from './errors.ts';
import type { NodeCommands, SentCommands } from './restore-ports.ts';

/** How far a step has come on the nodes that it is for. */
export interface NodesTurn {
  readonly commands: SentCommands;
  /** The output by instance, of those that are done. */
  readonly done: ReadonlyMap<string, string>;
  readonly waitingFor: readonly string[];
  /** Nodes that the command did not reach. */
  readonly unreached: readonly string[];
}

/**
 * One turn of a step on nodes: sends the command to those that have not got it, and looks how the others are getting on.
 *
 * Each of our documents can run twice, so that an execution that knows of no commands may send them all again.
 *
 * @throws RestoreStepFailed when the document failed on a node
 */
export async function turnOnNodes(
  step: string,
  instanceIds: readonly string[],
  sent: SentCommands,
  commands: NodeCommands,
  send: (instanceId: string) => Promise<string>,
): Promise<NodesTurn> {
  const all = await Promise.all(
    instanceIds.map(async (instanceId) => [instanceId, sent[instanceId] ?? (await send(instanceId))] as const),
  );
  const results = await Promise.all(
    all.map(async ([instanceId, commandId]) => ({ instanceId, ...(await commands.result(commandId, instanceId)) })),
  );
  const failed = results.filter(({ status }) => status === 'failed');
  if (failed.length > 0)
    throw new RestoreStepFailed(
      step,
      failed.map((one) => `${one.instanceId}: ${lastWords(one)}`),
    );
  const inState = (wanted: string) =>
    results.flatMap(({ instanceId, status }) => (status === wanted ? instanceId : []));
  return {
    commands: { ...sent, ...Object.fromEntries(all) },
    done: new Map(results.flatMap((one) => (one.status === 'done' ? [[one.instanceId, one.output] as const] : []))),
    waitingFor: inState('under-way'),
    unreached: inState('not-delivered'),
  };
}

function lastWords({ errors, output }: { readonly errors: string; readonly output: string }): string {
  const lines = (errors.trim() || output.trim()).split('\n').filter((line) => !/^failed to run commands/.test(line));
  return lines.slice(-3).join(' / ') || 'it said nothing';
}
