/** What a client is told: 200, or why not, by a word of a small set that clients count, and in a sentence. */
export interface FleetLockAnswer {
  readonly status: number;
  readonly kind: FleetLockKind;
  readonly value: string;
}

/** A server must keep the kinds few (FleetLock's protocol, "Errors"). */
export type FleetLockKind =
  | 'granted'
  | 'released'
  | 'bad_request'
  | 'unknown_cluster'
  | 'unknown_client'
  | 'wrong_group'
  | 'failed_unavailable'
  | 'failed_lock_semaphore_full'
  | 'failed_node_not_drained'
  | 'failed_node_busy'
  | 'failed_window_closed'
  | 'failed_breaker_open'
  | 'failed_stopped';

const STATUS: Readonly<Partial<Record<FleetLockKind, number>>> = {
  granted: 200,
  released: 200,
  bad_request: 400,
  unknown_cluster: 404,
  unknown_client: 404,
  wrong_group: 403,
  failed_unavailable: 503,
};

/** An answer. What is neither yes nor the client's mistake is a conflict, and may be another one in a few minutes. */
export function fleetLockAnswer(kind: FleetLockKind, value: string): FleetLockAnswer {
  return { status: STATUS[kind] ?? 409, kind, value };
}
