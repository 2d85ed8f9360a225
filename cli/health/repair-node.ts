import type { Deployment } from '../deployment.ts';
import { print } from '../print.ts';
import { runMachine } from '../run-machine.ts';
import type { CommandContext } from '../surroundings.ts';

/** Starts node-repair for a node, named by its Node or by its instance, and prints what came of it. */
export async function repairNode(
  context: CommandContext,
  deployment: Deployment,
  cluster: string,
  node: string,
  { from, plan, reason, wait }: { readonly from?: string; readonly plan: boolean; reason: string; wait: boolean },
): Promise<void> {
  const which = /^i-[0-9a-f]{8,17}$/.test(node) ? { instanceId: node } : { nodeName: node };
  const input = { cluster, ...which, reason, ...(from !== undefined && { from }), ...(plan && { plan }) };
  const { execution, output } = await runMachine(context, deployment, 'node-repair', input, { wait });
  const value = output ?? { execution };
  const fields = Object.entries(value).map(([name, one]): [string, string | number] => [
    name,
    typeof one === 'number' ? one : typeof one === 'object' ? JSON.stringify(one) : String(one),
  ]);
  print(context, value, { kind: 'fields', fields: Object.fromEntries(fields) });
}
