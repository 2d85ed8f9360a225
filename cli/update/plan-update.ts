import * as z from 'zod/mini';
import { asManyAsFit } from '../../src/drains/blocker.ts';
import { planDrain } from '../../src/drains/plan-drain.ts';
import { isUnreachable } from '../../src/kubernetes/errors.ts';
import { jsonLogger } from '../../src/runtime/logger.ts';
import { drainOf } from '../../src/wiring/drain-of.ts';
import type { Deployment } from '../deployment.ts';
import { print, type Row } from '../print.ts';
import { runMachine } from '../run-machine.ts';
import type { CommandContext } from '../surroundings.ts';
import { launchesInWords } from './launches-in-words.ts';
import { groupToUpdate, type StartOptions, wishOf } from './start-update.ts';
import { reportOf, updateRoom } from './update-room.ts';

const Node = z.object({ instanceId: z.string(), nodeName: z.string(), zone: z.string() });
const Launches = z.object({ version: z.string(), imageId: z.string() });
const Planned = z.object({
  plan: z.looseObject({
    verdict: z.string(),
    why: z.string(),
    way: z.string(),
    target: Launches,
    previous: Launches,
    followed: z.string(),
    nodes: z.array(Node),
    waveSize: z.number(),
    surges: z.boolean(),
    expectedMinutes: z.number(),
    expectedDollars: z.number(),
    window: z.looseObject({ open: z.boolean(), why: z.string() }),
  }),
});
type Plan = z.output<typeof Planned>['plan'];

/** What would become of the pods on a node; null: the API server cannot be reached from here. */
interface NodePreview {
  readonly leave: readonly string[];
  readonly blockers: readonly string[];
}

/** So many nodes have their pods looked at at once. */
const AT_ONCE = 5;
/** Characters of what blocks in a table: the output as JSON names all. */
const ROOM_IN_CELL = 600;

/**
 * Prints what an update of a group would do: nodes in their order, the pods that would move and what may hold them, minutes and dollars. Gives whether it would do it.
 * @throws GroupNotThere, GroupNotNamed, ExecutionFailed, and what AWS throws
 */
export async function planUpdate(
  context: CommandContext,
  deployment: Deployment,
  cluster: string,
  { group, ...wish }: Pick<StartOptions, 'group' | 'version' | 'olderThanDays' | 'now'>,
): Promise<boolean> {
  const room = await updateRoom(deployment, cluster);
  const groupName = groupToUpdate(room, group);
  const input = { ...wishOf(room, groupName, wish), plan: true };
  const { output } = await runMachine(context, deployment, 'os-update', input, { wait: true });
  const { plan } = z.parse(Planned, output);
  const previews = await previewsOf(context, deployment, cluster, plan);
  const nodes = plan.nodes.map((node, index) => ({ ...node, pods: previews[index] ?? null }));
  if (context.options.output === 'table') {
    const fields = fieldsOf(groupName, plan, reportOf(room, groupName)?.diff ?? []);
    print(context, plan, { kind: 'fields', fields });
    context.out.write('\n');
  }
  print(context, { groupName, ...plan, nodes }, { kind: 'rows', rows: nodes.map(rowOf), empty: 'no node is touched' });
  return plan.verdict !== 'refuse';
}

function fieldsOf(group: string, plan: Plan, diff: readonly string[]): Row {
  const { verdict, why, way, target, previous, followed, waveSize, surges, window } = plan;
  return {
    group,
    verdict: `${verdict}: ${why}`,
    way,
    'launches now': `${launchesInWords(previous)}${followed === '' ? '' : `, by ${followed}: it is pinned first`}`,
    'would launch': launchesInWords(target),
    ...(diff.length > 0 && { differs: diff.join('; ') }),
    waves:
      way === 'managed'
        ? `EKS replaces ${waveSize} at a time, in an order of its own`
        : `one, then ${waveSize} at a time${surges ? ', with as many launched before' : ''}`,
    window: window.why,
    expected: `${Math.round(plan.expectedMinutes)} min, $${plan.expectedDollars.toFixed(2)} of Tender's own`,
  };
}

function rowOf({ nodeName, instanceId, zone, pods }: z.output<typeof Node> & { pods: NodePreview | null }): Row {
  return {
    node: nodeName || instanceId,
    zone,
    'pods that move': pods?.leave.length,
    'what may hold them': asManyAsFit(pods?.blockers ?? [], ROOM_IN_CELL).join('; ') || undefined,
  };
}

/** From here, as a drain would see it. Whoever cannot reach the API server gets the plan all the same. */
async function previewsOf(
  { err, now }: CommandContext,
  { environment }: Deployment,
  cluster: string,
  { nodes }: Plan,
): Promise<readonly (NodePreview | null)[]> {
  const logger = jsonLogger({ now, write: () => undefined }, 'error', {});
  const { ports, policy } = await drainOf(cluster, environment, { now, logger });
  const look = async ({ instanceId, nodeName }: z.output<typeof Node>) => {
    const usual = { voluntary: true, byHand: false, deadline: '', asksAndon: false, preview: true };
    const input = { cluster, instanceId, nodeName, ...usual };
    const { preview } = await planDrain(input, ports, policy, { now: now(), isUnreachable });
    return preview;
  };
  const seen: (NodePreview | null)[] = [];
  try {
    for (let first = 0; first < nodes.length; first += AT_ONCE)
      seen.push(...(await Promise.all(nodes.slice(first, first + AT_ONCE).map(look))));
    if (seen.includes(null)) err.write('pods were not looked at: the API server cannot be reached from here\n');
  } catch (error) {
    err.write(
      `pods were not looked at: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`,
    );
  }
  return seen;
}
