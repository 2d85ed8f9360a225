import type { DrainPolicy } from '../../../src/drains/ports.ts';
import type { RetirePolicy } from '../../../src/nodes/retire-ports.ts';

/** What is to become of one number: a world, and what happens in it. Plain data, so that a story can be told of it. */
export interface SeedPlan {
  readonly seed: number;
  readonly groups: readonly PlannedGroup[];
  readonly apps: readonly PlannedApp[];
  /** `drain`, `retire` and `disruptions` of the registry entry. */
  readonly policy: PlannedPolicy;
  /** Beside the network and the classic load balancer that every demo cluster has. */
  readonly balancers: readonly PlannedBalancer[];
  readonly happenings: readonly Happening[];
  /** Whether health passes look at the cluster, every so many minutes; they stand still otherwise. */
  readonly healthMinutes?: number;
  /** The update of the first group to another image; most worlds have none. */
  readonly update?: PlannedUpdate;
}

/** An update of the first group. */
export interface PlannedUpdate {
  /** Seconds after the world is ready. */
  readonly at: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly bakeMinutes: number;
  /** How many instances more than its nodes the group may have. */
  readonly room: number;
  /** How nodes of the new image turn out, from which one on. */
  readonly image: 'good' | 'never-joins' | 'dies-later';
  readonly badFrom: number;
}

/** An Auto Scaling group of workers. */
export interface PlannedGroup {
  /** Empty for the demo cluster's own group. */
  readonly name: string;
  readonly nodes: number;
  /** Letters of its zones. */
  readonly zones: readonly string[];
  readonly spot: boolean;
  /** Its terminate hook; some have none. */
  readonly hook: { readonly seconds: number; readonly defaultResult: 'CONTINUE' | 'ABANDON' } | undefined;
  /** Whether it keeps instances whose hook says ABANDON. */
  readonly retains: boolean;
}

/** A Deployment, a StatefulSet with volumes, or a pod that nobody makes again. */
export interface PlannedApp {
  readonly name: string;
  readonly kind: 'deployment' | 'stateful-set' | 'bare-pod';
  readonly replicas: number;
  readonly graceSeconds: number;
  readonly budget: { readonly minAvailable?: number | string; readonly maxUnavailable?: number | string } | undefined;
  /** A second budget over the same pods, which no eviction gets past. */
  readonly coveredTwice: boolean;
  readonly emptyDir: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PlannedPolicy extends Pick<RetirePolicy, 'retire'> {
  readonly drain: Omit<DrainPolicy, 'doNotDisruptAnnotations'>;
  readonly disruptions: { readonly perGroup: number | string; readonly perCluster: number | string };
}

/**
 * `ip`: a target group of ours with addresses. `controller`: one that a controller in the cluster owns. `stranger`: somebody else's, with a node of ours
 * in it. `guest`: a machine of somebody else's in a group of ours.
 */
export type PlannedBalancer = 'ip' | 'controller' | 'stranger' | 'guest';

/** A node by the order in which the group's first ones came. */
export interface NodeReference {
  readonly group: number;
  readonly node: number;
}

/** Something that happens so many seconds after the world is ready. */
export type Happening = { readonly at: number } & (Signal | Fault);

/** What makes nodes leave. */
export type Signal =
  | { readonly kind: 'scale-in' | 'scale-out'; readonly group: number; readonly by: number }
  | { readonly kind: 'terminate-in-group'; readonly of: NodeReference; readonly decrement: boolean }
  | {
      readonly kind: 'set-unhealthy' | 'detach' | 'spot' | 'rebalance' | 'stop' | 'terminate';
      readonly of: NodeReference;
    }
  | {
      readonly kind: 'maintenance';
      readonly of: readonly NodeReference[];
      readonly startsInSeconds: number;
      readonly what: 'retirement' | 'stop' | 'reboot';
    }
  | {
      readonly kind: 'retire-by-hand' | 'drain-by-hand';
      readonly of: NodeReference;
      readonly by: 'instanceId' | 'nodeName';
      readonly plan: boolean;
    }
  | { readonly kind: 'delete-group'; readonly group: number };

/** What goes wrong. */
export type Fault =
  | {
      readonly kind: 'press-stop';
      readonly machine: 'node-retire' | 'node-drain' | 'node-repair' | 'sweep-retire' | 'os-update';
    }
  | { readonly kind: 'somebody-answers-hook'; readonly group: number; readonly answer: 'CONTINUE' | 'ABANDON' }
  | { readonly kind: 'somebody-cordons'; readonly of: NodeReference }
  | { readonly kind: 'node-silent'; readonly of: NodeReference; readonly seconds: number }
  | { readonly kind: 'zone-fails'; readonly zone: string; readonly seconds: number }
  | { readonly kind: 'api-server-down'; readonly seconds: number; readonly how: 'refused' | 'silent' }
  | {
      readonly kind: 'service-down';
      readonly service: string;
      readonly seconds: number;
      readonly how: 'throttle' | 'unavailable' | 'lose-response';
    }
  | {
      readonly kind: 'bad-call';
      /** Of which function, without the stack's prefix. */
      readonly caller: string;
      readonly how: 'kill-before' | 'kill-after' | 'lose-response' | 'throttle' | 'hang';
      /** Its nth call that changes something from now on, and the `times - 1` after it. */
      readonly nth: number;
      readonly times: number;
    }
  | { readonly kind: 'kubelet-dies'; readonly of: NodeReference }
  | { readonly kind: 'kubelet-flaps'; readonly of: NodeReference; readonly seconds: number }
  | { readonly kind: 'hangs'; readonly of: NodeReference; readonly cause: 'software' | 'hardware' }
  | {
      readonly kind: 'latches';
      readonly of: NodeReference;
      readonly condition: 'KernelDeadlock' | 'ReadonlyFilesystem';
      readonly afterReboot: 'gone' | 'again' | 'stale';
    }
  | { readonly kind: 'event'; readonly how: 'double' | 'delay'; readonly seconds: number };
