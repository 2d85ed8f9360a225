import { concerns } from './check-join.ts';
import { disownNode } from './disown-node.ts';
import { certificateKeyName, startupTaint } from './names.ts';
import { runsWorkloads } from './next-join-step.ts';
import { isNodeOf } from './node-name.ts';
import type { BootstrapTokens, CertificateRequests, JoinParameters, NodeEvents, Nodes, Pods } from './ports.ts';
import { takeBack } from './withdraw-offer.ts';

interface RevokePorts {
  readonly tokens: BootstrapTokens;
  readonly parameters: JoinParameters;
  readonly csrs: CertificateRequests;
  readonly nodes: Nodes;
  readonly pods: Pods;
  readonly events: NodeEvents;
}

/**
 * Takes a failed join back: token and parameter deleted, its pending requests denied, and its Node deleted when it is still behind our
 * startup taint and runs no workload.
 * A node that runs workloads is left as it is, and said so: it is never abandoned undrained (S4). Can run again.
 */
export async function revokeJoin(
  input: { cluster: string; instanceId: string; nodeName: string; execution: string },
  ports: RevokePorts,
): Promise<{ runsWorkloads: boolean; nodeDeleted: boolean }> {
  const { tokenId } = await takeBack(input, ports);
  await ports.parameters.delete(certificateKeyName(input.cluster, input.instanceId));
  const pending = (await ports.csrs.pending()).filter((csr) => concerns(csr, { tokenId, nodeName: input.nodeName }));
  for (const csr of pending) await ports.csrs.deny(csr.name, `Tender: the join of ${input.instanceId} was given up`);

  // The name of an instance that EC2 has forgotten is unknown; its Node is the cloud controller's to delete.
  const node = input.nodeName === '' ? undefined : await ports.nodes.get(input.nodeName);
  if (!node || !isNodeOf(node, input.instanceId)) return { runsWorkloads: false, nodeDeleted: false };
  const busy = runsWorkloads(await ports.pods.onNode(node.name));
  const ours = node.taints.some((taint) => taint.key === startupTaint);
  const message = `Tender gave up the join of ${input.instanceId}${busy ? '; workloads run here, so the node stays' : ''}`;
  await ports.events.record(node.name, { type: 'Warning', reason: 'JoinRevoked', message });
  if (!busy && ours) await ports.nodes.delete(node.name);
  else await disownNode({ nodeName: node.name, execution: input.execution }, ports.nodes);
  return { runsWorkloads: busy, nodeDeleted: !busy && ours };
}
