import type { Observations, Seen } from './observations.ts';

/** What asking gave, or why it gave nothing. */
export async function seen<T>(ask: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { problem: inWords(error) };
  }
}

/** An error as people read it. */
export function inWords(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** What was seen, or what stands for it where nothing was. */
export function seenOr<T, F>(part: Seen<T> | undefined, otherwise: F): T | F {
  return part !== undefined && 'value' in part ? part.value : otherwise;
}

/** Why a part was not seen; undefined when it was. */
export function problemOf(part: Seen<unknown> | undefined): string | undefined {
  return part !== undefined && 'problem' in part ? part.problem : undefined;
}

/** A part of the observations that may not have been seen, by its name. */
export type Part =
  | 'nodes'
  | 'groups'
  | 'instances'
  | 'etcd'
  | 'daemonSets'
  | 'coreDns'
  | 'targets'
  | 'zonalShifts'
  | 'alarms'
  | 'nodeEvents'
  | 'failedJoins'
  | 'andon'
  | 'pause';

/** Each part, in the words of a sentence that ends in "could not be read". */
export const partNames: Readonly<Record<Part, string>> = {
  nodes: 'the Nodes',
  groups: 'the Auto Scaling groups',
  instances: 'the instances in EC2',
  etcd: 'etcd',
  daemonSets: 'the required DaemonSets',
  coreDns: 'CoreDNS',
  targets: 'the targets of load balancers',
  zonalShifts: 'zonal shifts',
  alarms: 'CloudWatch alarms',
  nodeEvents: 'the Events of Nodes',
  failedJoins: 'the count of failed joins',
  andon: 'the andon parameter',
  pause: 'whether somebody has paused the cluster',
};

/** Parts that were not seen, and why. */
export function unseenParts(
  observations: Observations,
  parts: readonly Part[] = Object.keys(partNames) as Part[],
): readonly { readonly part: Part; readonly problem: string }[] {
  return parts.flatMap((part) => {
    const problem = problemOf(observations[part]);
    return problem === undefined ? [] : [{ part, problem }];
  });
}
