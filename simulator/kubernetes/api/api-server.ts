import { gzipSync } from 'node:zlib';
import { load as loadYaml } from 'js-yaml';
import {
  ConnectionError,
  type HttpEndpoint,
  type HttpRequest,
  type HttpResponse,
  type RequestOrigin,
} from '../../wire/http.ts';
import { KillCaller } from '../../wire/kill-caller.ts';
import type { Fault } from '../../world/faults.ts';
import type { World } from '../../world/world.ts';
import type { Authenticator } from '../auth/authentication.ts';
import type { Authorizer } from '../auth/authorization.ts';
import { impersonated } from '../auth/impersonation.ts';
import { type Attributes, denial, type User } from '../auth/user.ts';
import { discover } from './discovery.ts';
import type { Fields, KubeObject } from './objects.ts';
import { openApi } from './openapi.ts';
import { readProtobuf } from './protobuf.ts';
import { homeOf, parseRequest, type RequestInfo, type ResourceInfo } from './request-info.ts';
import { type Admission, ResourceHandler, type ResourceRequest, type Result } from './resource-handler.ts';
import { groupVersionOf, isServedGroup, type ResourceType } from './resources.ts';
import { Reviews } from './reviews.ts';
import { fieldMatcher, labelMatcher, type Matcher, parseFieldSelector } from './selectors.ts';
import {
  badRequest,
  forbidden,
  methodNotAllowed,
  noSuchResource,
  notFound,
  notImplemented,
  StatusError,
} from './status-error.ts';
import { type Change, keyOf, type Store } from './store.ts';
import { type IncludeObject, tableOf } from './tables.ts';
import { WatchStream } from './watch-stream.ts';

export interface ApiServerOptions {
  readonly world: World;
  /** The cluster's name, as fault rules and the log know it. */
  readonly name: string;
  readonly host: string;
  /** `1.36`: minor, or `1.36.2`. */
  readonly version: string;
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly admit: Admission;
  readonly log: (event: string, details: Record<string, unknown>) => void;
}

/** How a client finds the server gone: refused at once, or no answer until it gives up. */
export type Outage = 'refused' | 'silent';

const MUTATING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** The server's GzipThreshold: 128 KiB. */
const GZIP_ABOVE = 128 * 1024;
const BOOKMARK_EVERY_MS = 60_000;

interface Chosen {
  readonly matches: Matcher;
  /** Set when a pod selector pins one node: the index answers it. */
  readonly nodeName?: string;
}

/** The HTTP side of a kube-apiserver: authentication, authorization, then the resources. */
export class ApiServer implements HttpEndpoint {
  readonly #itemTexts = new Map<ResourceType, WeakMap<KubeObject, string>>();
  readonly resources: ResourceHandler;
  readonly #options: ApiServerOptions;
  readonly #reviews: Reviews;
  readonly #watches = new Set<WatchStream>();
  #outage: Outage | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.resources = new ResourceHandler(options.store, options.admit, options.log);
    this.#reviews = new Reviews(options.authenticator, options.authorizer);
  }

  /** Takes the server away; open watches break. */
  down(outage: Outage): void {
    this.#outage = outage;
    for (const watch of [...this.#watches]) watch.end(new ConnectionError('ECONNRESET', 'socket hang up'));
  }

  up(): void {
    this.#outage = undefined;
  }

  get isDown(): boolean {
    return this.#outage !== undefined;
  }

  /** Whether anybody watches: for tests that look for leaks. */
  get openWatches(): number {
    return this.#watches.size;
  }

  /**
   * Answers one request.
   * @throws ConnectionError when the server is down or a planted fault breaks the connection; KillCaller for faults that kill a Lambda.
   */
  async handle(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse> {
    if (this.#outage === 'silent') return silence(request);
    if (this.#outage === 'refused') throw this.#refused(request);
    const info = parseRequest(request.method, request.path);
    const fault = this.#faultFor(info, origin);
    if (fault) return this.#meet(fault, request, info);
    return this.#answer(request, info);
  }

  #refused({ port }: HttpRequest): ConnectionError {
    return new ConnectionError('ECONNREFUSED', `connect ECONNREFUSED ${this.#options.host}:${port}`);
  }

  #faultFor(info: RequestInfo, origin: RequestOrigin): Fault | undefined {
    const { resource, verb } = info;
    const what = resource
      ? `${resource.type.resource}${resource.subresource && `/${resource.subresource}`}`
      : info.path;
    const fault = this.#options.world.faults.meet({
      target: 'kubernetes',
      service: this.#options.name,
      operation: `${verb} ${what}`,
      mutating: MUTATING.has(verb) && !resource?.type.review,
      ...(origin.kind === 'lambda' && { functionName: origin.name }),
      ...(origin.ordinal !== undefined && { ordinal: origin.ordinal }),
    });
    const kills = fault?.kind === 'kill-before' || fault?.kind === 'kill-after';
    return kills && origin.kind !== 'lambda' ? undefined : fault;
  }

  async #meet(fault: Fault, request: HttpRequest, info: RequestInfo): Promise<HttpResponse> {
    switch (fault.kind) {
      case 'error':
        return this.#failure(new StatusError(fault.status, fault.code, fault.message));
      case 'throttle':
        return tooManyRequests();
      case 'refuse':
        throw this.#refused(request);
      case 'hang':
        return silence(request);
      case 'kill-before':
        throw new KillCaller('before');
      case 'lose-response':
        await this.#answer(request, info);
        throw new ConnectionError('ECONNRESET', 'socket hang up');
      case 'kill-after':
        await this.#answer(request, info);
        throw new KillCaller('after');
    }
  }

  async #answer(request: HttpRequest, info: RequestInfo): Promise<HttpResponse> {
    try {
      const caller = await this.#options.authenticator.authenticate(request);
      const user = impersonated(request.headers, caller, this.#options.authorizer);
      this.#authorize(info, user);
      if (info.resource) return await this.#serveResource(request, info, info.resource, user);
      return this.#servePath(request, info);
    } catch (error) {
      if (error instanceof StatusError) return this.#failure(error);
      throw error;
    }
  }

  #authorize(info: RequestInfo, user: User): void {
    const { resource, query, verb } = info;
    const fieldSelector = query.get('fieldSelector');
    const named = /^metadata\.name=([^,]+)$/.exec(fieldSelector ?? '')?.[1] ?? '';
    const attributes: Attributes = {
      user,
      verb,
      group: resource?.type.group ?? '',
      resource: resource?.type.resource ?? '',
      subresource: resource?.subresource ?? '',
      namespace: resource?.namespace ?? '',
      name: resource?.name || named,
      path: resource ? '' : info.path,
      ...(fieldSelector !== null && { fieldSelector }),
    };
    const { allowed, reason } = this.#options.authorizer.authorize(attributes);
    if (allowed) return;
    const text = denial(attributes, reason);
    if (!resource) throw new StatusError(403, 'Forbidden', `forbidden: ${text}`, {});
    throw forbidden(resource.type, resource.name, text);
  }

  #servePath(request: HttpRequest, { path, query, verb }: RequestInfo): HttpResponse {
    if (path.startsWith('/apis/apiextensions.k8s.io/')) throw notImplemented('CustomResourceDefinitions');
    if (verb !== 'get' && verb !== 'head') return this.#failure(methodNotAllowed());
    if (['/healthz', '/livez', '/readyz'].includes(path)) return health(path.slice(1), query.has('verbose'));
    if (path === '/version') return this.#json(request, 200, this.#version());
    if (path === '/')
      return this.#json(request, 200, { paths: ['/api', '/apis', '/healthz', '/livez', '/readyz', '/version'] });
    const answer = discover(path, request.headers.accept ?? '', `${this.#options.host}:443`);
    if (answer) return this.#json(request, 200, answer.body, answer.contentType);
    const schema = openApi(path);
    if (schema) return this.#json(request, 200, schema);
    if (isServedGroup(path)) throw noSuchResource();
    return plain(404, '404 page not found\n');
  }

  #version(): Fields {
    const [major = '1', minor = '36', patch = '0'] = this.#options.version.replace(/^v/, '').split('.');
    const date = '2026-01-01T00:00:00Z';
    return {
      major,
      minor,
      gitVersion: `v${major}.${minor}.${patch}`,
      gitCommit: '',
      gitTreeState: 'clean',
      buildDate: date,
      goVersion: 'go1.26',
      compiler: 'gc',
      platform: 'linux/arm64',
    };
  }

  async #serveResource(
    request: HttpRequest,
    info: RequestInfo,
    resource: ResourceInfo,
    user: User,
  ): Promise<HttpResponse> {
    const { verb, query } = info;
    if (verb === 'list') return this.#list(request, resource, query);
    if (verb === 'watch') return this.#watch(request, resource, query);
    if (verb === 'get' && resource.subresource !== 'scale') return this.#get(request, resource);
    const contentType = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
    const call: ResourceRequest = { ...resource, user, query, contentType, body: parseBody(request.body, contentType) };
    if (resource.type.review) return this.#review(request, call, verb);
    const { status, body } = await this.#write(call, verb);
    return this.#object(request, resource.type, status, body as KubeObject);
  }

  async #review(request: HttpRequest, call: ResourceRequest, verb: string): Promise<HttpResponse> {
    if (verb !== 'create') throw methodNotAllowed();
    const { type, user, body } = call;
    return this.#json(request, 201, await this.#reviews.answer(type.kind, groupVersionOf(type), body, user));
  }

  #write(call: ResourceRequest, verb: string): Result {
    const { subresource } = call;
    if (subresource === 'eviction' && verb === 'create') return this.resources.evict(call);
    if (subresource === 'binding' && verb === 'create') return this.resources.bind(call);
    if (subresource === 'token' && verb === 'create') return this.#token(call);
    if (subresource === 'scale') return this.resources.scale(call, verb);
    if (verb === 'create' && call.name === '') return this.resources.create(call);
    if (verb === 'update') return this.resources.update(call);
    if (verb === 'patch') return this.resources.patch(call);
    if (verb === 'delete' && subresource === '') return this.resources.delete(call);
    if (verb === 'deletecollection') return this.#deleteCollection(call);
    throw methodNotAllowed();
  }

  #deleteCollection(call: ResourceRequest): Result {
    const chosen = this.#objectsOf(call, this.#chosen(call, call.query));
    const items = this.resources.deleteCollection(call, chosen);
    return { status: 200, body: this.#listBody(call.type, items, {}) };
  }

  #token({ name, namespace, body }: ResourceRequest): Result {
    const account = this.#options.store.get<KubeObject>('serviceaccounts', name, namespace);
    const spec = (body as { spec?: { expirationSeconds?: number; audiences?: string[] } } | undefined)?.spec ?? {};
    const seconds = spec.expirationSeconds ?? 3600;
    const uid = account.metadata.uid ?? '';
    const token = this.#options.authenticator.issueServiceAccountToken(namespace, name, uid, seconds);
    const expirationTimestamp = new Date(this.#options.world.now() + seconds * 1000)
      .toISOString()
      .replace('.000Z', 'Z');
    const metadata = { name, namespace, creationTimestamp: null };
    const request = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata };
    return {
      status: 201,
      body: { ...request, spec: { ...spec, expirationSeconds: seconds }, status: { token, expirationTimestamp } },
    };
  }

  #get(request: HttpRequest, info: ResourceInfo): HttpResponse {
    const { type, name } = info;
    if (type.review) throw methodNotAllowed();
    const object = this.#options.store.find<KubeObject>(type.storedAs, name, homeOf(info));
    if (!object) throw notFound(type, name);
    return this.#object(request, type, 200, object, true);
  }

  #chosen({ type }: ResourceInfo, query: URLSearchParams): Chosen {
    const labels = query.get('labelSelector');
    const fields = parseFieldSelector(
      query.get('fieldSelector') ?? '',
      type.storedAs.split('.')[0] ?? '',
      type.namespaced,
    );
    const byLabel = labels ? labelMatcher(labels) : undefined;
    const byField = fieldMatcher(fields);
    const pinned =
      type.key === 'pods' ? fields.find((field) => field.path === 'spec.nodeName' && field.equal) : undefined;
    return {
      matches: (object) => (byLabel?.(object) ?? true) && byField(object),
      ...(pinned && pinned.value !== '' && { nodeName: pinned.value }),
    };
  }

  #objectsOf({ type, namespace }: ResourceInfo, { matches, nodeName }: Chosen): KubeObject[] {
    const { store } = this.#options;
    if (nodeName === undefined) return store.list<KubeObject>(type.storedAs, namespace || undefined).filter(matches);
    const pods = store.podsOn<KubeObject>(nodeName).filter(matches);
    const local = namespace === '' ? pods : pods.filter((pod) => pod.metadata.namespace === namespace);
    return local.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  #list(request: HttpRequest, resource: ResourceInfo, query: URLSearchParams): HttpResponse {
    if (resource.type.review || resource.subresource !== '') throw methodNotAllowed();
    const all = this.#objectsOf(resource, this.#chosen(resource, query));
    const selected = query.get('labelSelector') || query.get('fieldSelector');
    const page = paginate(all, query, this.#options.store.revision);
    const metadata = {
      resourceVersion: String(page.revision),
      ...(page.next !== undefined && { continue: page.next }),
      ...(page.next !== undefined && !selected && { remainingItemCount: page.remaining }),
    };
    const table = tableOption(request);
    if (table) {
      const now = this.#options.world.now();
      return this.#json(request, 200, tableOf(resource.type, page.items, metadata, now, includeOption(query)));
    }
    return this.#bytes(request, 200, this.#listText(resource.type, page.items, metadata));
  }

  #listBody(type: ResourceType, items: readonly KubeObject[], metadata: Fields): Fields {
    // Items of a list carry no kind and apiVersion of their own, as in the real server.
    const bare = items.map((item) => {
      const { kind: _k, apiVersion: _a, ...rest } = this.resources.view(type, item) as KubeObject;
      return rest;
    });
    return { kind: `${type.kind}List`, apiVersion: groupVersionOf(type), metadata, items: bare };
  }

  // Stored objects never change, so each is written as text once: lists that are asked for again and again cost their new objects only.
  #listText(type: ResourceType, items: readonly KubeObject[], metadata: Fields): string {
    const texts = this.#itemTexts.get(type) ?? new WeakMap<KubeObject, string>();
    this.#itemTexts.set(type, texts);
    const written = items.map((item) => {
      const known = texts.get(item);
      if (known !== undefined) return known;
      const { kind: _k, apiVersion: _a, ...rest } = this.resources.view(type, item) as KubeObject;
      const text = JSON.stringify(rest);
      texts.set(item, text);
      return text;
    });
    const head = JSON.stringify({ kind: `${type.kind}List`, apiVersion: groupVersionOf(type), metadata });
    return `${head.slice(0, -1)},"items":[${written.join(',')}]}`;
  }

  #watch(request: HttpRequest, resource: ResourceInfo, query: URLSearchParams): HttpResponse {
    if (resource.type.review || resource.subresource !== '') throw methodNotAllowed();
    const stream = new WatchStream(request.signal);
    const chosen = this.#chosen({ ...resource }, query);
    const inScope = (object: KubeObject) =>
      (resource.namespace === '' || object.metadata.namespace === resource.namespace) &&
      (resource.name === '' || object.metadata.name === resource.name) &&
      chosen.matches(object);
    const show = this.#watchView(request, resource.type, query);
    const send = (change: Change) => sendChange(stream, change, inScope, show);
    try {
      this.#replay(stream, resource, query, inScope, show, send);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // A revision that is forgotten is told inside the stream, as the watch cache does.
      stream.send('ERROR', error.status);
      stream.end();
    }
    if (!stream.ended) this.#follow(stream, resource, query, chosen, send);
    return {
      status: 200,
      headers: { ...this.#headers(), 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      body: stream,
    };
  }

  #replay(
    stream: WatchStream,
    resource: ResourceInfo,
    query: URLSearchParams,
    inScope: Matcher,
    show: (object: KubeObject) => unknown,
    send: (change: Change) => void,
  ): void {
    const { store } = this.#options;
    const from = query.get('resourceVersion') ?? '';
    const initial = query.get('sendInitialEvents') === 'true';
    if (initial && query.get('resourceVersionMatch') !== 'NotOlderThan')
      throw badRequest('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    if (initial || from === '' || from === '0') {
      for (const object of this.#objectsOf(resource, { matches: inScope })) stream.send('ADDED', show(object));
    } else {
      if (!/^\d+$/.test(from))
        throw badRequest(`Invalid value: "${from}": strconv.ParseUint: parsing "${from}": invalid syntax`);
      for (const change of store.changesSince(resource.type.storedAs, Number(from))) send(change);
    }
    if (initial && query.get('allowWatchBookmarks') === 'true')
      stream.send('BOOKMARK', this.#bookmark(resource.type, { 'k8s.io/initial-events-end': 'true' }));
  }

  #follow(
    stream: WatchStream,
    resource: ResourceInfo,
    query: URLSearchParams,
    { nodeName }: Chosen,
    send: (change: Change) => void,
  ): void {
    const { store, world } = this.#options;
    const stop = store.listen(resource.type.storedAs, send, nodeName);
    this.#watches.add(stream);
    // Without timeoutSeconds the real server picks between 30 and 60 minutes.
    const seconds = Number(query.get('timeoutSeconds') ?? 0) || 1800;
    const timer = world.afterInBackground(seconds * 1000, 'watch timeout', () => stream.end());
    const stopBookmarks =
      query.get('allowWatchBookmarks') === 'true' ? this.#bookmarks(stream, resource.type, seconds) : () => {};
    stream.onEnd(() => {
      stop();
      stopBookmarks();
      timer.cancel();
      this.#watches.delete(stream);
    });
  }

  /** One a minute, and one two seconds before the watch ends in time. */
  #bookmarks(stream: WatchStream, type: ResourceType, seconds: number): () => void {
    const { world } = this.#options;
    const send = () => stream.send('BOOKMARK', this.#bookmark(type, undefined));
    const again = () => {
      send();
      timer = world.afterInBackground(BOOKMARK_EVERY_MS, 'watch bookmark', again);
    };
    let timer = world.afterInBackground(BOOKMARK_EVERY_MS, 'watch bookmark', again);
    const last = world.afterInBackground(Math.max(0, seconds - 2) * 1000, 'last watch bookmark', send);
    return () => {
      timer.cancel();
      last.cancel();
    };
  }

  #bookmark(type: ResourceType, annotations: Record<string, string> | undefined): Fields {
    const metadata = {
      resourceVersion: String(this.#options.store.revision),
      creationTimestamp: null,
      ...(annotations && { annotations }),
    };
    return { kind: type.kind, apiVersion: groupVersionOf(type), metadata };
  }

  #watchView(request: HttpRequest, type: ResourceType, query: URLSearchParams): (object: KubeObject) => unknown {
    if (!tableOption(request)) return (object) => this.resources.view(type, object);
    return (object) => {
      const metadata = { resourceVersion: object.metadata.resourceVersion };
      return tableOf(type, [object], metadata, this.#options.world.now(), includeOption(query));
    };
  }

  #object(request: HttpRequest, type: ResourceType, status: number, object: KubeObject, stored = false): HttpResponse {
    const query = new URL(request.path, 'https://api').searchParams;
    if (tableOption(request) && object.kind === type.kind) {
      const metadata = { resourceVersion: object.metadata.resourceVersion };
      return this.#json(
        request,
        status,
        tableOf(type, [object], metadata, this.#options.world.now(), includeOption(query)),
      );
    }
    return this.#json(request, status, stored ? this.resources.view(type, object) : object);
  }

  #headers(): Record<string, string> {
    return { 'cache-control': 'no-cache, private', date: new Date(this.#options.world.now()).toUTCString() };
  }

  #json(request: HttpRequest, status: number, body: unknown, contentType = 'application/json'): HttpResponse {
    return this.#bytes(request, status, JSON.stringify(body), contentType);
  }

  #bytes(request: HttpRequest, status: number, text: string, contentType = 'application/json'): HttpResponse {
    const bytes = Buffer.from(`${text}\n`);
    const headers = { ...this.#headers(), 'content-type': contentType };
    const zip = bytes.length > GZIP_ABOVE && (request.headers['accept-encoding'] ?? '').includes('gzip');
    if (!zip) return { status, headers: { ...headers, 'content-length': String(bytes.length) }, body: bytes };
    const zipped = gzipSync(bytes, { level: 1 });
    return {
      status,
      headers: {
        ...headers,
        'content-encoding': 'gzip',
        vary: 'Accept-Encoding',
        'content-length': String(zipped.length),
      },
      body: zipped,
    };
  }

  #failure({ status, httpStatus }: StatusError): HttpResponse {
    const bytes = Buffer.from(`${JSON.stringify(status)}\n`);
    const retry = status.details?.retryAfterSeconds;
    return {
      status: httpStatus,
      headers: {
        ...this.#headers(),
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        ...(retry !== undefined && { 'retry-after': String(retry) }),
      },
      body: bytes,
    };
  }
}

function sendChange(
  stream: WatchStream,
  { type, object, previous }: Change,
  inScope: Matcher,
  show: (object: KubeObject) => unknown,
): void {
  const now = type !== 'DELETED' && inScope(object);
  const before = previous !== undefined && inScope(previous);
  // What leaves a selector is deleted for its watcher, what enters is added.
  if (now) stream.send(before ? 'MODIFIED' : 'ADDED', show(object));
  else if (before)
    stream.send(
      'DELETED',
      show(
        type === 'DELETED'
          ? object
          : {
              ...previous,
              metadata: {
                ...previous.metadata,
                ...(object.metadata.resourceVersion !== undefined && {
                  resourceVersion: object.metadata.resourceVersion,
                }),
              },
            },
      ),
    );
}

function parseBody(body: Uint8Array, contentType: string): unknown {
  if (body.length === 0) return undefined;
  if (contentType === 'application/vnd.kubernetes.protobuf') return readProtobuf(body);
  const text = Buffer.from(body).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return contentType.includes('yaml') ? loadYaml(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type JSON or YAML): ${String(error)}`);
  }
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly revision: number;
  readonly next?: string;
  readonly remaining?: number;
}

/**
 * One page. The continue token names the key to go on after and the revision of the first page; later pages read the
 * present state, which is what the real server does too once that revision is compacted.
 */
function paginate(all: readonly KubeObject[], query: URLSearchParams, revision: number): Page {
  const token = query.get('continue');
  const start = token ? readContinue(token) : undefined;
  const rest = start ? all.filter((object) => keyOf(object) > start.after) : all;
  const limit = Number(query.get('limit') ?? 0);
  const first = start?.revision ?? revision;
  if (!(limit > 0) || rest.length <= limit) return { items: rest, revision: first };
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const next = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: first, start: last ? keyOf(last) : '' })).toString(
    'base64url',
  );
  return { items, revision: first, next, remaining: rest.length - limit };
}

function readContinue(token: string): { after: string; revision: number } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { rv: number; start: string };
    return { after: start, revision: rv };
  } catch {
    throw badRequest('invalid continue token: continue key is not valid: illegal base64 data at input byte 0');
  }
}

function tableOption(request: HttpRequest): boolean {
  return /as=Table/.test(request.headers.accept ?? '');
}

function includeOption(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  return value === 'Object' || value === 'None' ? value : 'Metadata';
}

function plain(status: number, text: string): HttpResponse {
  const body = Buffer.from(text);
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length) },
    body,
  };
}

/** What priority and fairness answers when its queues are full: plain text, not a Status. */
function tooManyRequests(): HttpResponse {
  const answer = plain(429, 'Too many requests, please try again later.\n');
  return { ...answer, headers: { ...answer.headers, 'retry-after': '1' } };
}

function health(name: string, verbose: boolean): HttpResponse {
  const checks = [
    'ping',
    'log',
    'etcd',
    'poststarthook/start-apiserver-admission-initializer',
    'poststarthook/rbac/bootstrap-roles',
  ];
  const lines = checks.map((check) => `[+]${check} ok`);
  return plain(200, verbose ? `${lines.join('\n')}\n${name} check passed\n` : 'ok');
}

/** No answer, until the client goes away. */
function silence({ signal }: HttpRequest): Promise<HttpResponse> {
  return new Promise((_, reject) => {
    const giveUp = () => reject(new ConnectionError('ETIMEDOUT', 'no answer'));
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}
