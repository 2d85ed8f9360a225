import { AwsError } from '../cloud/service.ts';
import type { World } from '../world/world.ts';

/** One log event. */
export interface LogEvent {
  /** Unique and ascending in the order of ingestion. */
  readonly id: number;
  /** Epoch milliseconds: of the event, and of its arrival. */
  readonly timestamp: number;
  readonly ingestedAt: number;
  readonly message: string;
}

export interface StoredStream {
  readonly name: string;
  readonly createdAt: number;
  readonly events: LogEvent[];
}

export interface StoredGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly streams: Map<string, StoredStream>;
  readonly tags: Map<string, string>;
  readonly kmsKeyId: string | undefined;
  retentionInDays: number | undefined;
}

type Listener = (groupName: string, event: LogEvent) => void;

/** The log groups of a world. */
export class LogStore {
  readonly #world: World;
  readonly #groups = new Map<string, StoredGroup>();
  readonly #listeners = new Set<Listener>();
  #lastId = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Appends a line; the group and the stream come to be with their first line, as those of functions do. */
  write(groupName: string, streamName: string, message: string): void {
    const group = this.#groups.get(groupName) ?? this.createGroup(groupName);
    const stream = group.streams.get(streamName) ?? this.createStream(groupName, streamName);
    this.append(group, stream, message, this.#world.now());
  }

  append(group: StoredGroup, stream: StoredStream, message: string, timestamp: number): void {
    this.#lastId += 1;
    const event = { id: this.#lastId, timestamp, ingestedAt: this.#world.now(), message };
    stream.events.push(event);
    for (const listener of this.#listeners) listener(group.name, event);
  }

  /** Calls the listener with every event from now on; returns how to stop that. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws AwsError `ResourceAlreadyExistsException`. */
  createGroup(
    name: string,
    settings: { kmsKeyId?: string | undefined; tags?: Record<string, string> | undefined } = {},
  ): StoredGroup {
    if (this.#groups.has(name)) throw alreadyExists('group');
    const group: StoredGroup = {
      name,
      createdAt: this.#world.now(),
      streams: new Map(),
      tags: new Map(Object.entries(settings.tags ?? {})),
      kmsKeyId: settings.kmsKeyId,
      retentionInDays: undefined,
    };
    this.#groups.set(name, group);
    return group;
  }

  /** @throws AwsError `ResourceAlreadyExistsException`, `ResourceNotFoundException`. */
  createStream(groupName: string, name: string): StoredStream {
    const { streams } = this.group(groupName);
    if (streams.has(name)) throw alreadyExists('stream');
    const stream = { name, createdAt: this.#world.now(), events: [] };
    streams.set(name, stream);
    return stream;
  }

  /** By name. */
  groups(): readonly StoredGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** By name or ARN. @throws AwsError `ResourceNotFoundException`. */
  group(nameOrArn: string | undefined): StoredGroup {
    const name = /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(nameOrArn ?? '')?.[1] ?? nameOrArn ?? '';
    const group = this.#groups.get(name);
    if (group) return group;
    throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  stream(group: StoredGroup, name: string | undefined): StoredStream {
    const stream = group.streams.get(name ?? '');
    if (stream) return stream;
    throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
  }

  /** The stream's events that the group's retention has kept. */
  kept(group: StoredGroup, stream: StoredStream): readonly LogEvent[] {
    if (group.retentionInDays === undefined) return stream.events;
    const oldest = this.#world.now() - group.retentionInDays * 86_400_000;
    return stream.events.filter(({ timestamp }) => timestamp >= oldest);
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  deleteGroup(name: string): void {
    this.#groups.delete(this.group(name).name);
  }
}

function alreadyExists(what: string): AwsError {
  return new AwsError('ResourceAlreadyExistsException', `The specified log ${what} already exists`);
}
