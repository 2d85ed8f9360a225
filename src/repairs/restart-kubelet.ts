import type { Agents, RepairEvents } from './ports.ts';

/**
 * Restarts containerd and the kubelet of a node, by our SSM document. Pods go on running meanwhile. Can run again: a second restart harms as little as the first.
 * An empty command: the agent has gone since it was asked.
 */
export async function restartKubelet(
  { instanceId, nodeName, reason }: { readonly instanceId: string; readonly nodeName: string; readonly reason: string },
  { agents, events }: { readonly agents: Agents | 'elsewhere'; readonly events: RepairEvents },
): Promise<{ commandId: string }> {
  const sent = agents === 'elsewhere' ? 'unreachable' : await agents.restart(instanceId, `Tender: ${reason}`);
  if (sent === 'unreachable') return { commandId: '' };
  const message = `Tender restarts containerd and the kubelet (${reason})`;
  await events.record(nodeName, { type: 'Normal', reason: 'KubeletRestarting', message });
  return sent;
}
