/** When a cluster cannot be adopted as it was described. Nothing was changed. */
export class AdoptionNotPossible extends Error {
  override readonly name = 'AdoptionNotPossible';

  constructor(cluster: string, problems: readonly string[]) {
    super(`Cluster ${cluster} cannot be adopted:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
}

/** When the kubeconfig leads to another cluster than the one that is registered or on record by this name. Nothing was changed. */
export class KubeconfigOfOtherCluster extends Error {
  override readonly name = 'KubeconfigOfOtherCluster';

  constructor(cluster: string, there: string, known: string) {
    super(
      `--kubeconfig: it leads to ${there}, which is not cluster ${cluster}: that is ${known}. Give its own kubeconfig, or --context.`,
    );
  }
}

/** When somebody has changed, since, what an adoption had set up. Nothing was changed. */
export class AdoptionChanged extends Error {
  override readonly name = 'AdoptionChanged';

  constructor(cluster: string, changed: readonly string[]) {
    const lines = changed.map((one) => `- ${one}`).join('\n');
    super(
      `Somebody has changed what adopting cluster ${cluster} had set up; --force takes it back all the same, --keep leaves it (not a hook or the entry, which would have nobody to answer them):\n${lines}`,
    );
  }
}

/** When a cluster is to be removed that was not adopted by this deployment. Nothing was changed. */
export class AdoptionNotFound extends Error {
  override readonly name = 'AdoptionNotFound';

  constructor(cluster: string) {
    super(
      `There is no record that this deployment has adopted cluster ${cluster}. What was set up by hand is taken back by hand: docs/adopt.md.`,
    );
  }
}

/** When work for a cluster that is to be removed is not done: it would be left halfway. Entry and rights, with which it ends, are still there. */
export class ClusterBusy extends Error {
  override readonly name = 'ClusterBusy';

  constructor(cluster: string, work: readonly string[]) {
    const lines = work.map((one) => `- ${one}`).join('\n');
    super(
      `Work for cluster ${cluster} is not done; wait for it (--wait), or stop it and let sweep undo what it did:\n${lines}`,
    );
  }
}
