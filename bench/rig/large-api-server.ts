// A process of its own: the API server of a large cluster, over TLS and with gzip, as far as health passes and kubectl ask it. It answers from lists that are
// written and compressed once, so that what a client needs can be told from what the server does.
// Its parent asks it for what ApiServerRequest names, one thing after the other.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type ClusterState, daemonSetsJson, dnsPods, leaseJson, nodeJson, podJson } from './large-cluster.ts';

/** What the process is asked, and what it answers. */
export type ApiServerRequest =
  /** `{url}` */
  | { readonly listen: { readonly key: string; readonly cert: string } }
  /** How the cluster is from now on, and what to write in advance: paths with their query. `{}` */
  | { readonly show: ClusterState; readonly inAdvance: readonly string[] }
  /** {@link Traffic} since it was last asked. */
  | 'traffic';

/** What was asked of the API server, and what it answered. */
export interface Traffic {
  readonly requests: number;
  /** Of answers, as they went over the wire. */
  readonly bytes: number;
  /** Of answers, as the client unpacked them. */
  readonly unpackedBytes: number;
}

/** A list as it is kept: compressed with the level that kube-apiserver compresses with. */
interface Written {
  readonly status: number;
  readonly type: string;
  readonly zipped: Buffer;
  readonly bytes: number;
}

/** As long as Go's HTTP servers keep a connection that is idle, kube-apiserver's among them. */
const IDLE_MS = 90_000;
const VERSION = '700000000';
const READY_CHECKS = ['ping', 'log', 'etcd', 'informer-sync', 'poststarthook/rbac/bootstrap-roles', 'shutdown'];

let state: ClusterState = { nodes: 0, pods: 0, at: new Date(0).toISOString(), sickSince: null };
let traffic = { requests: 0, bytes: 0, unpackedBytes: 0 };
const written = new Map<string, Written>();

process.on('message', (request: ApiServerRequest) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer(request: ApiServerRequest): Promise<void> {
  if (request === 'traffic') {
    process.send?.(traffic);
    traffic = { requests: 0, bytes: 0, unpackedBytes: 0 };
  } else if ('listen' in request) {
    const server = createServer(request.listen, (incoming, outgoing) => void serve(incoming, outgoing));
    // Node's own five seconds would end connections in the very moment in which they are used again.
    server.keepAliveTimeout = IDLE_MS;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.send?.({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
  } else {
    state = request.show;
    written.clear();
    for (const path of request.inAdvance) writeAllPages(path);
    process.send?.({});
  }
}

function writeAllPages(path: string): void {
  const url = new URL(path, 'https://rig');
  for (let next: string | undefined = ''; next !== undefined; ) {
    if (next !== '') url.searchParams.set('continue', next);
    next = pageOf(url)?.next;
    answerTo(url);
  }
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body: Uint8Array[] = [];
  for await (const chunk of incoming) body.push(chunk);
  traffic.requests += 1;
  // Whoever creates an Event gets it back.
  if (incoming.method === 'POST') return send(outgoing, jsonAnswer(201, Buffer.concat(body).toString()));
  send(outgoing, answerTo(new URL(incoming.url ?? '/', 'https://rig')));
}

function send(outgoing: ServerResponse, { status, type, zipped, bytes }: Written): void {
  traffic.bytes += zipped.length;
  traffic.unpackedBytes += bytes;
  outgoing.writeHead(status, { 'content-type': type, 'content-encoding': 'gzip', 'content-length': zipped.length });
  outgoing.end(zipped);
}

function answerTo(url: URL): Written {
  // kubectl and we write the same query in another order.
  url.searchParams.sort();
  const key = `${url.pathname}?${url.searchParams.toString()}`;
  const known = written.get(key) ?? write(url);
  written.set(key, known);
  return known;
}

function write(url: URL): Written {
  if (url.pathname === '/readyz') {
    const checks = READY_CHECKS.map((name) => `[+]${name} ok\n`).join('');
    return zippedAnswer(200, 'text/plain; charset=utf-8', `${checks}readyz check passed\n`);
  }
  const discovered = DISCOVERY[url.pathname];
  if (discovered) return jsonAnswer(200, JSON.stringify(discovered));
  const page = pageOf(url);
  if (page) return jsonAnswer(200, page.text());
  const message = 'the server could not find the requested resource';
  return jsonAnswer(404, JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code: 404 }));
}

function jsonAnswer(status: number, text: string): Written {
  return zippedAnswer(status, 'application/json', text);
}

function zippedAnswer(status: number, type: string, text: string): Written {
  const plain = Buffer.from(text);
  return { status, type, zipped: gzipSync(plain, { level: 1 }), bytes: plain.length };
}

/** A list that is served: how many items it has, and how one is written. */
interface Served {
  readonly kind: string;
  readonly apiVersion: string;
  readonly count: number;
  readonly item: (index: number) => string;
}

function servedAt(path: string, labelSelector: string | null): Served | undefined {
  const daemonSets = () => daemonSetsJson(state);
  switch (path) {
    case '/api/v1/nodes':
      return { kind: 'NodeList', apiVersion: 'v1', count: state.nodes, item: (index) => nodeJson(index, state) };
    case '/api/v1/pods':
      return { kind: 'PodList', apiVersion: 'v1', count: state.pods, item: (index) => podJson(index, state) };
    case '/api/v1/namespaces/kube-system/pods':
      // Nobody here asks for others of this namespace.
      if (labelSelector !== 'k8s-app=kube-dns') return undefined;
      return { kind: 'PodList', apiVersion: 'v1', count: dnsPods(state), item: (index) => podJson(index, state) };
    case '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases': {
      const apiVersion = 'coordination.k8s.io/v1';
      return { kind: 'LeaseList', apiVersion, count: state.nodes, item: (index) => leaseJson(index, state) };
    }
    case '/apis/apps/v1/daemonsets': {
      const all = daemonSets();
      return { kind: 'DaemonSetList', apiVersion: 'apps/v1', count: all.length, item: (index) => all[index] ?? '' };
    }
    default:
      return undefined;
  }
}

/** The page that is asked for, and the token of the next one. */
function pageOf({ pathname, searchParams }: URL): { readonly next?: string; readonly text: () => string } | undefined {
  const served = servedAt(pathname, searchParams.get('labelSelector'));
  if (!served) return undefined;
  const from = Number(searchParams.get('continue') ?? 0);
  const end = Math.min(served.count, from + Number(searchParams.get('limit') ?? served.count));
  const left = served.count - end;
  const more = left > 0 ? { continue: `${end}`, remainingItemCount: left } : {};
  const text = () => {
    const head = { kind: served.kind, apiVersion: served.apiVersion, metadata: { resourceVersion: VERSION, ...more } };
    const items = Array.from({ length: end - from }, (_, index) => served.item(from + index));
    return `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(',')}]}\n`;
  };
  return { ...(left > 0 && { next: `${end}` }), text };
}

const resource = (name: string, singularName: string, kind: string, namespaced: boolean, shortNames: string[]) => ({
  name,
  singularName,
  kind,
  namespaced,
  shortNames,
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
});
const APPS = { groupVersion: 'apps/v1', version: 'v1' };
const DISCOVERY: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '36', gitVersion: 'v1.36.3', platform: 'linux/amd64' },
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: 'apps', versions: [APPS], preferredVersion: APPS }],
  },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [resource('nodes', 'node', 'Node', false, ['no']), resource('pods', 'pod', 'Pod', true, ['po'])],
  },
  '/apis/apps/v1': {
    kind: 'APIResourceList',
    groupVersion: 'apps/v1',
    resources: [resource('daemonsets', 'daemonset', 'DaemonSet', true, ['ds'])],
  },
};
