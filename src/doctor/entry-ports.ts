import type { UserHookEntry } from './userhook-ports.ts';

/** What the checks read of a registry entry. */
export interface EntryFacts {
  readonly name: string;
  readonly kind: 'self-managed' | 'eks';
  readonly bootstrap: 'tender' | 'self';
  readonly kubernetes: {
    readonly endpoint: string;
    readonly auth: { readonly kind: 'token' | 'kubeconfig' | 'iam' };
    /** What it calls itself, or may. */
    readonly clusterNames: readonly string[];
  };
  readonly join: {
    readonly timeoutSeconds: number;
    readonly requiredDaemonSets: readonly string[];
    readonly controlPlane: 'self' | 'kubeadm';
  };
  readonly roles: Readonly<Record<'worker' | 'control-plane' | 'etcd', RoleFacts>>;
  readonly drain: {
    readonly timeoutSeconds: number;
    readonly graceCapSeconds: number;
    readonly whenTimeIsUp: 'give-up' | 'capped-grace' | 'force-delete';
  };
  readonly retire: { readonly rebalance: 'ignore' | 'cordon' | 'retire'; readonly launchFirst: boolean };
  readonly updates: {
    readonly policy: 'auto' | 'notify' | 'manual' | 'off';
    readonly way: 'image' | 'in-place';
    readonly maxUnavailable: number | string;
    readonly groups: Readonly<Record<string, object>>;
  };
  readonly userHooks: readonly UserHookEntry[];
  readonly aws: { readonly roleArn?: string | undefined };
  readonly health: { readonly rules: readonly { readonly signal: string }[] };
  readonly schedules: { readonly etcdSnapshotMinutes: number; readonly healthMinutes: number };
  readonly etcd?:
    | {
        readonly endpoints?: readonly string[] | undefined;
        readonly snapshots: {
          readonly everythingForHours: number;
          readonly hourlyForDays: number;
          readonly dailyForDays: number;
        };
        readonly drills: { readonly everyDays: number };
      }
    | undefined;
}

/** Where nodes of a role are registered. */
interface RoleFacts {
  readonly targetGroups: readonly {
    readonly arn: string;
    readonly gate: boolean;
    readonly port?: number | undefined;
  }[];
  readonly classicLoadBalancers: readonly { readonly name: string; readonly gate: boolean }[];
}
