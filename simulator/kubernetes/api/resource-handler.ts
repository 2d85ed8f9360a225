import type { AdmissionRequest } from '../auth/node-restriction.ts';
import type { User } from '../auth/user.ts';
import { toCoreEvent, toNewEvent } from './event-views.ts';
import { admitEviction } from './eviction.ts';
import { checkApproval, prepareForCreate, prepareForUpdate } from './kind-rules.ts';
import type { CertificateSigningRequest, CoreEvent, Fields, KubeObject, Pod } from './objects.ts';
import { timeText } from './objects.ts';
import { assertSameIdentity, isFields, jsonPatch, mergePatch, sameJson, strategicMerge } from './patch.ts';
import { homeOf, type ResourceInfo } from './request-info.ts';
import { groupVersionOf, type ResourceType } from './resources.ts';
import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  modified,
  notFound,
  StatusError,
  unsupportedMediaType,
} from './status-error.ts';
import type { Store } from './store.ts';

/** A request to one resource, authenticated and authorized. */
export interface ResourceRequest extends ResourceInfo {
  readonly user: User;
  readonly query: URLSearchParams;
  readonly contentType: string;
  /** Parsed; undefined when the request has none. */
  readonly body: unknown;
}

/** Status and body of an answer. */
export interface Result {
  readonly status: number;
  readonly body: unknown;
}

/** Looks at a write before it happens. @throws StatusError Forbidden or Invalid. */
export type Admission = (request: AdmissionRequest) => void;

interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

const PATCHES: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': mergePatch,
  'application/strategic-merge-patch+json': strategicMerge,
  'application/apply-patch+yaml': mergePatch,
};

/** Creates, changes and deletes objects by the rules of the API server's generic registry. */
export class ResourceHandler {
  readonly #store: Store;
  readonly #admit: Admission;
  readonly #log: (event: string, details: Record<string, unknown>) => void;

  constructor(store: Store, admit: Admission, log: (event: string, details: Record<string, unknown>) => void) {
    this.#store = store;
    this.#admit = admit;
    this.#log = log;
  }

  create(request: ResourceRequest): Result {
    const { type, namespace, user } = request;
    const draft = this.#draftOf(request);
    if (request.name === '' && draft.metadata.generateName && !draft.metadata.name)
      draft.metadata.name = this.#store.newName(type.storedAs, draft.metadata.generateName, namespace);
    if (type.namespaced) this.#assertNamespace(draft, namespace);
    clearSystemFields(draft);
    prepareForCreate(type, draft, { user, now: this.#store.world.now() });
    this.#admit({
      user,
      operation: 'CREATE',
      type,
      subresource: '',
      namespace,
      name: draft.metadata.name,
      object: draft,
    });
    if (this.#dryRun(request)) return { status: 201, body: this.view(type, draft) };
    return { status: 201, body: this.view(type, this.#store.create(type.storedAs, draft)) };
  }

  update(request: ResourceRequest): Result {
    const { type, name, namespace } = request;
    const draft = this.#draftOf(request);
    if (!draft.metadata.name) draft.metadata.name = name;
    if (draft.metadata.name !== name) {
      throw badRequest(`the name of the object (${draft.metadata.name}) does not match the name on the URL (${name})`);
    }
    if (type.namespaced) draft.metadata.namespace ??= namespace;
    const before = this.#store.get<KubeObject>(type.storedAs, name, homeOf(request));
    return { status: 200, body: this.view(type, this.#write(request, draft, before)) };
  }

  patch(request: ResourceRequest): Result {
    const { type, name, contentType } = request;
    const apply = PATCHES[contentType];
    if (!apply) throw unsupportedMediaType();
    const before = this.#store.find<KubeObject>(type.storedAs, name, homeOf(request));
    if (!before && contentType === 'application/apply-patch+yaml') return this.create({ ...request, name: '' });
    if (!before) throw notFound(type, name);
    const seen = this.view(type, before);
    const patched = apply(structuredClone(seen), request.body);
    if (!isFields(patched) || !isFields(patched.metadata)) throw badRequest('the patch leaves no object');
    const draft = this.#stored(type, patched as unknown as KubeObject);
    assertSameIdentity(before, draft);
    return { status: 200, body: this.view(type, this.#write(request, draft, before)) };
  }

  delete(request: ResourceRequest): Result {
    const { type, name, namespace, user } = request;
    const object = this.#store.get<KubeObject>(type.storedAs, name, homeOf(request));
    const options = this.#deleteOptions(request);
    this.#assertPreconditions(type, object, options);
    this.#admit({ user, operation: 'DELETE', type, subresource: '', namespace, name, oldObject: object });
    if (this.#dryRun(request, options)) return { status: 200, body: this.view(type, object) };
    const left = this.deleteObject(type, object, options);
    if (left) return { status: type.key === 'pods' ? 200 : 202, body: this.view(type, left) };
    const { group, resource: kind } = type;
    const details = { name, ...(group !== '' && { group }), kind, uid: object.metadata.uid };
    const pod = type.key === 'pods';
    const success = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
    return { status: 200, body: pod ? this.view(type, object) : success };
  }

  deleteCollection(request: ResourceRequest, chosen: readonly KubeObject[]): readonly KubeObject[] {
    const options = this.#deleteOptions(request);
    for (const object of chosen) this.deleteObject(request.type, object, options);
    return chosen;
  }

  /**
   * Deletes an object as the registry does: pods on a node get their grace, finalizers hold it, dependents follow the
   * propagation policy. Returns what is left of it, undefined when it is gone.
   */
  deleteObject(type: ResourceType, object: KubeObject, options: DeleteOptions = {}): KubeObject | undefined {
    const { name, namespace } = object.metadata;
    const key = type.storedAs;
    if (options.propagationPolicy === 'Orphan') this.#orphan(object);
    const grace = type.key === 'pods' ? graceOf(object as Pod, options) : 0;
    const held = (object.metadata.finalizers ?? []).length > 0;
    if (type.key === 'namespaces') return this.#terminateNamespace(object);
    const previousGrace = object.metadata.deletionGracePeriodSeconds ?? 0;
    const leaving = object.metadata.deletionTimestamp !== undefined;
    if (grace === 0 && !held) {
      // One that was leaving with grace is first seen without any, and gone then: two events of a watch.
      if (leaving && previousGrace > 0) this.#markLeaving(object, key, 0);
      this.#store.remove(key, name, namespace);
      return undefined;
    }
    return leaving && previousGrace <= grace ? object : this.#markLeaving(object, key, grace);
  }

  #markLeaving({ metadata }: KubeObject, key: string, grace: number): KubeObject | undefined {
    const at = timeText(this.#store.world.now() + grace * 1000);
    return this.#store.change<KubeObject>(key, metadata.name, metadata.namespace, (draft) => {
      draft.metadata.deletionTimestamp = at;
      draft.metadata.deletionGracePeriodSeconds = grace;
      if (draft.metadata.generation !== undefined) draft.metadata.generation += 1;
    });
  }

  evict(request: ResourceRequest): Result {
    const { name, namespace, user, type } = request;
    const body = request.body as (Fields & { metadata?: { name?: string }; deleteOptions?: DeleteOptions }) | undefined;
    if (!isFields(body) || (body.kind ?? 'Eviction') !== 'Eviction')
      throw badRequest(`no kind "${isFields(body) ? String(body.kind) : ''}" is registered for version "policy/v1"`);
    this.#assertNotTerminating(type.resource, name, namespace);
    if (body.metadata?.name !== name) throw badRequest('name in URL does not match name in Eviction object');
    const pod = this.#store.get<Pod>('pods', name, namespace);
    this.#admit({ user, operation: 'CREATE', type, subresource: 'eviction', namespace, name });
    const options = body.deleteOptions ?? {};
    const dryRun = this.#dryRun(request, options);
    // The budget first, then the precondition, as the API server does: an eviction of the wrong pod costs its budget.
    admitEviction(this.#store, pod, dryRun);
    this.#assertPreconditions(type, pod, options);
    if (!dryRun) {
      this.#log('PodEvicted', { pod: name, namespace, node: pod.spec.nodeName ?? '', by: user.username });
      this.deleteObject(type, this.#markDisrupted(pod), options);
    }
    return { status: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
  }

  bind(request: ResourceRequest): Result {
    const target = (request.body as { target?: { name?: string } } | undefined)?.target?.name;
    if (!target) throw invalid('', 'Binding', request.name, [invalidValue('target.name', '', 'Required value')]);
    const pod = this.#store.get<Pod>('pods', request.name, request.namespace);
    if (pod.spec.nodeName)
      throw conflict(
        { group: '', resource: 'pods/binding' },
        request.name,
        `pod ${request.name} is already assigned to node "${pod.spec.nodeName}"`,
      );
    this.#store.change<Pod>('pods', request.name, request.namespace, (draft) => {
      draft.spec.nodeName = target;
    });
    return { status: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
  }

  scale(request: ResourceRequest, verb: string): Result {
    const { type, name, namespace } = request;
    if (verb !== 'get') {
      const replicas = this.#wantedReplicas(request);
      this.#store.change(type.storedAs, name, namespace, (draft: KubeObject & { spec: { replicas?: number } }) => {
        draft.spec.replicas = replicas;
        draft.metadata.generation = (draft.metadata.generation ?? 1) + 1;
      });
    }
    const workload = this.#store.get<KubeObject & { spec: { replicas?: number }; status?: Fields }>(
      type.storedAs,
      name,
      namespace,
    );
    const { uid, resourceVersion, creationTimestamp } = workload.metadata;
    return {
      status: 200,
      body: {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
        spec: { replicas: workload.spec.replicas },
        status: { replicas: workload.status?.replicas ?? 0 },
      },
    };
  }

  /** An object as this resource shows it. */
  view(type: ResourceType, object: KubeObject): unknown {
    return type.key === 'events.events.k8s.io' ? toNewEvent(object as CoreEvent) : object;
  }

  #wantedReplicas(request: ResourceRequest): number {
    const body = request.body as { spec?: { replicas?: number } } | undefined;
    const replicas = body?.spec?.replicas;
    if (replicas === undefined || replicas < 0)
      throw invalid('autoscaling', 'Scale', request.name, [
        invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
      ]);
    return replicas;
  }

  #stored(type: ResourceType, object: KubeObject): KubeObject {
    return type.key === 'events.events.k8s.io' ? toCoreEvent(object) : object;
  }

  #draftOf({ type, body }: ResourceRequest): KubeObject {
    if (!isFields(body)) throw badRequest('the object provided is unrecognized: the body is empty or no JSON object');
    const groupVersion = groupVersionOf(type);
    if (
      (body.kind !== undefined && body.kind !== type.kind) ||
      (body.apiVersion !== undefined && body.apiVersion !== groupVersion)
    )
      throw badRequest(
        `${String(body.kind)} in version "${String(body.apiVersion)}" cannot be handled as a ${type.kind}: no kind "${String(body.kind)}" is registered for version "${String(body.apiVersion)}"`,
      );
    const metadata = isFields(body.metadata) ? body.metadata : {};
    const draft = { ...body, apiVersion: groupVersion, kind: type.kind, metadata: { name: '', ...metadata } };
    return this.#stored(type, draft as KubeObject);
  }

  #assertNamespace(draft: KubeObject, namespace: string): void {
    draft.metadata.namespace ??= namespace;
    if (draft.metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    if (!this.#store.find('namespaces', namespace)) throw notFound({ group: '', resource: 'namespaces' }, namespace);
    this.#assertNotTerminating(`${draft.kind.toLowerCase()}s`, draft.metadata.name, namespace);
  }

  /** The admission plugin NamespaceLifecycle; an eviction is created too. */
  #assertNotTerminating(resource: string, name: string, namespace: string): void {
    const home = this.#store.find<KubeObject & { status?: { phase?: string } }>('namespaces', namespace);
    if (home?.status?.phase !== 'Terminating') return;
    const message = `namespace ${namespace} is being terminated`;
    throw new StatusError(
      403,
      'Forbidden',
      `${resource} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      {
        name,
        kind: resource,
        causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
      },
    );
  }

  #markDisrupted(pod: Pod): Pod {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
      lastProbeTime: null,
      lastTransitionTime: timeText(this.#store.world.now()),
    };
    const marked = this.#store.change<Pod>('pods', pod.metadata.name, pod.metadata.namespace, (draft) => {
      const others = (draft.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
      draft.status = { ...draft.status, conditions: [...others, condition] };
    });
    return marked ?? pod;
  }

  /** The part that update and patch share: optimistic locking, the kind's rules, admission, finalizers. */
  #write(request: ResourceRequest, draft: KubeObject, before: KubeObject): KubeObject {
    const { type, subresource, user, namespace, name } = request;
    assertVersion(type, draft, before);
    const { uid } = draft.metadata;
    if (uid !== undefined && uid !== before.metadata.uid)
      throw conflict(
        type,
        name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`,
      );
    const next = this.#restrict(request, draft, before);
    this.#admit({ user, operation: 'UPDATE', type, subresource, namespace, name, object: next, oldObject: before });
    if (this.#dryRun(request)) return next;
    if (
      sameJson(
        { ...next, metadata: { ...next.metadata, resourceVersion: '' } },
        { ...before, metadata: { ...before.metadata, resourceVersion: '' } },
      )
    )
      return before;
    const released = before.metadata.deletionTimestamp && (next.metadata.finalizers ?? []).length === 0;
    if (released && (next.metadata.deletionGracePeriodSeconds ?? 0) === 0)
      return this.#store.remove(type.storedAs, name, before.metadata.namespace) ?? next;
    return this.#store.replace(type.storedAs, next);
  }

  /** Lets a write change only what its (sub)resource may change. */
  #restrict(request: ResourceRequest, draft: KubeObject, before: KubeObject): KubeObject {
    const { type, subresource } = request;
    const kept = { ...before.metadata };
    if (subresource === 'status' || subresource === 'approval') {
      const status = (draft as KubeObject & Fields).status;
      const metadata = type.key === 'nodes' || type.key === 'pods' ? mergedMeta(draft, kept) : kept;
      const next = { ...before, metadata, ...(status !== undefined && { status }) } as KubeObject;
      if (subresource === 'approval')
        checkApproval(
          type,
          next as CertificateSigningRequest,
          before as CertificateSigningRequest,
          timeText(this.#store.world.now()),
        );
      return next;
    }
    draft.metadata = mergedMeta(draft, kept);
    prepareForUpdate(type, draft, before);
    const specChanged =
      type.counted && !sameJson((draft as KubeObject & Fields).spec, (before as KubeObject & Fields).spec);
    if (specChanged) draft.metadata.generation = (before.metadata.generation ?? 1) + 1;
    return draft;
  }

  #dryRun(request: ResourceRequest, options?: DeleteOptions): boolean {
    const values = [...request.query.getAll('dryRun'), ...(options?.dryRun ?? [])];
    const wrong = values.find((value) => value !== 'All');
    if (wrong !== undefined)
      throw invalid('meta.k8s.io', 'CreateOptions', '', [
        {
          field: 'dryRun',
          reason: 'FieldValueNotSupported',
          message: `Unsupported value: ["${wrong}"]: supported values: "All"`,
        },
      ]);
    return values.length > 0;
  }

  #deleteOptions({ body, query }: ResourceRequest): DeleteOptions {
    const grace = query.get('gracePeriodSeconds');
    const policy = query.get('propagationPolicy');
    return {
      ...(isFields(body) ? (body as DeleteOptions) : {}),
      ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
      ...(policy !== null && { propagationPolicy: policy }),
    };
  }

  #assertPreconditions(type: ResourceType, object: KubeObject, { preconditions }: DeleteOptions): void {
    const { uid, resourceVersion, name } = object.metadata;
    const subject = { group: type.group, resource: type.kind };
    if (preconditions?.uid !== undefined && preconditions.uid !== uid)
      throw conflict(
        subject,
        name,
        `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
      );
    if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion)
      throw conflict(
        subject,
        name,
        `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      );
  }

  #orphan(owner: KubeObject): void {
    for (const dependent of this.#store.ownedBy<KubeObject>(owner.metadata.uid ?? '')) {
      const key = dependentKey(dependent);
      this.#store.change<KubeObject>(key, dependent.metadata.name, dependent.metadata.namespace, (draft) => {
        draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter(
          (o) => o.uid !== owner.metadata.uid,
        );
      });
    }
  }

  #terminateNamespace(namespace: KubeObject): KubeObject | undefined {
    return this.#store.change<KubeObject & { status?: { phase?: string } }>(
      'namespaces',
      namespace.metadata.name,
      undefined,
      (draft) => {
        draft.metadata.deletionTimestamp ??= timeText(this.#store.world.now());
        draft.status = { ...draft.status, phase: 'Terminating' };
      },
    );
  }
}

/** The storage key of a stored object, from its own kind. */
export function dependentKey(object: KubeObject): string {
  const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
  const plural = `${object.kind.toLowerCase()}s`;
  return group === '' ? plural : `${plural}.${group}`;
}

function graceOf(pod: Pod, { gracePeriodSeconds }: DeleteOptions): number {
  const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (!pod.spec.nodeName || finished) return 0;
  return Math.max(0, gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
}

function clearSystemFields(draft: KubeObject): void {
  const { metadata } = draft;
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.generation;
  delete metadata.resourceVersion;
  delete (metadata as Fields & typeof metadata).managedFields;
}

/** The metadata that a writer may change, on top of what is the system's. */
function mergedMeta(draft: KubeObject, kept: KubeObject['metadata']): KubeObject['metadata'] {
  const { labels, annotations, finalizers, ownerReferences } = draft.metadata;
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...fixed } = kept;
  return {
    ...fixed,
    ...(labels && Object.keys(labels).length > 0 && { labels }),
    ...(annotations && Object.keys(annotations).length > 0 && { annotations }),
    ...(finalizers && finalizers.length > 0 && { finalizers }),
    ...(ownerReferences && ownerReferences.length > 0 && { ownerReferences }),
  };
}

function assertVersion(type: ResourceType, draft: KubeObject, before: KubeObject): void {
  const { resourceVersion, name } = draft.metadata;
  if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0') {
    if (!type.conditionalUpdate) return;
    throw invalid(type.group, type.resource, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  if (!/^\d+$/.test(resourceVersion))
    throw invalid(type.group, type.kind, name, [
      invalidValue('metadata.resourceVersion', resourceVersion, 'strconv.ParseUint: parsing: invalid syntax'),
    ]);
  if (resourceVersion !== before.metadata.resourceVersion) throw modified(type, name);
}
