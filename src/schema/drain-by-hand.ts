/**
 * Whether an owner, as a claim or a Node names it, is a drain that a person began: whatever a workflow drains is in the name of that workflow's own execution. Once it
 * has succeeded, the node stays as it left it until a person has it put back.
 */
export function isDrainByHand(execution: string): boolean {
  return /(^|-)node-drain$/.test(execution.split(':').at(-2) ?? '');
}

/** Why a node is left as it is that a person has drained, and what to do about it. */
export function keptDrained(by: string, node: string, cluster: string): string {
  const execution = by.split(':').slice(-2).join(':');
  return `a person keeps it drained (${execution}): have it put back first (tender node put-back ${node} ${cluster})`;
}
