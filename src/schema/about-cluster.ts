/** Whether an execution works for a cluster, by its input; one that sweeps has that of the dead one, as text, in the event that started it. */
export function isAboutCluster(input: Readonly<Record<string, unknown>>, cluster: string): boolean {
  if (input.cluster === cluster) return true;
  const { detail } = input;
  if (typeof detail !== 'object' || detail === null || !('input' in detail)) return false;
  return clusterIn(String(detail.input)) === cluster;
}

function clusterIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'cluster' in value ? value.cluster : undefined;
  } catch {
    return undefined;
  }
}
