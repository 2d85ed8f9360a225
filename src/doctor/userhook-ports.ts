/** What the checks read of a hook of the user's own, as the entry has it. */
export interface UserHookEntry {
  readonly name: string;
  /** `before-drain` and the like. */
  readonly at: string;
  readonly run:
    | { readonly kind: 'lambda' | 'state-machine'; readonly arn: string }
    | { readonly kind: 'ssm-document'; readonly name: string };
  readonly timeoutSeconds: number;
  readonly groups?: readonly string[] | undefined;
}

/** What there is of what a hook runs. */
export interface UserHookFacts {
  readonly hook: string;
  /** An ARN, or the name of a document. */
  readonly target: string;
  /** `elsewhere`: in another account or region, where Tender's role may start nothing. */
  readonly found: 'there' | 'gone' | 'elsewhere';
  /** How long it runs at most by its own setting; undefined: it has none that matters here. */
  readonly ownTimeoutSeconds?: number;
  /** What makes it one that cannot be run so, in words; empty: nothing does. */
  readonly unfit: string;
}
