import { both, check } from '../check.ts';
import type { Complaint } from '../finding.ts';
import type { ClusterFacts, GroupFacts, TemplateFacts } from '../ports.ts';

const SUBJECT = 'templates';
const JOIN_PARAMETER = /\/tender\/join\/([a-z0-9-]+)\//;

/** Groups whose instances join with what Tender gives them. */
function joining({ groups, entry }: ClusterFacts): ClusterFacts['groups'] | undefined {
  return entry.bootstrap === 'tender' ? groups : undefined;
}

/** Control-plane nodes that join on their own need nothing of ours. */
function isGiven({ tags }: GroupFacts, { entry }: ClusterFacts): boolean {
  const role = tags['tender:role']?.value ?? 'worker';
  return role === 'worker' || (role === 'control-plane' && entry.join.controlPlane === 'kubeadm');
}

function each(
  groups: readonly GroupFacts[],
  judge: (template: TemplateFacts, group: GroupFacts) => Omit<Complaint, 'about'> | undefined,
): readonly Complaint[] {
  return groups.flatMap((group) => {
    const complaint = group.template && judge(group.template, group);
    return complaint ? [{ about: group.name, ...complaint }] : [];
  });
}

function newVersion({ id, version }: TemplateFacts, data: string): string {
  return `aws ec2 create-launch-template-version --launch-template-id ${id} --source-version '${version}' --launch-template-data '${data}'`;
}

/** That of the groups: profiles and policies are in the same one. */
function partitionOf(groups: readonly GroupFacts[]): string {
  return groups[0]?.arn.split(':')[1] || 'aws';
}

/** Whether instances can fetch what they join with, and only that. */
export const templateChecks = [
  check({
    id: 'template-without-profile',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Have instances that join with Tender’s tokens an instance profile?',
    of: joining,
    find: (groups, facts) =>
      each(
        groups.filter((group) => isGiven(group, facts)),
        (template) =>
          template.profile === ''
            ? {
                message: 'its launch template names no instance profile: instances cannot read their join parameter',
                cure: 'give it a profile whose role has deploy/node/instance-policy.json',
                command: newVersion(template, '{"IamInstanceProfile":{"Name":"PROFILE"}}'),
              }
            : undefined,
      ),
  }),
  check({
    id: 'template-without-join',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does the user data say which parameter an instance waits for?',
    of: joining,
    find: (groups, facts) =>
      each(
        groups.filter((group) => isGiven(group, facts)),
        ({ userData }) =>
          JOIN_PARAMETER.test(userData)
            ? undefined
            : {
                message:
                  'its user data names no join parameter; unless the image itself has it in /etc/tender/join.env, instances never join',
                cure: `put JOIN_PARAMETER=/tender/join/${facts.entry.name}/{instance-id} there, as deploy/node/user-data.yaml does`,
                command: `npx tender cluster adopt ${facts.entry.name} --kubeconfig FILE`,
              },
      ),
  }),
  check({
    id: 'template-joins-other-cluster',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is it this cluster’s join parameter?',
    of: joining,
    find: (groups, { entry }) =>
      each(groups, ({ userData }) => {
        const named = JOIN_PARAMETER.exec(userData)?.[1];
        if (named === undefined || named === entry.name) return undefined;
        return {
          message: `its user data waits for a parameter of cluster ${named}, and the group is tagged for ${entry.name}: its instances never join`,
          cure: `write JOIN_PARAMETER=/tender/join/${entry.name}/{instance-id}`,
        };
      }),
  }),
  check({
    id: 'template-metadata-off',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Do instances reach the metadata service?',
    of: joining,
    find: (groups) =>
      each(groups, (template) =>
        template.metadata.endpoint === 'disabled'
          ? {
              message:
                'its launch template turns the instance metadata service off: an instance learns neither who it is nor its credentials',
              cure: 'turn it on, with tokens required and a hop limit of 1',
              command: newVersion(
                template,
                '{"MetadataOptions":{"HttpEndpoint":"enabled","HttpTokens":"required","HttpPutResponseHopLimit":1}}',
              ),
            }
          : undefined,
      ),
  }),
  check({
    id: 'template-metadata-hops',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is the metadata service out of reach for pods (hop limit 1)?',
    of: joining,
    find: (groups) =>
      each(groups, (template) =>
        (template.metadata.hopLimit ?? 1) > 1
          ? {
              message: `its hop limit is ${template.metadata.hopLimit}: a pod can take the node’s credentials, and read its join parameter while that is there`,
              cure: 'set it to 1, unless pods without network of the host need it',
              command: newVersion(template, '{"MetadataOptions":{"HttpPutResponseHopLimit":1}}'),
            }
          : undefined,
      ),
  }),
  check({
    id: 'template-metadata-v1',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Are tokens required by the metadata service (IMDSv2)?',
    of: joining,
    find: (groups) =>
      each(groups, (template) =>
        template.metadata.tokens === 'optional'
          ? {
              message:
                'its launch template lets IMDSv1 be used: whatever can make a node send a request can take its credentials',
              cure: 'require tokens',
              command: newVersion(template, '{"MetadataOptions":{"HttpTokens":"required"}}'),
            }
          : undefined,
      ),
  }),
  check({
    id: 'profile-without-role',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Has each instance profile a role?',
    of: ({ profiles }) => profiles,
    find: (profiles) =>
      profiles
        .filter(({ role }) => role === '')
        .map(({ profile }) => ({
          about: profile,
          message: 'the instance profile does not exist or has no role: its instances have no credentials',
          cure: 'add a role with deploy/node/instance-policy.json',
          command: `aws iam add-role-to-instance-profile --instance-profile-name ${profile} --role-name ROLE`,
        })),
  }),
  check({
    id: 'profile-cannot-join',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'May an instance read its own join parameter?',
    of: (facts) => joining(facts) && both(facts.profiles, facts.groups),
    find: ([profiles, groups], facts) =>
      profiles
        .filter(({ profile }) => groups.some((group) => group.template?.profile === profile && isGiven(group, facts)))
        .filter(({ role, readsOwnParameter }) => role !== '' && !readsOwnParameter)
        .map(({ role }) => ({
          about: role,
          message: `the role may not read /tender/join/${facts.entry.name}/<its instance>: its instances never join`,
          cure: 'give it deploy/node/instance-policy.json, with this cluster’s name',
          command: `aws iam put-role-policy --role-name ${role} --policy-name tender-join --policy-document file://instance-policy.json`,
        })),
  }),
  check({
    id: 'profile-reads-others',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is the join parameter of every other instance out of its reach (S41)?',
    of: (facts) => joining(facts) && facts.profiles,
    find: (profiles) =>
      profiles
        .filter(({ readsForeignParameter }) => readsForeignParameter)
        .map(({ role }) => ({
          about: role,
          message:
            'the role may read the join parameters of other instances: whoever holds one node can become any that joins',
          cure: 'add the statement NoOtherJoinParameter of deploy/node/instance-policy.json, which denies it',
          command: `aws iam put-role-policy --role-name ${role} --policy-name tender-join --policy-document file://instance-policy.json`,
        })),
  }),
  check({
    id: 'profile-without-agent',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'May the agent of Systems Manager work on the nodes?',
    of: ({ profiles, groups }) => both(profiles, groups),
    find: ([profiles, groups]) =>
      profiles
        .filter(({ role, agentLacks }) => role !== '' && agentLacks.length > 0)
        .map(({ role, agentLacks }) => ({
          about: role,
          message: `the role may not ${agentLacks.join(', ')}: no diagnosis by command, no kubelet is restarted, nothing updated in place by a document`,
          cure: 'attach AmazonSSMManagedInstanceCore',
          command: `aws iam attach-role-policy --role-name ${role} --policy-arn arn:${partitionOf(groups)}:iam::aws:policy/AmazonSSMManagedInstanceCore`,
        })),
  }),
];
