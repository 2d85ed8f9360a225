import type { RestoredKubernetes, UnlistedKind } from '../etcd/drill-ports.ts';
import type { ApiAnswer, LocalApiServerClient } from './local-api-server.ts';

interface ListedKind {
  /** `deployments.apps`. */
  readonly name: string;
  readonly path: string;
  readonly group: string;
}

interface Discovery {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly { readonly resource: string; readonly verbs: readonly string[] }[];
    }[];
  }[];
}

/** One form for both lists; Kubernetes from 1.30 on. */
const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
/** The server reads and decodes whole objects all the same; only less is sent. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const AT_ONCE = 500;
/** Kinds of custom resources are served a moment after the server is ready. */
const DISCOVERED_WITHIN_MS = 15_000;
const NAME = 'tender-drill';

/** Looks through the API server of a drill. */
export function everyKind(
  api: Pick<LocalApiServerClient, 'send'>,
  sleep: (milliseconds: number) => Promise<unknown>,
): RestoredKubernetes & { readonly ready: () => Promise<boolean> } {
  let version = 'unknown';
  return {
    get version() {
      return version;
    },
    async ready() {
      if ((await api.send('/readyz')).status !== 200) return false;
      version = (parsed(await api.send('/version')) as { readonly gitVersion?: string }).gitVersion ?? version;
      return true;
    },
    async listEverything() {
      const elsewhere = await groupsOfOthers(api);
      const converted = await kindsWithConversion(api);
      const kinds = (await discovered(api, sleep)).filter(({ group }) => !elsewhere.has(group));
      let objects = 0;
      const unlisted: UnlistedKind[] = [...elsewhere].map((group) => ({
        kind: `*.${group}`,
        why: 'another server serves it',
        servedElsewhere: true,
      }));
      for (const kind of kinds) {
        const listed = await count(api, kind);
        if (typeof listed === 'number') objects += listed;
        else unlisted.push({ kind: kind.name, why: listed, servedElsewhere: converted.has(kind.name) });
      }
      return { kinds: kinds.length, objects, unlisted };
    },
    async write() {
      const path = '/api/v1/namespaces/default/configmaps';
      const post = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME }, data: { written: 'by a drill' } };
      const written = await api.send(path, { post });
      if (written.status !== 201) return problemOf(written);
      const read = await api.send(`${path}/${NAME}`);
      return read.status === 200 ? undefined : problemOf(read);
    },
  };
}

async function discovered(
  api: Pick<LocalApiServerClient, 'send'>,
  sleep: (milliseconds: number) => Promise<unknown>,
): Promise<readonly ListedKind[]> {
  const custom = await customKinds(api);
  for (let waited = 0; ; waited += 200) {
    const kinds = [...kindsOf(await api.send('/api', { accept: DISCOVERY }), '/api'), ...(await groupKinds(api))];
    const names = new Set(kinds.map(({ name }) => name));
    if (custom.every((name) => names.has(name)) || waited >= DISCOVERED_WITHIN_MS) return kinds;
    await sleep(200);
  }
}

async function groupKinds(api: Pick<LocalApiServerClient, 'send'>): Promise<readonly ListedKind[]> {
  return kindsOf(await api.send('/apis', { accept: DISCOVERY }), '/apis');
}

/** The first version that has it is the one that the server prefers. */
function kindsOf(answer: ApiAnswer, root: '/api' | '/apis'): readonly ListedKind[] {
  const kinds = new Map<string, ListedKind>();
  for (const { metadata, versions } of (parsed(answer) as unknown as Discovery).items) {
    const group = metadata.name ?? '';
    for (const { version, resources = [] } of versions) {
      for (const { resource, verbs } of resources) {
        const name = group === '' ? resource : `${resource}.${group}`;
        if (!verbs.includes('list') || kinds.has(name)) continue;
        kinds.set(name, { name, group, path: [root, group, version, resource].filter(Boolean).join('/') });
      }
    }
  }
  return [...kinds.values()];
}

/** How many objects of a kind there are, or why they cannot be read. */
async function count(api: Pick<LocalApiServerClient, 'send'>, { path }: ListedKind): Promise<number | string> {
  let objects = 0;
  let next = '';
  do {
    const from = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const answer = await api.send(`${path}?limit=${AT_ONCE}${from}`, { accept: METADATA_ONLY });
    if (answer.status !== 200) return problemOf(answer);
    const list = parsed(answer) as { readonly items?: readonly unknown[]; readonly metadata?: { continue?: string } };
    objects += list.items?.length ?? 0;
    next = list.metadata?.continue ?? '';
  } while (next !== '');
  return objects;
}

/** API groups that the API server hands on to another server, which is not in the database. */
async function groupsOfOthers(api: Pick<LocalApiServerClient, 'send'>): Promise<ReadonlySet<string>> {
  type Services = {
    readonly items?: readonly { readonly spec: { readonly group: string; readonly service?: object } }[];
  };
  const answer = await api.send('/apis/apiregistration.k8s.io/v1/apiservices');
  const { items = [] } = parsed(answer) as Services;
  return new Set(items.flatMap(({ spec }) => (spec.service ? [spec.group] : [])));
}

interface CustomKinds {
  readonly items?: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly conversion?: { readonly strategy?: string } };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

async function customResources(api: Pick<LocalApiServerClient, 'send'>): Promise<NonNullable<CustomKinds['items']>> {
  const answer = await api.send('/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
  return (parsed(answer) as CustomKinds).items ?? [];
}

async function customKinds(api: Pick<LocalApiServerClient, 'send'>): Promise<readonly string[]> {
  const isServed = ({ status }: NonNullable<CustomKinds['items']>[number]) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') ?? false;
  return (await customResources(api)).filter(isServed).map(({ metadata }) => metadata.name);
}

async function kindsWithConversion(api: Pick<LocalApiServerClient, 'send'>): Promise<ReadonlySet<string>> {
  const all = await customResources(api);
  return new Set(
    all.filter(({ spec }) => spec.conversion?.strategy === 'Webhook').map(({ metadata }) => metadata.name),
  );
}

function parsed(answer: ApiAnswer): object {
  if (answer.status !== 200) throw new Error(problemOf(answer));
  return JSON.parse(answer.body) as object;
}

/** A message of Kubernetes, without what it may quote of objects. */
function problemOf({ status, body }: ApiAnswer): string {
  try {
    return `${status} ${String((JSON.parse(body) as { readonly message?: string }).message).slice(0, 300)}`;
  } catch {
    return `${status}`;
  }
}
