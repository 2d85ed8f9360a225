/** When others wrote the claim on an instance at each attempt to take it. Nothing was written; the step can be repeated as it is. */
export class ClaimContended extends Error {
  override readonly name = 'ClaimContended';

  constructor(cluster: string, instanceId: string, turns: number) {
    super(
      `The claim on instance ${instanceId} of cluster ${cluster} was changed by others at each of ${turns} attempts. Nothing was written. The step is ` +
        `repeated; if it goes on, look at who writes claims/${cluster}/${instanceId}.json in the state bucket.`,
    );
  }
}
