import { blob, count, flag, id, inner, list, message, text } from './protobuf-message.ts';

// What is used of etcd's API, v3.4 to v3.7, field numbers as published: etcd.io/docs/v3.6/dev-guide/api_reference_v3

const Header = message({ clusterId: id(1), memberId: id(2), revision: count(3), raftTerm: count(4) });

const Member = message({
  memberId: id(1),
  /** Empty until the member has started for the first time. */
  name: text(2),
  peerUrls: list(text(3)),
  clientUrls: list(text(4)),
  isLearner: flag(5),
});

/** A request, or an answer, that carries nothing of interest. */
export const Nothing = message({});

export const StatusResponse = message({
  header: inner(1, Header),
  version: text(2),
  databaseBytes: count(3),
  leaderId: id(4),
  raftIndex: count(5),
  raftTerm: count(6),
  raftAppliedIndex: count(7),
  errors: list(text(8)),
  databaseBytesInUse: count(9),
  isLearner: flag(10),
  /** Since 3.6. */
  quotaBytes: count(12),
});

export const MemberListRequest = message({ linearizable: flag(1) });
export const MemberListResponse = message({ header: inner(1, Header), members: list(inner(2, Member)) });
export const MemberAddRequest = message({ peerUrls: list(text(1)), isLearner: flag(2) });
export const MemberAddResponse = message({ member: inner(2, Member) });
/** MemberRemove, MemberPromote and MoveLeader take one member's id. */
export const MemberIdRequest = message({ memberId: id(1) });

/** `action`: 0 get, 2 deactivate. `alarm`: 0 any, 1 NOSPACE, 2 CORRUPT. */
export const AlarmRequest = message({ action: count(1), memberId: id(2), alarm: count(3) });
export const AlarmResponse = message({ alarms: list(inner(2, message({ memberId: id(1), alarm: count(2) }))) });

export const HashKvRequest = message({ revision: count(1) });
export const HashKvResponse = message({ header: inner(1, Header), hash: count(2), compactRevision: count(3) });

export const RangeRequest = message({
  key: blob(1),
  rangeEnd: blob(2),
  limit: count(3),
  revision: count(4),
  /** 2: descending. */
  sortOrder: count(5),
  /** 3: by the revision of the last change. */
  sortTarget: count(6),
  serializable: flag(7),
  countOnly: flag(9),
});
const KeyValue = message({ key: blob(1), value: blob(5) });
export const RangeResponse = message({
  header: inner(1, Header),
  keyValues: list(inner(2, KeyValue)),
  count: count(4),
});

/** `physical`: answer only when the member that is asked has removed what is compacted. */
export const CompactionRequest = message({ revision: count(1), physical: flag(2) });

export const SnapshotResponse = message({ remainingBytes: count(2), blob: blob(3) });

export const PutRequest = message({ key: blob(1), value: blob(2) });
export const DeleteRangeRequest = message({ key: blob(1), rangeEnd: blob(2) });
export const DeleteRangeResponse = message({ deleted: count(2) });
