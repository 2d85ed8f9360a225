import { createHash } from 'node:crypto';

/** What a node runs. */
export interface Running {
  readonly nodeName: string;
  readonly instanceId: string;
  readonly groupName: string;
  readonly imageId: string;
  /** Of the launch template; empty where there was none. */
  readonly version: string;
  readonly os: string;
  readonly kernel: string;
  readonly kubelet: string;
}

/** What runs where in a cluster. */
export interface RunningNodes {
  readonly cluster: string;
  /** When it last changed, ISO 8601. */
  readonly at: string;
  /** The last change; empty before the first. */
  readonly head: string;
  /** By instance id; since when, ISO 8601. */
  readonly nodes: Readonly<Record<string, Running & { readonly since: string }>>;
}

/** One change of what runs where, on top of the one before it, as a commit is. */
export interface Change {
  readonly id: string;
  /** Empty: the first. */
  readonly parent: string;
  readonly cluster: string;
  /** ISO 8601. */
  readonly at: string;
  /** null: it was not there; it is gone. */
  readonly nodes: readonly { readonly before: Running | null; readonly after: Running | null }[];
}

/**
 * What has changed since the last look, and what runs where now; undefined when nothing has.
 *
 * A node that is new runs what it runs since its launch; one that changed in place, since it was seen to.
 */
export function changeOf(
  before: RunningNodes | undefined,
  cluster: string,
  seen: readonly (Running & { readonly launchedAt: string })[],
  now: Date,
): { readonly change: Change; readonly running: RunningNodes } | undefined {
  const at = now.toISOString();
  const known = before?.nodes ?? {};
  const nodes = Object.fromEntries(
    seen.map(({ launchedAt, ...running }) => {
      const last = known[running.instanceId];
      if (last && same(last, running)) return [running.instanceId, last];
      return [running.instanceId, { ...running, since: last || launchedAt === '' ? at : launchedAt }];
    }),
  );
  const ids = [...new Set([...Object.keys(known), ...Object.keys(nodes)])].sort();
  const changes = ids.flatMap((id) => {
    const [old, young] = [known[id], nodes[id]];
    return old === young ? [] : [{ before: withoutTime(old), after: withoutTime(young) }];
  });
  if (changes.length === 0) return undefined;
  const content = { parent: before?.head ?? '', cluster, at, nodes: changes };
  const id = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
  return { change: { id, ...content }, running: { cluster, at, head: id, nodes } };
}

function same(a: Running, b: Running): boolean {
  return (Object.keys(b) as (keyof Running)[]).every((field) => a[field] === b[field]);
}

function withoutTime(running: (Running & { readonly since: string }) | undefined): Running | null {
  if (!running) return null;
  const { since: _since, ...rest } = running;
  return rest;
}
