import type { PersonPage } from '../schema/person-page.ts';
import type { Page } from './decision.ts';
import type { Finding } from './finding.ts';
import type { UnsentPage } from './health-document.ts';

type Advice = Pick<PersonPage, 'severity' | 'did' | 'todo' | 'runbook'> & {
  /** Default `health <cluster>`. */
  readonly command?: string;
};

const RUNBOOK = 'docs/health.md#when-a-person-is-needed';
const LOST: Advice = {
  severity: 'critical',
  did: 'repairs nothing of the control plane, and restores nothing by itself',
  todo: 'look at the plan of a restore: it shows what would be lost, and asks before anything stops',
  command: 'etcd restore <cluster> --plan',
  runbook: 'docs/etcd.md#restore',
};
/** By signal; what is not here is about a node. */
const ADVICE: Readonly<Record<string, Advice>> = {
  ApiServerAway: {
    severity: 'critical',
    did: 'repairs nothing until the API server has been back for five minutes',
    todo: 'look at the control-plane instances, their load balancer and etcd',
    runbook: RUNBOOK,
  },
  EtcdQuorumLost: {
    ...LOST,
    todo: 'look at the plan of a restore, which changes nothing; the same command without --plan begins one, and asks for a yes before anything stops',
  },
  EtcdQuorumUnknown: {
    ...LOST,
    todo: 'look at the instances of the control plane and the network between; restore only once they are gone for good',
  },
  EtcdAlarm: {
    severity: 'critical',
    did: 'leaves etcd as it is',
    todo: 'start etcd-maintenance, and find out who writes so much',
    runbook: 'docs/runbooks/etcd-still-full.md',
  },
  EtcdDatabaseFull: {
    severity: 'warning',
    did: 'leaves etcd as it is',
    todo: 'start etcd-maintenance, and find out who writes so much',
    runbook: 'docs/runbooks/etcd-still-full.md',
  },
  EtcdMemberUnhealthy: {
    severity: 'warning',
    did: 'leaves the member alone while its instance is there',
    todo: 'look at the instance; start etcd-member-replace when it is beyond help',
    command: 'etcd members <cluster>',
    runbook: 'docs/runbooks/etcd-member-not-replaced.md',
  },
  CoreDnsAway: {
    severity: 'critical',
    did: 'repairs nodes, and not what runs on them',
    todo: 'look at the Deployment coredns in kube-system: without it no name resolves',
    runbook: RUNBOOK,
  },
  BadImage: {
    severity: 'warning',
    did: 'replaces no node while new ones would not join',
    todo: 'read the diagnosis of one of the instances, and set the group back to the launch template version before',
    runbook: 'docs/runbooks/node-not-bootstrapped.md',
  },
  Unseen: {
    severity: 'warning',
    did: 'does nothing that depends on what it cannot see',
    todo: 'give what is missing: mostly it is a permission',
    runbook: 'docs/runbooks/aws-access-denied.md',
  },
};
const NODE: Advice = {
  severity: 'warning',
  did: 'has done what it may, and leaves the node as it is',
  todo: 'look at the node; tender repair starts another repair, from a rung of your choice',
  runbook: 'docs/runbooks/node-not-repaired.md',
};

/** The words to a person about a finding. Says nothing that is not in the health document, which people read anyway. */
export function composePage({ key, signal, words, finding: id }: Page, finding: Finding, cluster: string): UnsentPage {
  const { command = 'health <cluster>', ...advice } = ADVICE[signal] ?? NODE;
  return {
    key,
    kind: `health-${signal
      .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
      .replace(/[^A-Za-z0-9]+/g, '-')
      .toLowerCase()}`,
    cluster,
    subject: `${id} of cluster ${cluster} needs a person`,
    what: words,
    node: nodeOf(finding),
    ...advice,
    command: `npx tender ${command.replace('<cluster>', cluster)}`,
  };
}

function nodeOf({ nodeName, instanceId, groupName }: Finding): string {
  const [name = '', ...others] = [nodeName, instanceId].filter((one) => one !== '');
  const known = others.length > 0 ? `${name} (${others.join(', ')})` : name;
  return groupName === '' ? known : [known, `group ${groupName}`].filter((one) => one !== '').join(', ');
}
