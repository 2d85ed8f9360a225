// What alarms say: what happened, what to do, the command, the page. Read at night; so one idea a sentence.

/** By alarm. */
module.exports.SITUATIONS = {
  'signals-failed': {
    what: 'Signals could not be read or acted upon, and lie in the queue of failed signals: instances may leave undrained, or join by nobody.',
    todo: 'read one, mend what its error says, and hand them in again.',
    command: 'npx tender signals ls',
    page: 'docs/runbooks/malformed-signal.md',
  },
  'events-undelivered': {
    what: 'EventBridge or its scheduler could not deliver events, which lie in the queue of undelivered events: hooks, or executions that nobody swept.',
    todo: 'see whether a function, a machine or a role is missing or throttled, and hand them in again.',
    command: 'npx tender signals ls',
    page: 'docs/alarms.md#events-undelivered',
  },
  'signals-not-routed': {
    what: 'The function route-signal failed or was throttled again and again: signals of hooks and interruptions wait or are lost.',
    todo: 'see its log; what it gave up lies in the queue of failed signals.',
    command: 'npx tender signals ls',
    page: 'docs/alarms.md#signals-not-routed',
  },
  'health-passes-failed': {
    what: 'Health passes failed or were throttled: a cluster is not looked at, and nothing in it is repaired.',
    todo: 'see the log of the function check-health for the cluster and the error, which has a runbook of its own.',
    command: 'npx tender health',
    page: 'docs/alarms.md#health-passes-failed',
  },
  'ticks-missing': {
    what: 'For five minutes no schedule tick started what was due: no health passes, no snapshots, no certificate renewals.',
    todo: 'see the log of the function start-due-workflows, and whether the schedule is enabled.',
    command: 'aws scheduler list-schedules',
    page: 'docs/runbooks/due-work-not-started.md',
  },
  'clusters-misconfigured': {
    what: 'A registry entry cannot be used: nothing is done for that cluster.',
    todo: 'see which one and what is wrong with it in the log of start-due-workflows, and mend the entry.',
    command: 'aws ssm get-parameters-by-path --path /tender/clusters',
    page: 'docs/runbooks/cluster-misconfigured.md',
  },
  'hooks-unattended': {
    what: 'For five minutes a lifecycle hook waited that no execution keeps alive: it ends with its default result, undrained or unjoined.',
    todo: 'find the instance in Pending:Wait or Terminating:Wait, and start node-bootstrap or node-retire for it by hand.',
    command: 'npx tender run ls',
    page: 'docs/alarms.md#hooks-unattended',
  },
  'breakers-open': {
    what: 'A breaker is open: so many nodes of a group, a zone or a cluster are unhealthy, or fail to join, that Tender repairs none there.',
    todo: 'look for what they have in common: an image, a zone, the API server, the network. It closes by itself.',
    command: 'npx tender health',
    page: 'docs/health.md#breakers',
  },
  'andon-pulled': {
    what: 'The andon is on: no repair, no voluntary retirement and no update begins or goes on in any cluster of this deployment.',
    todo: 'find out who pulled it and why; switch it off when that is over.',
    command: 'npx tender andon show',
    page: 'docs/alarms.md#andon-pulled',
  },
  'snapshot-overdue': {
    what: 'The newest snapshot of a cluster is older than two of its intervals, or there is none: a restore would lose more than was agreed.',
    todo: 'see why the last executions of etcd-snapshot failed, mend it, and take one by hand.',
    command: 'npx tender etcd snapshots ls <cluster>',
    page: 'docs/runbooks/snapshot-not-taken.md',
  },
  'proof-overdue': {
    what: 'No snapshot of a cluster was proven to restore for twice the time between drills.',
    todo: 'see why drills fail or do not begin, mend it, and begin one by hand.',
    command: 'npx tender etcd drill <cluster>',
    page: 'docs/runbooks/snapshot-not-proven.md',
  },
};

module.exports.SITUATIONS['audit-records-lost'] = {
  what: 'Records of what Tender changed could not be written to the state bucket; the work itself went on. They stand in the log of the function that lost them.',
  todo: 'see why S3 refuses or does not answer: mostly a policy of the bucket, or a VPC without a way to S3.',
  command: 'npx tender audit',
  page: 'docs/audit.md#what-is-lost',
};

const machines = (names, what, todo, page, more = {}) => ({
  machines: names,
  what: `Executions of ${names.join(' or ')} failed or ran out of time: ${what}.`,
  todo: `${todo}.`,
  command: 'npx tender run ls --status failed',
  page,
  ...more,
});

/**
 * By group of state machines, since a stack has 500 resources, and a sum ten metrics. `rings` says how often they have to fail, `aborted` of which Stop leaves what
 * nobody sweeps.
 */
module.exports.MACHINES = {
  'node-workflows-failed': machines(
    ['node-bootstrap', 'node-retire', 'node-drain', 'node-repair', 'node-update'],
    'a node did not join, was not drained, or is still sick',
    'see which and why; its page and its error say what is left of it',
    'docs/alarms.md#node-workflows-failed',
  ),
  'update-stopped': machines(
    ['os-update'],
    'an update has stopped, was refused or cannot be looked at, or what it suspended is not put back',
    'see why with tender update status, then resume or abort it',
    'docs/runbooks/update-stopped.md',
  ),
  'not-swept': machines(
    ['sweep', 'sweep-retire'],
    'what a dead execution left is still there',
    'undo it by hand, or start the sweep again',
    'docs/runbooks/not-swept.md',
    { aborted: ['sweep', 'sweep-retire'] },
  ),
  'user-hooks-failed': machines(
    ['user-hooks', 'user-hook'],
    'a hook of your own failed, and what it may block waits or goes on without it',
    'see which hook and why; its policy in the registry says what goes on',
    'docs/runbooks/user-hook-failed.md',
  ),
  'rounds-failed': machines(
    ['approve-node-csrs', 'load-balancer-sync'],
    'kubelets cannot renew certificates, or load balancers may know nodes that are gone',
    'see the error of the newest one',
    'docs/alarms.md#rounds-failed',
    { rings: 'often' },
  ),
  'backups-failed': machines(
    ['etcd-snapshot', 'pki-backup'],
    'snapshots of etcd or backups of the PKI fail again and again',
    'see the error of the newest one',
    'docs/runbooks/snapshot-not-taken.md',
    { rings: 'hourly' },
  ),
  'etcd-workflows-failed': machines(
    ['etcd-drill', 'etcd-maintenance', 'etcd-member-replace', 'etcd-restore'],
    'a snapshot is not proven, etcd has a member less, or a restore stands still',
    'see which and why; after a restore that has begun the control plane stands still until it is started again',
    'docs/alarms.md#etcd-workflows-failed',
    { aborted: ['etcd-restore'] },
  ),
};
