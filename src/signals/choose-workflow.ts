import { executionName } from './execution-name.ts';
import { clusterTag, ourHooks } from './names.ts';
import type { GroupEntry } from './ports.ts';
import type { HookSignal } from './signal.ts';
import type { Choice } from './workflow-choice.ts';

/** What the event of a hook calls the group's warm pool, where an instance comes from or goes to. */
const POOL = 'WarmPool';

/**
 * What a hook's signal starts. Groups without our tag are somebody else's (S7), and so are hooks of another name on a group of ours: Tender
 * never answers a hook that it was not given.
 * The execution's name comes from the lifecycle action token, so a signal that comes twice starts one execution (S2).
 */
export function chooseWorkflow(signal: HookSignal, group: GroupEntry | undefined): Choice {
  const { groupName, instanceId, token } = signal;
  if (!group) return { drop: `group ${groupName} does not exist (any more), or lies where no cluster is registered` };
  const cluster = group.tags[clusterTag];
  if (cluster === undefined) return { drop: `group ${groupName} has no tag ${clusterTag}` };
  const ours = ourHooks[signal.kind];
  const hookName = group.tags[ours.tag] ?? ours.name;
  if (signal.hookName !== hookName) {
    return { drop: `hook ${signal.hookName} of group ${groupName} is not Tender's, which is ${hookName}` };
  }
  const name = executionName(cluster, instanceId, token);
  const hook = { groupName, name: signal.hookName, token, elsewhere: group.elsewhere };
  return signal.kind === 'launch-hook'
    ? {
        workflow: 'node-bootstrap',
        name,
        input: { cluster, instanceId, hook: { ...hook, ...(signal.origin === POOL && { fromPool: true }) } },
      }
    : {
        workflow: 'node-retire',
        name,
        input: {
          cluster,
          instanceId,
          signal: signal.kind,
          hook: { ...hook, since: signal.at, ...(signal.destination === POOL && { intoPool: true }) },
        },
      };
}
