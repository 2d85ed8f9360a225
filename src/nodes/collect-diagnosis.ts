import { diagnosisKey } from './names.ts';
import type { Commands, Documents, Groups, Instances, Node, Nodes } from './ports.ts';

interface DiagnosisPorts {
  readonly instances: Instances;
  readonly groups: Groups;
  readonly nodes: Nodes;
  readonly commands: Commands;
  readonly documents: Documents;
  /** Takes tokens and keys out of a text. */
  readonly redact: (text: string) => string;
}

interface DiagnosisInput {
  readonly cluster: string;
  readonly instanceId: string;
  readonly nodeName: string;
  readonly groupName: string;
  /** Absent when the instance takes no commands; `commandProblem` then says why. */
  readonly commandId?: string | undefined;
  readonly commandProblem?: string | undefined;
  readonly why: string;
}

/**
 * Writes everything that tells why a join failed to one document in the state bucket: serial console, the logs that our SSM document collected,
 * Node conditions and Auto Scaling's activities. What cannot be had is named in it, never fatal: a diagnosis must not fail for the very
 * fault it describes. Tokens and keys are redacted. Can run again: it writes another document.
 */
export async function collectDiagnosis(
  input: DiagnosisInput,
  ports: DiagnosisPorts,
  now: Date,
): Promise<{ diagnosis: string }> {
  const [console, command, node, activities] = await Promise.all([
    attempt(ports.instances.consoleOutput(input.instanceId)),
    attempt(input.commandId ? ports.commands.result(input.commandId, input.instanceId) : undefined),
    attempt(ports.nodes.get(input.nodeName)),
    attempt(ports.groups.activities(input.groupName, 10)),
  ]);
  const document = {
    cluster: input.cluster,
    instanceId: input.instanceId,
    groupName: input.groupName,
    collectedAt: now.toISOString(),
    why: input.why,
    node: 'value' in node ? describeNode(node.value) : node,
    logs: input.commandProblem ? { problem: input.commandProblem } : command,
    console,
    activities,
  };
  const key = diagnosisKey(input.cluster, input.instanceId, now.toISOString());
  return { diagnosis: await ports.documents.write(key, redacted(document, ports.redact)) };
}

// Text by text: a key that a log's end cuts off is redacted to the end of its text, and not of the document.
function redacted(document: unknown, redact: (text: string) => string): unknown {
  return JSON.parse(JSON.stringify(document), (_name, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  );
}

type Attempt<T> = { readonly value: T } | { readonly problem: string };

async function attempt<T>(work: Promise<T> | T): Promise<Attempt<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { problem: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

function describeNode(node: Node | undefined): unknown {
  return node
    ? { name: node.name, labels: node.labels, taints: node.taints, conditions: node.conditions }
    : 'it never registered';
}
