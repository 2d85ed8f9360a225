/** The registry names a target group that does not exist. */
export class TargetGroupNotFound extends Error {
  override readonly name = 'TargetGroupNotFound';
  constructor(cluster: string, arn: string) {
    super(
      `Cluster ${cluster} names target group ${arn}, which does not exist in its account and region. ` +
        'Correct roles.<role>.targetGroups in the registry entry; the node was not registered anywhere.',
    );
  }
}
