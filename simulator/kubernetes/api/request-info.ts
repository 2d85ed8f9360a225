import { findResource, type ResourceType } from './resources.ts';

/** What a request is about, read from its method and URL alone. */
export interface RequestInfo {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; the method in lower case for other paths. */
  readonly verb: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Absent for paths that are no resource. */
  readonly resource?: ResourceInfo;
}

export interface ResourceInfo {
  readonly type: ResourceType;
  readonly subresource: string;
  /** Empty for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  readonly name: string;
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** Reads a request line; the rules of the API server's RequestInfoFactory. */
export function parseRequest(method: string, target: string): RequestInfo {
  const url = new URL(target, 'https://api');
  const path = url.pathname;
  const query = url.searchParams;
  const resource = parseResource(path);
  if (!resource) return { verb: method.toLowerCase(), path, query };
  return { verb: verbOf(method, query, resource.name), path, query, resource };
}

function verbOf(method: string, query: URLSearchParams, name: string): string {
  const verb = VERBS[method];
  if (verb === 'delete' && name === '') return 'deletecollection';
  if (verb) return verb;
  const watch = query.get('watch');
  if (watch === 'true' || watch === '1') return 'watch';
  return name === '' ? 'list' : 'get';
}

function parseResource(path: string): ResourceInfo | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const group = core ? '' : (parts[1] ?? '');
  const version = (core ? parts[1] : parts[2]) ?? '';
  const rest = parts.slice(core ? 2 : 3);
  if (rest.length === 0) return undefined;
  let namespace = '';
  let steps = rest;
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1] ?? '';
    if (rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize') steps = rest.slice(2);
  }
  const [plural = '', name = '', subresource = '', ...deeper] = steps;
  const type = findResource(group, version, plural);
  const scoped = type?.namespaced || plural === 'namespaces' || namespace === '';
  if (!type || deeper.length > 0 || !scoped) return undefined;
  if (subresource !== '' && !type.subresources.includes(subresource)) return undefined;
  return { type, subresource, namespace, name };
}

/** The namespace that an object lies in: none for a Namespace, although its own name stands where the namespace does. */
export function homeOf({ type, namespace }: Pick<ResourceInfo, 'type' | 'namespace'>): string | undefined {
  return type.namespaced && namespace !== '' ? namespace : undefined;
}
