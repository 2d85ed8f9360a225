import { createHash } from 'node:crypto';
import type { GroupEntry } from './ports.ts';
import type { HookSignal } from './signal.ts';

/** Group tags that signals are routed by; src/nodes/names.ts explains them. */
export const clusterTag = 'tender:cluster';
const hookTags = {
  'instance-launching': 'tender:launch-hook',
  'instance-terminating': 'tender:terminate-hook',
} as const;
const defaultHooks = { 'instance-launching': 'tender-launch', 'instance-terminating': 'tender-terminate' } as const;
const workflows = { 'instance-launching': 'node-bootstrap', 'instance-terminating': 'node-retire' } as const;

/** What a signal starts, or why it starts nothing. */
export type Choice =
  | { readonly workflow: 'node-bootstrap' | 'node-retire'; readonly name: string; readonly input: HookInput }
  | { readonly drop: string };

/** The input of a machine that answers a hook: small enough to type. */
export interface HookInput {
  readonly cluster: string;
  readonly instanceId: string;
  readonly hook: {
    readonly groupName: string;
    readonly name: string;
    readonly token: string;
    /** Whether it is answered in another account or region. */
    readonly elsewhere: boolean;
  };
}

/**
 * What a hook's signal starts. Groups without our tag are somebody else's (S7), and so are hooks of another name on a group of ours: Tender
 * never answers a hook that it was not given.
 * The execution's name comes from the lifecycle action token, so a signal that comes twice starts one execution (S2).
 */
export function chooseWorkflow(signal: HookSignal, group: GroupEntry | undefined): Choice {
  if (!group)
    return { drop: `group ${signal.groupName} does not exist (any more), or lies where no cluster is registered` };
  const { tags, elsewhere } = group;
  const cluster = tags[clusterTag];
  if (cluster === undefined) return { drop: `group ${signal.groupName} has no tag ${clusterTag}` };
  const hookName = tags[hookTags[signal.kind]] ?? defaultHooks[signal.kind];
  if (signal.hookName !== hookName) {
    return { drop: `hook ${signal.hookName} of group ${signal.groupName} is not Tender's, which is ${hookName}` };
  }
  return {
    workflow: workflows[signal.kind],
    name: executionName(cluster, signal),
    input: {
      cluster,
      instanceId: signal.instanceId,
      hook: { groupName: signal.groupName, name: signal.hookName, token: signal.token, elsewhere },
    },
  };
}

/**
 * At most 80 characters, as Step Functions allows; the token's digest makes it one per lifecycle action. A tag may hold what a name may not: then
 * the execution starts all the same, and says that the cluster is not registered.
 */
function executionName(cluster: string, signal: HookSignal): string {
  const digest = createHash('sha256').update(signal.token).digest('hex').slice(0, 12);
  return `${cluster.slice(0, 40).replace(/[^A-Za-z0-9_-]/g, '_')}-${signal.instanceId}-${digest}`;
}
