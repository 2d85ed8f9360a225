/** What a repair may do, from the least to the most; the last is to tell a person. */
export type Rung = 'restart' | 'reboot' | 'replace' | 'page';

/** What instances can be in a cluster. */
export type Role = 'worker' | 'control-plane' | 'etcd';

/** After how long what is done about a signal. */
export interface Rule {
  readonly signal: string;
  /** Of a condition that is sick. Default: `False` where its type ends in `Ready`, else `True`. */
  readonly status?: 'True' | 'False' | 'Unknown' | undefined;
  readonly afterMinutes: number;
  /** Empty: it is only shown. */
  readonly ladder: readonly Rung[];
}

/** `health` of a cluster's registry entry, with its defaults. */
export interface HealthPolicy {
  readonly repair: 'on' | 'notify' | 'off';
  /** ISO 8601. */
  readonly pausedUntil?: string | undefined;
  /** Beside the default rules, or instead of those for the same signal. */
  readonly rules: readonly Rule[];
  readonly breaker: {
    /** `20%` */
    readonly perGroup: string;
    /** Of five or fewer. */
    readonly smallGroup: number;
    readonly perZone: string;
    readonly perCluster: string;
    readonly coolDownMinutes: number;
    readonly failedJoins: number;
  };
  readonly flapping: { readonly transitions: number; readonly withinMinutes: number };
  readonly rungMinutes: { readonly restart: number; readonly reboot: number; readonly replace: number };
  readonly quietMinutes: number;
}
