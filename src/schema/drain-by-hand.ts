/**
 * Whether an owner, as a claim or a Node names it, is a drain that a person began: whatever a workflow drains is in the name of that workflow's own execution. Once it
 * has succeeded, the node stays as it left it until a person has it put back.
 */
export function isDrainByHand(execution: string): boolean {
  return /(^|-)node-drain$/.test(execution.split(':').at(-2) ?? '');
}

/**
 * The drain by hand that keeps a node: by the mark on its Node, and where no Node is seen by the claim on its instance. A Node that was registered anew is not drained,
 * whatever the claim says. undefined: none does.
 *
 * @param marked the owner that the Node names; undefined where no Node is seen
 * @param claimed the owner of the claim, if that one runs no more
 */
export function drainThatKeeps(
  marked: { readonly owner: string | undefined } | undefined,
  claimed: string | undefined,
): string | undefined {
  const owner = marked ? marked.owner : claimed;
  return owner !== undefined && isDrainByHand(owner) ? owner : undefined;
}

/** Why a node is left as it is that a person has drained, and what to do about it. */
export function keptDrained(by: string, node: string, cluster: string): string {
  const execution = by.split(':').slice(-2).join(':');
  return `a person keeps it drained (${execution}): have it put back first (tender node put-back ${node} ${cluster})`;
}
