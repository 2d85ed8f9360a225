import type { World } from '../../world/world.ts';
import type { KubeObject } from './objects.ts';
import { timeText } from './objects.ts';
import { resourceOf } from './resources.ts';
import { alreadyExists, notFound, tooOld } from './status-error.ts';

type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One change of one object. */
export interface Change {
  readonly type: ChangeType;
  readonly revision: number;
  readonly object: KubeObject;
  /** What it was before; absent when it is new. */
  readonly previous?: KubeObject;
}

export type Listener = (change: Change) => void;

/** How many changes of a kind stay for watches that start in the past. */
const CHANGES_KEPT = 4000;

/** Storage key inside a kind. Namespaced keys sort as etcd sorts them. */
export function keyOf(object: { metadata: { namespace?: string; name: string } }): string {
  return nameKey(object.metadata.namespace, object.metadata.name);
}

function nameKey(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The objects of one kind. */
class Table {
  readonly objects = new Map<string, KubeObject>();
  readonly changes: Change[] = [];
  /** Changes up to this revision are forgotten. */
  forgottenUpTo = 0;
  readonly listeners = new Set<Listener>();
  /** Listeners that only care for pods of one node. */
  readonly nodeListeners = new Map<string, Set<Listener>>();
  #sorted: string[] | undefined;

  put(key: string, object: KubeObject): void {
    if (!this.objects.has(key)) this.#sorted = undefined;
    this.objects.set(key, object);
  }

  drop(key: string): void {
    this.objects.delete(key);
    this.#sorted = undefined;
  }

  sortedKeys(): readonly string[] {
    this.#sorted ??= [...this.objects.keys()].sort();
    return this.#sorted;
  }

  remember(change: Change): void {
    this.changes.push(change);
    if (this.changes.length <= CHANGES_KEPT * 2) return;
    const dropped = this.changes.splice(0, CHANGES_KEPT);
    this.forgottenUpTo = dropped.at(-1)?.revision ?? this.forgottenUpTo;
  }
}

function nodeNameOf(object: KubeObject | undefined): string | undefined {
  return (object as { spec?: { nodeName?: string } } | undefined)?.spec?.nodeName;
}

/**
 * What etcd and the watch cache are to an API server: objects by key, one revision for all kinds, and the changes since.
 *
 * Objects are immutable once stored: change a copy and put it. Listeners hear every change in order of revision, also
 * when a listener changes something itself. Pods are indexed by node, everything that has an owner by the owner's uid.
 */
export class Store {
  readonly world: World;
  readonly #tables = new Map<string, Table>();
  readonly #podsByNode = new Map<string, Map<string, KubeObject>>();
  readonly #byOwner = new Map<string, Map<string, KubeObject>>();
  readonly #outbox: { table: Table; change: Change }[] = [];
  readonly #random;
  #delivering = false;
  #revision = 1;

  constructor(world: World, stream: string) {
    this.world = world;
    this.#random = world.random.for(stream);
  }

  get revision(): number {
    return this.#revision;
  }

  newUid(): string {
    return this.#random.uuid();
  }

  /**
   * A name that begins so and is not taken. After eight tries it is one that is taken, and creating it fails, as the API server does
   * (RetryGenerateName, https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values).
   */
  newName(key: string, prefix: string, namespace: string | undefined): string {
    let name = '';
    for (let attempt = 0; attempt < 8; attempt += 1) {
      name = `${prefix}${this.#newSuffix()}`;
      if (!this.find(key, name, namespace)) break;
    }
    return name;
  }

  // From the alphabet that Kubernetes uses: no vowels, no look-alikes.
  #newSuffix(): string {
    const alphabet = [...'bcdfghjklmnpqrstvwxz2456789'];
    return Array.from({ length: 5 }, () => this.#random.pick(alphabet)).join('');
  }

  find<T extends KubeObject>(key: string, name: string, namespace?: string): T | undefined {
    return this.#table(key).objects.get(nameKey(namespace, name)) as T | undefined;
  }

  /** @throws StatusError NotFound. */
  get<T extends KubeObject>(key: string, name: string, namespace?: string): T {
    const object = this.find<T>(key, name, namespace);
    if (!object) throw notFound(resourceOf(key), name);
    return object;
  }

  /** All objects of a kind, or of one namespace, in key order. */
  list<T extends KubeObject>(key: string, namespace?: string): T[] {
    const table = this.#table(key);
    const keys = table.sortedKeys();
    const chosen = namespace ? keys.filter((k) => k.startsWith(`${namespace}/`)) : keys;
    return chosen.map((k) => table.objects.get(k) as T);
  }

  count(key: string): number {
    return this.#table(key).objects.size;
  }

  podsOn<T extends KubeObject>(nodeName: string): T[] {
    return [...(this.#podsByNode.get(nodeName)?.values() ?? [])] as T[];
  }

  podCountOn(nodeName: string): number {
    return this.#podsByNode.get(nodeName)?.size ?? 0;
  }

  /** What has an owner reference with this uid. */
  ownedBy<T extends KubeObject>(uid: string): T[] {
    return [...(this.#byOwner.get(uid)?.values() ?? [])] as T[];
  }

  /** Stores a new object, completing its metadata. @throws StatusError AlreadyExists. */
  create<T extends KubeObject>(key: string, draft: T): T {
    const table = this.#table(key);
    const id = keyOf(draft);
    if (table.objects.has(id)) throw alreadyExists(resourceOf(key), draft.metadata.name);
    const type = resourceOf(key);
    const object = {
      ...draft,
      metadata: {
        ...draft.metadata,
        uid: this.newUid(),
        resourceVersion: String(this.#revision + 1),
        creationTimestamp: timeText(this.world.now()),
        ...(type.counted && { generation: 1 }),
      },
    };
    this.#commit(table, { type: 'ADDED', revision: ++this.#revision, object });
    return object;
  }

  /** Stores a new state of an object that is there; its metadata's identity stays. */
  replace<T extends KubeObject>(key: string, draft: T): T {
    const table = this.#table(key);
    const previous = table.objects.get(keyOf(draft));
    if (!previous) throw notFound(resourceOf(key), draft.metadata.name);
    const { uid, creationTimestamp } = previous.metadata;
    const object = {
      ...draft,
      metadata: {
        ...draft.metadata,
        ...(uid !== undefined && { uid }),
        ...(creationTimestamp !== undefined && { creationTimestamp }),
        resourceVersion: String(this.#revision + 1),
      },
    };
    this.#commit(table, { type: 'MODIFIED', revision: ++this.#revision, object, previous });
    return object;
  }

  /**
   * Changes a copy of an object and stores it, when it is there. What controllers use: there is no conflict, because
   * nothing else runs between reading and writing.
   */
  change<T extends KubeObject>(
    key: string,
    name: string,
    namespace: string | undefined,
    edit: (draft: T) => void,
  ): T | undefined {
    const current = this.find<T>(key, name, namespace);
    if (!current) return undefined;
    const draft = structuredClone(current);
    edit(draft);
    return this.replace(key, draft);
  }

  /** Removes an object at once, whatever its finalizers and grace. */
  remove(key: string, name: string, namespace?: string): KubeObject | undefined {
    const table = this.#table(key);
    const previous = table.objects.get(nameKey(namespace, name));
    if (!previous) return undefined;
    const revision = ++this.#revision;
    const object = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
    this.#commit(table, { type: 'DELETED', revision, object, previous });
    return object;
  }

  /** Calls the listener for each change of a kind from now on; with `nodeName`, only for pods of that node. */
  listen(key: string, listener: Listener, nodeName?: string): () => void {
    const table = this.#table(key);
    if (nodeName === undefined) {
      table.listeners.add(listener);
      return () => table.listeners.delete(listener);
    }
    const listeners = table.nodeListeners.get(nodeName) ?? new Set();
    table.nodeListeners.set(nodeName, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) table.nodeListeners.delete(nodeName);
    };
  }

  /** The changes of a kind after a revision. @throws StatusError Expired when they are forgotten. */
  changesSince(key: string, revision: number): Change[] {
    const table = this.#table(key);
    if (revision < table.forgottenUpTo) throw tooOld(revision, table.forgottenUpTo);
    let low = 0;
    let high = table.changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((table.changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return table.changes.slice(low);
  }

  /** Forgets the history, as a compaction does: watches from the past are Expired. */
  compact(): void {
    for (const table of this.#tables.values()) {
      table.forgottenUpTo = this.#revision;
      table.changes.length = 0;
    }
  }

  #table(key: string): Table {
    let table = this.#tables.get(key);
    if (!table) {
      table = new Table();
      this.#tables.set(key, table);
    }
    return table;
  }

  #commit(table: Table, change: Change): void {
    const id = keyOf(change.object);
    if (change.type === 'DELETED') table.drop(id);
    else table.put(id, change.object);
    this.#index(id, change);
    table.remember(change);
    this.#outbox.push({ table, change });
    this.#deliver();
  }

  #index(id: string, { type, object, previous }: Change): void {
    const gone = type === 'DELETED';
    if (object.kind === 'Pod')
      this.#reindex(this.#podsByNode, id, [nodeNameOf(previous)], [nodeNameOf(object)], object, gone);
    const owners = (of: KubeObject | undefined) => (of?.metadata.ownerReferences ?? []).map((owner) => owner.uid);
    if (object.metadata.ownerReferences || previous?.metadata.ownerReferences) {
      this.#reindex(this.#byOwner, `${object.kind} ${id}`, owners(previous), owners(object), object, gone);
    }
  }

  #reindex(
    index: Map<string, Map<string, KubeObject>>,
    id: string,
    before: readonly (string | undefined)[],
    after: readonly (string | undefined)[],
    object: KubeObject,
    gone: boolean,
  ): void {
    for (const bucket of before) {
      if (bucket === undefined || (!gone && after.includes(bucket))) continue;
      const members = index.get(bucket);
      members?.delete(id);
      if (members?.size === 0) index.delete(bucket);
    }
    if (gone) return;
    for (const bucket of after) {
      if (bucket === undefined || bucket === '') continue;
      const members = index.get(bucket) ?? new Map<string, KubeObject>();
      index.set(bucket, members.set(id, object));
    }
  }

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#outbox.shift(); next; next = this.#outbox.shift()) {
        const { table, change } = next;
        for (const listener of [...table.listeners]) listener(change);
        if (table.nodeListeners.size === 0) continue;
        const nodes = new Set([nodeNameOf(change.object), nodeNameOf(change.previous)]);
        for (const node of nodes) {
          for (const listener of [...(table.nodeListeners.get(node ?? '') ?? [])]) listener(change);
        }
      }
    } finally {
      this.#delivering = false;
    }
  }
}
