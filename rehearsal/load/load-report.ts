/** Why a request failed. */
export type FailureReason =
  /** The load balancer had nothing to open a connection to. */
  | 'no-target'
  /** It opened one to a node that does not answer. */
  | 'node-silent'
  /** No ready pod was behind the Service. */
  | 'no-endpoint'
  /** The pod was on a machine that is gone, which the cluster has not noticed. */
  | 'pod-unreachable'
  /** The node that the connection went through stopped answering before it ended. */
  | 'node-lost'
  /** The pod was gone before it had answered. */
  | 'pod-killed'
  /** The load balancer closed the connection. */
  | 'connection-cut';

/** One request that failed. */
export interface FailedRequest {
  /** ISO 8601, when it failed. */
  readonly at: string;
  /** The load balancer's name. */
  readonly door: string;
  readonly reason: FailureReason;
  /** The instance that the connection went through. */
  readonly instanceId?: string;
  readonly pod?: string;
  /** How long it had lasted; 0 when no connection came about. */
  readonly afterMs: number;
}

/** What became of the requests up to now. */
export interface LoadReport {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** Not ended yet. */
  readonly open: number;
  readonly byReason: Readonly<Partial<Record<FailureReason, number>>>;
  /** The first ones of each reason. */
  readonly firstFailures: readonly FailedRequest[];
}

const words: Readonly<Record<FailureReason, string>> = {
  'no-target': 'had no target',
  'node-silent': 'opened a connection to a node that does not answer',
  'no-endpoint': 'reached a node, but no pod of the Service was ready',
  'pod-unreachable': 'reached a node whose kube-proxy sent it to a pod on a machine that is gone',
  'node-lost': 'lost the node that its connection went through',
  'pod-killed': 'lost its pod before that had answered',
  'connection-cut': 'was cut by the load balancer',
};

/** A failed request in a sentence. */
export function failureText({ at, door, reason, instanceId, pod, afterMs }: FailedRequest): string {
  const where = [instanceId, pod].filter((part) => part !== undefined).join(', ');
  const after = afterMs === 0 ? '' : ` after ${(afterMs / 1000).toFixed(1)} s`;
  return `${at} a request through ${door} ${words[reason]}${where === '' ? '' : ` (${where})`}${after}`;
}
