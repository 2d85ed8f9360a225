import type { Fields } from './objects.ts';
import { groupVersionOf, RESOURCES, type ResourceType, verbsOf } from './resources.ts';

const GROUPS = [...new Set(RESOURCES.map((type) => type.group))];

/** What a subresource takes and can do. */
const SUBRESOURCES: Readonly<Record<string, { kind?: string; group?: string; version?: string; verbs: string[] }>> = {
  status: { verbs: ['get', 'patch', 'update'] },
  approval: { verbs: ['get', 'patch', 'update'] },
  finalize: { verbs: ['update'] },
  eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  binding: { kind: 'Binding', verbs: ['create'] },
  token: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  scale: { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] },
};

function versionsOf(group: string): string[] {
  return [...new Set(RESOURCES.filter((type) => type.group === group).map((type) => type.version))];
}

function groupEntry(group: string): Fields {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function plainEntries(type: ResourceType): Fields[] {
  const main = {
    name: type.resource,
    singularName: type.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs: verbsOf(type),
    ...(type.shortNames.length > 0 && { shortNames: type.shortNames }),
    ...(type.categories.length > 0 && { categories: type.categories }),
  };
  const subresources = type.subresources.map((name) => {
    const { kind = type.kind, group, version, verbs } = SUBRESOURCES[name] ?? { verbs: ['get'] };
    return {
      name: `${type.resource}/${name}`,
      singularName: '',
      namespaced: type.namespaced,
      kind,
      verbs,
      ...(group !== undefined && { group, version }),
    };
  });
  return [main, ...subresources];
}

function aggregatedResource(type: ResourceType): Fields {
  const responseKind = { group: type.group, version: type.version, kind: type.kind };
  return {
    resource: type.resource,
    responseKind,
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs: verbsOf(type),
    ...(type.shortNames.length > 0 && { shortNames: type.shortNames }),
    ...(type.categories.length > 0 && { categories: type.categories }),
    ...(type.subresources.length > 0 && {
      subresources: type.subresources.map((subresource) => {
        const { kind, group = type.group, version = type.version, verbs } = SUBRESOURCES[subresource] ?? { verbs: [] };
        return { subresource, responseKind: kind ? { group, version, kind } : responseKind, verbs };
      }),
    }),
  };
}

function aggregated(groups: readonly string[]): Fields {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: { name: group === '' ? undefined : group, creationTimestamp: null },
      versions: versionsOf(group).map((version) => ({
        version,
        freshness: 'Current',
        resources: RESOURCES.filter((type) => type.group === group && type.version === version).map(aggregatedResource),
      })),
    })),
  };
}

/** An answer of the discovery endpoints and the type of its body. */
export interface DiscoveryAnswer {
  readonly body: Fields;
  readonly contentType: string;
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The answer of a discovery path, undefined for any other path. */
export function discover(path: string, accept: string, address: string): DiscoveryAnswer | undefined {
  const trimmed = path.replace(/\/$/, '');
  const wantsAggregated = accept.includes('as=APIGroupDiscoveryList') && accept.includes('v=v2');
  const plain = (body: Fields): DiscoveryAnswer => ({ body, contentType: 'application/json' });
  if (trimmed === '/api') {
    if (wantsAggregated) return { body: aggregated(['']), contentType: AGGREGATED };
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }];
    return plain({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs });
  }
  const named = GROUPS.filter((group) => group !== '');
  if (trimmed === '/apis') {
    if (wantsAggregated) return { body: aggregated(named), contentType: AGGREGATED };
    return plain({ kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(groupEntry) });
  }
  const group = named.find((name) => trimmed === `/apis/${name}`);
  if (group) return plain({ kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) });
  return groupVersionResources(trimmed);
}

function groupVersionResources(path: string): DiscoveryAnswer | undefined {
  const groupVersion = path === '/api/v1' ? 'v1' : /^\/apis\/([^/]+\/[^/]+)$/.exec(path)?.[1];
  const types = RESOURCES.filter((type) => groupVersionOf(type) === groupVersion);
  if (groupVersion === undefined || types.length === 0) return undefined;
  const resources = types.flatMap(plainEntries);
  return {
    body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources },
    contentType: 'application/json',
  };
}
