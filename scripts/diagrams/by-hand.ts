/** How a person starts a workflow. */
export interface ByHand {
  /** The command that starts it; empty: only the console does. */
  readonly command: string;
  /** What is typed into the console. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What else may be in the input: field, and what it means. */
  readonly more: Readonly<Record<string, string>>;
}

const NODE = 'ip-10-0-1-23.ec2.internal';
const cluster = { cluster: 'demo' };
const ofNode = { cluster: 'demo', nodeName: NODE };
const instanceId = 'instead of `nodeName`: the instance';
const plan = '`true`: change nothing, say what would be done';
const reason = 'for people';
const left = { ...cluster, instanceId: 'i-0abc', owner: '<ARN of the execution that left it so>' };

/** By workflow; null: nobody starts it by hand. A machine that is not here cannot be drawn: the script says so. */
export const byHand: Readonly<Record<string, ByHand | null>> = {
  'approve-node-csrs': { command: 'tender node approve-csrs demo', input: cluster, more: {} },
  'etcd-drill': {
    command: 'tender etcd drill demo',
    input: cluster,
    more: { snapshot: 'id of the one to drill; default: the newest' },
  },
  'etcd-maintenance': { command: 'tender etcd maintenance demo', input: cluster, more: {} },
  'etcd-member-replace': {
    command: 'tender etcd member-replace i-0abc demo',
    input: { ...cluster, instanceId: 'i-0abc' },
    more: { memberId: 'instead of `instanceId`: the id of the member', plan },
  },
  'etcd-restore': {
    command: 'tender etcd restore demo --plan',
    input: { ...cluster, plan: true },
    more: {
      snapshot: '`latest`, `latest-proven`, an id, or a time: the newest by then',
      approve: '`true`: whoever starts it approves; for drills',
      discardLiveData: 'the name of the cluster: although etcd has its quorum, or nobody can say',
      newHistory: '`true`: accept a snapshot of another cluster of etcd',
      acceptRestarts: '`true`: with an etcd before 3.5.10; restart every kubelet and controller afterwards',
      startOver: '`true`: give up one that was begun, and begin anew',
    },
  },
  'etcd-snapshot': {
    command: 'tender etcd snapshot take demo',
    input: cluster,
    more: { drill: '`true`: drill it next', newHistory: '`true`: accept an earlier revision, once, after a restore' },
  },
  'load-balancer-sync': { command: 'tender node sync-load-balancers demo', input: cluster, more: {} },
  'node-bootstrap': {
    command: 'tender node bootstrap i-0abc demo',
    input: { ...cluster, instanceId: 'i-0abc' },
    more: {},
  },
  'node-drain': { command: `tender node drain ${NODE} demo`, input: ofNode, more: { instanceId, reason, plan } },
  'node-repair': {
    command: `tender node repair ${NODE} demo`,
    input: ofNode,
    more: { instanceId, from: 'where to begin: `restart`, `reboot`, `replace`, `page`', reason, plan },
  },
  'node-retire': { command: `tender node retire ${NODE} demo`, input: ofNode, more: { instanceId, reason, plan } },
  'node-update': {
    command: `tender node update ${NODE} demo`,
    input: ofNode,
    more: { instanceId, way: '`auto`, `agent`, `document`, `reboot`', reason, plan },
  },
  'os-update': {
    command: 'tender update start demo --group demo-workers',
    input: { ...cluster, groupName: 'demo-workers' },
    more: {
      version: 'of the launch template; default: the newest',
      olderThanDays: 'replace nodes that are older, whatever they run',
      now: '`true`: outside its window, too',
      resume: '`true`: go on with one that waits or has stopped',
      rollBack: '`true`: replace what was updated by what ran before',
      settle: '`true`: put back what a dead execution suspended and marked',
      reason,
      plan,
    },
  },
  'pki-backup': { command: 'tender etcd pki backup demo', input: cluster, more: {} },
  sweep: { command: 'tender node put-back i-0abc demo', input: left, more: {} },
  'sweep-retire': { command: 'tender node put-back i-0abc demo', input: left, more: {} },
  'user-hook': null,
  'user-hooks': {
    command: `tender node try-hooks before-drain demo --node ${NODE}`,
    input: { ...cluster, point: 'before-drain', instanceId: 'i-0abc' },
    more: { nodeName: 'instead of `instanceId`: the Node', reason },
  },
};
