/** When no cluster of this name is registered. Nothing was done; register it or mend the name. */
export class ClusterNotFound extends Error {
  override readonly name = 'ClusterNotFound';

  /** @param nearest the registered name most like it, if any is. */
  constructor(cluster: string, nearest?: string) {
    super(`No cluster "${cluster}" is registered.${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`);
  }
}

/** When a cluster's registry entry cannot be used. Only that cluster is affected; every problem is listed at once. */
export class ClusterMisconfigured extends Error {
  override readonly name = 'ClusterMisconfigured';
  readonly cluster: string;
  /** One sentence per problem, with the path of the field; never a value. */
  readonly problems: readonly string[];

  constructor(cluster: string, problems: readonly string[]) {
    super(
      `The registry entry of cluster "${cluster}" cannot be used:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
    this.cluster = cluster;
    this.problems = problems;
  }
}

/** When due work could not be started for some clusters. For all others it was; the tick can be repeated as it is. */
export class DueWorkNotStarted extends Error {
  override readonly name = 'DueWorkNotStarted';

  constructor(failures: readonly { readonly executionName: string; readonly error: Error }[]) {
    const lines = failures.map(({ executionName, error }) => `- ${executionName}: ${error.name}: ${error.message}`);
    super(`Could not start:\n${lines.join('\n')}`, { cause: failures[0]?.error });
  }
}

/** When a secret that a registry entry refers to is not there or holds something else. Never tells what it holds. */
export class SecretUnusable extends Error {
  override readonly name = 'SecretUnusable';

  /** @param secret its ARN. */
  constructor(secret: string, problems: readonly string[]) {
    super(`Secret ${secret} cannot be used:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
}
