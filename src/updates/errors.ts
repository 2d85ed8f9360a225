/** Marks of an update cannot be taken off its Nodes now. */
export class ApiServerAway extends Error {
  override readonly name = 'ApiServerAway';

  constructor(cluster: string, groupName: string) {
    super(
      `The API server of cluster ${cluster} does not answer: what the update of group ${groupName} marked on its Nodes is taken off when it is back. See docs/runbooks/api-server-away.md`,
    );
  }
}
