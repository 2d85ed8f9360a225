import { type Mark, markOf } from './mark.ts';
import { afterReboot, beforeReboot, rebootInProgress, rebootMark, rebootOk } from './names.ts';
import type { RebootNode, RebootNodeChange, RebootNodes, RebootPolicy } from './ports.ts';

const LOOK_AGAIN_SECONDS = 15;
/**
 * An agent that was given leave has begun within seconds, our document reboots within a minute, and EC2 does it the hard way after four when the system does not shut down
 * (docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-reboot.html).
 */
export const QUIET_MS = 360_000;

/** Whether the node may be put back. */
export interface SettledReboot {
  readonly settled: boolean;
  readonly why: string;
  readonly lookAgainSeconds: number;
}

/**
 * Takes back what an execution wrote on a node for its reboot: FLUO's leave, labels and answers of checks, and its own mark. A reboot that is on its way is not to be
 * called back, so that a node on which one was asked for is settled only once it is Ready, in another boot, or in the same one for so long that none comes (S34).
 * Only the owner's mark counts. Can run again; a node that is gone is settled.
 * @throws NodeChanged (try again).
 */
export async function settleReboot(
  { owner, ...target }: { readonly instanceId: string; readonly nodeName: string; readonly owner: string },
  { nodes }: { readonly nodes: RebootNodes },
  policy: RebootPolicy,
  now: Date,
): Promise<SettledReboot> {
  const turn = (settled: boolean, why: string) => ({ settled, why, lookAgainSeconds: LOOK_AGAIN_SECONDS });
  const node = await nodes.find({ ...target, names: [] });
  if (node === 'none') return turn(true, '');
  if (node === 'unknown') return turn(false, 'the API server cannot be asked');
  const mark = markOf(node);
  if (mark?.owner !== owner) return turn(true, '');
  const change = withdrawalOf(node, mark, policy);
  const why = whyNotSettled(node, mark, now);
  if (why === undefined) {
    await nodes.change(node, { ...change, annotations: { ...change.annotations, [rebootMark]: null } });
    return turn(true, '');
  }
  if (isAnything(node, change)) await nodes.change(node, change);
  return turn(false, why);
}

function whyNotSettled(node: RebootNode, mark: Mark, now: Date): string | undefined {
  if (mark.step === 'checks') return undefined;
  if (!node.ready) return 'it was being rebooted, and is not Ready';
  if (node.bootId !== mark.bootId) return undefined;
  if (node.annotations[rebootInProgress] === 'true') return 'its agent is rebooting it';
  return now.getTime() - Date.parse(mark.since) < QUIET_MS ? 'a reboot may still be on its way' : undefined;
}

function withdrawalOf({ annotations }: RebootNode, { way }: Mark, { reboots }: RebootPolicy): RebootNodeChange {
  if (way !== 'agent') return {};
  const names = [...reboots.beforeRebootAnnotations, ...reboots.afterRebootAnnotations];
  return {
    labels: { [beforeReboot]: null, [afterReboot]: null },
    annotations: {
      ...Object.fromEntries(names.map((name) => [name, null])),
      ...(annotations[rebootOk] === 'true' && { [rebootOk]: 'false' }),
    },
  };
}

function isAnything({ labels, annotations }: RebootNode, change: RebootNodeChange): boolean {
  const differs = (now: Readonly<Record<string, string>>, then: Readonly<Record<string, string | null>> = {}) =>
    Object.entries(then).some(([key, value]) => (now[key] ?? null) !== value);
  return differs(labels, change.labels) || differs(annotations, change.annotations);
}
