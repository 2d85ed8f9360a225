/** A lifecycle hook of an Auto Scaling group waits for an answer. */
export interface HookSignal {
  readonly kind: 'instance-launching' | 'instance-terminating';
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

/** What a notification turned out to be: one of ours to route, or something to drop, and why. */
export type Reading = { readonly signal: HookSignal } | { readonly drop: string };
