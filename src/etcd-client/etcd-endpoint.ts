import type { Alarm, ListedMember, MemberStatus } from '../etcd/ports.ts';
import { EtcdAnswerBroken, EtcdRefused } from './errors.ts';
import { type CallLimits, GrpcChannel, type GrpcTarget } from './grpc-channel.ts';
import * as messages from './messages.ts';
import type { Message } from './protobuf-message.ts';

/** What {@link EtcdEndpoint.hashKv} found: equal among members at the same revision, or their data differ. */
export interface KeyValueHash {
  readonly hash: number;
  readonly compactRevision: number;
  /** Of the member's last write, which may be after the revision that was hashed. */
  readonly revision: number;
}

/** Reads and changes that answer at once. */
const CALL: CallLimits = { timeoutMs: 5_000 };
/** It reads every key, or writes the whole database anew. */
const SLOW_CALL: CallLimits = { timeoutMs: 8 * 60_000 };
/** A member that streams a snapshot and sends nothing for so long has died, or its disk has. */
const SNAPSHOT_SILENCE_MS = 30_000;

const ALARMS = ['unknown', 'NOSPACE', 'CORRUPT'] as const;
/** gRPC's status for a revision that is too early or too late. */
const OUT_OF_RANGE = 11;
const DESCENDING = 2;
const BY_LAST_CHANGE = 3;
const GET = 0;
const DEACTIVATE = 2;

/**
 * One member of etcd, 3.4 to 3.7. Opens no connection until something is asked; whoever is done closes it.
 *
 * Everything throws EtcdUnavailable, EtcdUntrusted, EtcdAccessDenied, EtcdRefused and EtcdAnswerBroken.
 */
export class EtcdEndpoint {
  readonly url: string;
  readonly #channel: GrpcChannel;

  constructor(target: GrpcTarget) {
    this.url = target.url;
    this.#channel = new GrpcChannel(target);
  }

  /** What the member says of itself, also while the cluster has no quorum. */
  async status(): Promise<MemberStatus> {
    const { header, ...status } = await this.#call('Maintenance/Status', messages.Nothing, {}, messages.StatusResponse);
    const { clusterId, memberId, revision } = header;
    return { ...status, clusterId, memberId, revision };
  }

  /** The members by this one's list; `confirmed`: by what a quorum agrees on, on etcd 3.5 and later. */
  async members({ confirmed = false } = {}): Promise<readonly ListedMember[]> {
    const request = { linearizable: confirmed };
    const { members } = await this.#call(
      'Cluster/MemberList',
      messages.MemberListRequest,
      request,
      messages.MemberListResponse,
    );
    return members;
  }

  /** The alarms that stand, of all members. */
  async alarms(): Promise<readonly Alarm[]> {
    const { alarms } = await this.#call(
      'Maintenance/Alarm',
      messages.AlarmRequest,
      { action: GET },
      messages.AlarmResponse,
    );
    return alarms.map(({ memberId, alarm }) => ({ memberId, kind: ALARMS[alarm] ?? 'unknown' }));
  }

  /** Takes an alarm back. One that does not stand is fine. */
  async disarm({ memberId, kind }: Alarm): Promise<void> {
    const request = { action: DEACTIVATE, memberId, alarm: ALARMS.indexOf(kind) };
    await this.#call('Maintenance/Alarm', messages.AlarmRequest, request, messages.AlarmResponse);
  }

  /** Adds a member that is to be started; as a learner it does not count for the quorum until it is promoted. */
  async addMember(peerUrls: readonly string[], { asLearner }: { readonly asLearner: boolean }): Promise<ListedMember> {
    const request = { peerUrls, isLearner: asLearner };
    const { member } = await this.#call(
      'Cluster/MemberAdd',
      messages.MemberAddRequest,
      request,
      messages.MemberAddResponse,
    );
    return member;
  }

  /** Makes a learner a voter. Etcd refuses while it lags behind the leader. */
  async promoteMember(memberId: string): Promise<void> {
    await this.#call('Cluster/MemberPromote', messages.MemberIdRequest, { memberId }, messages.Nothing);
  }

  /** Takes a member off the list; its process ends. */
  async removeMember(memberId: string): Promise<void> {
    await this.#call('Cluster/MemberRemove', messages.MemberIdRequest, { memberId }, messages.Nothing);
  }

  /** Makes another member the leader. Only the leader itself can be asked. */
  async moveLeader(memberId: string): Promise<void> {
    await this.#call('Maintenance/MoveLeader', messages.MemberIdRequest, { memberId }, messages.Nothing, SLOW_CALL);
  }

  /** Writes this member's database anew without its holes. The member answers nobody meanwhile. */
  async defragment(): Promise<void> {
    await this.#call('Maintenance/Defragment', messages.Nothing, {}, messages.Nothing, SLOW_CALL);
  }

  /** Forgets what was before this revision, and waits until this member has. One that was forgotten already is fine. */
  async compact(revision: number): Promise<void> {
    const request = { revision, physical: true };
    try {
      await this.#call('KV/Compact', messages.CompactionRequest, request, messages.Nothing, SLOW_CALL);
    } catch (error) {
      if (!(error instanceof EtcdRefused && error.code === OUT_OF_RANGE && /has been compacted/.test(error.message)))
        throw error;
    }
  }

  /** Hashes this member's keys and values up to a revision (0: all). */
  async hashKv(revision = 0): Promise<KeyValueHash> {
    const request = { revision };
    const answer = await this.#call(
      'Maintenance/HashKV',
      messages.HashKvRequest,
      request,
      messages.HashKvResponse,
      SLOW_CALL,
    );
    return { hash: answer.hash, compactRevision: answer.compactRevision, revision: answer.header.revision };
  }

  /** How many keys begin so (empty: all). `confirmed`: as a quorum has it, otherwise as this member does. */
  async countKeys(prefix = '', { confirmed = true } = {}): Promise<number> {
    const range = keysThatBeginWith(Buffer.from(prefix));
    const request = { ...range, countOnly: true, serializable: !confirmed };
    return (await this.#call('KV/Range', messages.RangeRequest, request, messages.RangeResponse, SLOW_CALL)).count;
  }

  /** The value of a key, as a quorum has it; undefined when there is none. */
  async read(key: string): Promise<Uint8Array | undefined> {
    const request = { key: Buffer.from(key) };
    return (await this.#range(request))[0];
  }

  /** The value that was written last under a prefix, as this member has it; undefined when there is none. */
  async lastWritten(prefix: string): Promise<Uint8Array | undefined> {
    const newestFirst = { sortOrder: DESCENDING, sortTarget: BY_LAST_CHANGE };
    const request = { ...keysThatBeginWith(Buffer.from(prefix)), ...newestFirst, limit: 1, serializable: true };
    return (await this.#range(request))[0];
  }

  /** Writes a key. Only restores do, to see whether etcd takes it. */
  async put(key: string, value: string): Promise<void> {
    const request = { key: Buffer.from(key), value: Buffer.from(value) };
    await this.#call('KV/Put', messages.PutRequest, request, messages.Nothing);
  }

  /** Removes all keys that begin so, and says how many there were. */
  async deletePrefix(prefix: string): Promise<number> {
    const range = keysThatBeginWith(Buffer.from(prefix));
    return (await this.#call('KV/DeleteRange', messages.DeleteRangeRequest, range, messages.DeleteRangeResponse))
      .deleted;
  }

  /**
   * The member's database as it is now, in chunks of some 32 KiB, with its SHA-256 in the last 32 bytes: what `etcdctl
   * snapshot save` writes. A chunk is good until the next one is asked for. It ends only when etcd said that all is sent;
   * whether that hashes to its trailer is for the reader to check.
   */
  async *snapshot(timeoutMs: number): AsyncGenerator<Uint8Array> {
    const limits = { timeoutMs, silenceMs: Math.min(timeoutMs, SNAPSHOT_SILENCE_MS) };
    const path = '/etcdserverpb.Maintenance/Snapshot';
    let remaining = 0;
    for await (const message of this.#channel.stream(path, messages.Nothing.encode({}), limits)) {
      const { remainingBytes, blob } = decoded(messages.SnapshotResponse, message);
      remaining = remainingBytes;
      if (blob.length > 0) yield blob;
    }
    if (remaining > 0) throw new EtcdAnswerBroken(`${remaining} bytes of the snapshot were not sent`);
  }

  /** Ends the connection. */
  close(): void {
    this.#channel.close();
  }

  async #range(request: Parameters<typeof messages.RangeRequest.encode>[0]): Promise<readonly Uint8Array[]> {
    const { keyValues } = await this.#call('KV/Range', messages.RangeRequest, request, messages.RangeResponse);
    // What is decoded lies in the buffer of the answer.
    return keyValues.map(({ value }) => Uint8Array.from(value));
  }

  async #call<Q, A>(path: string, request: Message<Q>, value: Partial<Q>, answer: Message<A>, limits = CALL) {
    return decoded(answer, await this.#channel.call(`/etcdserverpb.${path}`, request.encode(value), limits));
  }
}

function decoded<T>(type: Message<T>, bytes: Uint8Array): T {
  try {
    return type.decode(bytes);
  } catch (error) {
    throw new EtcdAnswerBroken('a message cannot be read', { cause: error });
  }
}

/** The range of keys with a prefix ends at the prefix with its last byte raised; a range to 0 has no end. */
function keysThatBeginWith(prefix: Uint8Array): { readonly key: Uint8Array; readonly rangeEnd: Uint8Array } {
  const last = prefix.findLastIndex((byte) => byte < 0xff);
  if (last < 0) return { key: prefix.length === 0 ? Uint8Array.of(0) : prefix, rangeEnd: Uint8Array.of(0) };
  const rangeEnd = Uint8Array.from(prefix.subarray(0, last + 1));
  rangeEnd[last] = (rangeEnd[last] ?? 0) + 1;
  return { key: prefix, rangeEnd };
}
