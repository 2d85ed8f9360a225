import type { InstanceSignal } from './signal.ts';

/** What a signal starts, or why it starts nothing. */
export type Choice = WorkflowStart | { readonly drop: string };

/** An execution to start. */
export interface WorkflowStart {
  /** `check-health` is no state machine but a function: a health pass over the cluster. */
  readonly workflow: 'node-bootstrap' | 'node-retire' | 'check-health';
  readonly name: string;
  readonly input: BootstrapInput | RetireInput | { readonly cluster: string };
}

/** The input of node-bootstrap: small enough to type. */
export interface BootstrapInput {
  readonly cluster: string;
  readonly instanceId: string;
  readonly hook: WaitingHook;
}

/** The input of node-retire: small enough to type. */
export interface RetireInput {
  readonly cluster: string;
  readonly instanceId: string;
  /** Why the node leaves. */
  readonly signal: 'terminate-hook' | Exclude<InstanceSignal['kind'], 'instance-alarm'>;
  /** Until when it must be empty, ISO 8601; for a hook, the hook's own timeouts say. */
  readonly deadline?: string;
  readonly hook?: WaitingHook & {
    /** When the hook began to wait, ISO 8601. */
    readonly since: string;
  };
}

/** A lifecycle hook that waits for an answer. */
export interface WaitingHook {
  readonly groupName: string;
  readonly name: string;
  readonly token: string;
  /** Whether it is answered in another account or region. */
  readonly elsewhere: boolean;
}
