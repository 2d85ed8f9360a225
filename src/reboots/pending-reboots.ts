import { newVersion, rebootNeeded, rebootPaused } from './names.ts';
import type { RebootAgents, RebootNode, RebootNodes } from './ports.ts';
import { readReport } from './read-report.ts';

/** A node of a group. */
export interface GroupNode {
  readonly instanceId: string;
  /** May be empty. */
  readonly nodeName: string;
}

/** A node that wants a reboot. */
export interface PendingReboot extends GroupNode {
  readonly way: 'agent' | 'document';
  /** What it would boot; empty where nobody says. */
  readonly toVersion: string;
  readonly why: string;
}

/** Who wants a reboot, as far as it is known. */
export interface PendingReboots {
  readonly wanted: readonly PendingReboot[];
  /** Instances that run what is newest for them. */
  readonly current: readonly string[];
  /** Of whom nobody can say, and why. */
  readonly unknown: readonly { readonly instanceId: string; readonly why: string }[];
  /** Commands that were sent, by instance: to be given to the next look. Only of machines that have not answered. */
  readonly asked: Readonly<Record<string, string>>;
  /** Whether every machine has been asked and has answered, or cannot. */
  readonly settled: boolean;
}

/**
 * Which nodes of a group want a reboot: by FLUO's annotation where its agent runs, and by what our document finds where it does not, Debian's sentinel or update_engine. The
 * document only looks. Each look sends it to whom it was not sent yet, and reads the answers of those of the look before: give it `asked` until `settled`.
 * Changes nothing on any node.
 */
export async function pendingReboots(
  { nodes, asked }: { readonly nodes: readonly GroupNode[]; readonly asked: Readonly<Record<string, string>> },
  ports: { readonly nodes: RebootNodes; readonly agents: RebootAgents | 'elsewhere' },
): Promise<PendingReboots> {
  const answers = await Promise.all(
    nodes.map(async (one) => ({ one, want: await wantOf(one, asked[one.instanceId], ports) })),
  );
  const of = <Kind extends Want['kind']>(kind: Kind) =>
    answers.flatMap(({ one, want }) =>
      want.kind === kind ? [{ one, want: want as Extract<Want, { kind: Kind }> }] : [],
    );
  const open = of('asked');
  return {
    wanted: of('wanted').map(({ one, want: { kind: _, ...rest } }) => ({ ...one, ...rest })),
    current: of('current').map(({ one }) => one.instanceId),
    unknown: of('unknown').map(({ one, want }) => ({ instanceId: one.instanceId, why: want.why })),
    asked: Object.fromEntries(open.map(({ one, want }) => [one.instanceId, want.commandId])),
    settled: open.length === 0,
  };
}

type Want =
  | { readonly kind: 'wanted'; readonly way: 'agent' | 'document'; readonly toVersion: string; readonly why: string }
  | { readonly kind: 'current' }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'asked'; readonly commandId: string };

async function wantOf(
  { instanceId, nodeName }: GroupNode,
  commandId: string | undefined,
  { nodes, agents }: { readonly nodes: RebootNodes; readonly agents: RebootAgents | 'elsewhere' },
): Promise<Want> {
  const node = await nodes.find({ instanceId, nodeName, names: [] });
  if (typeof node === 'string')
    return { kind: 'unknown', why: node === 'none' ? 'it has no Node' : 'the API server cannot be asked' };
  if (node.annotations[rebootPaused] === 'true') return { kind: 'unknown', why: `its ${rebootPaused} is true` };
  if (node.annotations[rebootNeeded] !== undefined) return wantOfAgent(node);
  if (agents === 'elsewhere') return { kind: 'unknown', why: 'Tender’s document is not in its account and region' };
  return wantOfDocument(instanceId, commandId, agents);
}

function wantOfAgent({ annotations }: RebootNode): Want {
  if (annotations[rebootNeeded] !== 'true') return { kind: 'current' };
  const version = annotations[newVersion] ?? '';
  return { kind: 'wanted', way: 'agent', toVersion: version === '0.0.0' ? '' : version, why: 'FLUO’s agent says so' };
}

async function wantOfDocument(instanceId: string, commandId: string | undefined, agents: RebootAgents): Promise<Want> {
  if (commandId === undefined) {
    const look = { action: 'look', bootId: '', minutes: 2, comment: 'Tender: is a reboot due?' } as const;
    const sent = await agents.send(instanceId, look);
    return sent === 'unreachable'
      ? { kind: 'unknown', why: 'its SSM agent does not answer' }
      : { kind: 'asked', commandId: sent.commandId };
  }
  const { status, output, errors } = await agents.result(commandId, instanceId);
  if (status === 'under-way') return { kind: 'asked', commandId };
  const report = readReport(output);
  if (status === 'failed' || !report)
    return { kind: 'unknown', why: (errors || output).trim().split('\n').slice(0, 3).join('; ').slice(0, 300) };
  return report.rebootRequired
    ? { kind: 'wanted', way: 'document', toVersion: report.newVersion, why: report.why }
    : { kind: 'current' };
}
