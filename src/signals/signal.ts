/** A lifecycle hook of an Auto Scaling group waits for an answer. */
export interface HookSignal {
  readonly kind: 'launch-hook' | 'terminate-hook';
  readonly groupName: string;
  readonly instanceId: string;
  readonly hookName: string;
  readonly token: string;
  /** `EC2`, `AutoScalingGroup`, `WarmPool`; absent in old raw bodies. */
  readonly origin?: string | undefined;
  readonly destination?: string | undefined;
  /** Where it comes from; absent in raw bodies that do not say. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** When AWS wrote it, ISO 8601. */
  readonly at: string;
}

/** Something happens, or is about to happen, to an instance, and nobody waits for an answer. */
export interface InstanceSignal {
  readonly kind:
    | 'spot-interruption'
    | 'rebalance-recommendation'
    | 'scheduled-maintenance'
    | 'instance-stopped'
    | 'instance-terminated'
    | 'instance-alarm';
  readonly instanceId: string;
  /** What the signal is known by when it comes again (S2). */
  readonly reference: string;
  /** Until when work on the node must have ended, ISO 8601; absent where AWS names no time. */
  readonly deadline?: string | undefined;
  /** Where the instance lives. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** Somebody in a cluster tells that a node of it is not well. */
export interface ClusterSignal {
  readonly kind: 'node-problem';
  readonly cluster: string;
  /** Where it comes from. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** What asks Tender to act. Each kind is read in a file of its own. */
export type Signal = HookSignal | InstanceSignal | ClusterSignal;

/** What a notification turned out to be: signals to route, or something to drop, and why. */
export type Reading = { readonly signals: readonly Signal[] } | { readonly drop: string };
