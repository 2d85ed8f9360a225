import type { RepairEvents, SickInstances, SickNodes } from './ports.ts';

/**
 * Reboots an instance. Can run again: one whose Node tells of another boot already is left alone. One that does not run any more is, too, and the next look says
 * what became of it.
 */
export async function rebootInstance(
  {
    instanceId,
    nodeName,
    bootId,
    reason,
  }: { readonly instanceId: string; readonly nodeName: string; readonly bootId: string; readonly reason: string },
  { instances, nodes, events }: { instances: SickInstances; nodes: SickNodes; events: RepairEvents },
): Promise<{ outcome: 'rebooting' | 'not-running' | 'booted' }> {
  const node = await nodes.find({ instanceId, nodeName, names: [] });
  if (bootId !== '' && typeof node === 'object' && node.bootId !== bootId) return { outcome: 'booted' };
  const outcome = await instances.reboot(instanceId);
  if (outcome === 'rebooting') {
    const message = `Tender reboots the instance (${reason})`;
    await events.record(nodeName, { type: 'Normal', reason: 'NodeRebooting', message });
  }
  return { outcome };
}
