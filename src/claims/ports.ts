/** Who works on an instance (S43). ids and times only: it is kept in a bucket that people read. */
export interface Claim {
  readonly cluster: string;
  readonly instanceId: string;
  /** The execution's ARN. */
  readonly owner: string;
  /** State machine name: `node-bootstrap`. */
  readonly workflow: string;
  /** ISO 8601. */
  readonly claimedAt: string;
  /** ISO 8601; the earliest of all signals for the instance. */
  readonly deadline: string;
  /** What the owner took out of load balancers, noted before it did: what undo and sweep put back. Stays when the claim is taken over. */
  readonly deregistered?: readonly Deregistered[] | undefined;
  /** Whether some signal says that the instance goes in any case: then whoever works on it has no choice any more. */
  readonly leaving?: boolean | undefined;
  /** Its owner has let it go and put nothing back, since a later signal takes the instance: whoever comes next gets it, with the note. */
  readonly offered?: boolean | undefined;
}

/** A registration with a load balancer that was ours to end. */
export type Deregistered = (
  | { readonly kind: 'target-group'; readonly arn: string; readonly id: string; readonly port: number }
  | { readonly kind: 'classic'; readonly name: string; readonly id: string }
) & {
  /** Present where it was not healthy. */
  readonly idle?: true | undefined;
};

/** One object per instance, compare-and-swapped. */
export interface ClaimStore {
  read(cluster: string, instanceId: string): Promise<{ readonly claim: Claim; readonly etag: string } | undefined>;
  /** Writes when the stored one still has this etag (undefined: when there is none); otherwise writes nothing. */
  write(claim: Claim, etag: string | undefined): Promise<'written' | 'conflict'>;
  /** Deletes when the stored one still has this etag; one that is gone is fine. */
  delete(cluster: string, instanceId: string, etag: string): Promise<'deleted' | 'conflict'>;
  /** The ids of all instances that are claimed, in order. */
  list(cluster: string): Promise<readonly string[]>;
}

export interface Execution {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
}

/** Reads Step Functions. */
export interface Executions {
  /** undefined when Step Functions does not know it (any more). */
  describe(executionArn: string): Promise<Execution | undefined>;
}
