/** A restore that asks for the word of a person. */
export interface RestoreQuestion {
  readonly cluster: string;
  /** What it would do, and what would be lost. */
  readonly shows: string;
  readonly token: string;
  readonly execution: string;
}

const RUNBOOK = 'docs/etcd.md#restore';

/**
 * The page that asks whether etcd may be restored, as SNS takes it.
 * @param links lines with links that answer; none where there are none
 */
export function approvalPage(
  { cluster, shows, token, execution }: RestoreQuestion,
  docsUrl: string,
  links: readonly string[],
) {
  const lines = [
    `Etcd of cluster ${cluster} is to be restored. Until it is done the control plane stands still.`,
    '',
    shows,
    '',
    `Cluster: ${cluster}`,
    'Tender: waits for an answer for four hours, and changes nothing until then.',
    'To do: read what would be lost above, then say yes or no.',
    `Command: aws stepfunctions send-task-success --task-output '{"by": "<your name>"}' --task-token ${token}`,
    `Or, no: aws stepfunctions send-task-failure --error Refused --cause '<why>' --task-token ${token}`,
    ...links,
    `Runbook: ${docsUrl}${RUNBOOK}`,
    `Execution: ${execution}`,
  ];
  return {
    subject: `Tender: approve the restore of etcd of cluster ${cluster}`.slice(0, 100),
    message: lines.join('\n'),
    attributes: { cluster, kind: 'restore-approval', severity: 'critical' },
  } as const;
}
