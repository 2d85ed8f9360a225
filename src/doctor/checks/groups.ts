import { check } from '../check.ts';
import { clusterTag, kubernetesTagPrefix, roleTag } from '../names.ts';
import type { GroupFacts } from '../ports.ts';

const SUBJECT = 'groups';
const ROLES = ['worker', 'control-plane', 'etcd'];
/** What Tender needs, and what their absence means. */
const PROCESSES: Readonly<Record<string, string>> = {
  Launch: 'nothing is launched in the place of a node that leaves',
  Terminate: 'no instance is terminated, so retirements never end',
  HealthCheck: 'instances that died stay in the group',
  ReplaceUnhealthy: 'instances that died stay in the group',
};

const tagCommand = (group: string, key: string, value: string) =>
  `aws autoscaling create-or-update-tags --tags ResourceId=${group},ResourceType=auto-scaling-group,Key=${key},Value=${value},PropagateAtLaunch=true`;

/** What the group's template is replaced by when somebody else moves a pointer (S46). */
function floating(version: string): string | undefined {
  return version.startsWith('$') ? version : undefined;
}

/** What the cluster's groups say that it is called; not what the entry says. */
function otherNames({ tags }: GroupFacts, clusterNames: readonly string[]): readonly string[] {
  return Object.keys(tags)
    .filter((key) => key.startsWith(kubernetesTagPrefix))
    .map((key) => key.slice(kubernetesTagPrefix.length))
    .filter((name) => !clusterNames.includes(name));
}

/** Whether Tender finds the groups, and can work with them. */
export const groupChecks = [
  check({
    id: 'group-none',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is at least one Auto Scaling group tagged for the cluster?',
    of: ({ groups }) => groups,
    find: (groups, { entry, region }) =>
      groups.length > 0
        ? []
        : [
            {
              about: entry.name,
              message: `no Auto Scaling group in ${region} is tagged ${clusterTag}=${entry.name}, so Tender ignores every signal`,
              cure: 'tag the groups of the cluster',
              command: tagCommand('GROUP', clusterTag, entry.name),
            },
          ],
  }),
  check({
    id: 'group-tag-not-propagated',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is tender:cluster propagated to instances?',
    of: ({ groups }) => groups,
    find: (groups, { entry }) =>
      groups
        .filter(({ tags }) => tags[clusterTag]?.propagated === false)
        .map(({ name }) => ({
          about: name,
          message: `its tag ${clusterTag} is not propagated: when the group is deleted, nobody knows whose its instances were`,
          cure: 'propagate the tag at launch',
          command: tagCommand(name, clusterTag, entry.name),
        })),
  }),
  check({
    id: 'group-of-other-name',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is the cluster called in the entry as in the tags of its groups (kubernetes.clusterName)?',
    of: ({ groups }) => groups,
    find: (groups, { entry }) =>
      groups.flatMap((group) =>
        otherNames(group, entry.kubernetes.clusterNames).map((name) => ({
          about: group.name,
          message: `its tag ${kubernetesTagPrefix}${name} calls the cluster otherwise than ${entry.kubernetes.clusterNames.join(' or ')}: load balancers that controllers in the cluster made are not found, so that a node that leaves stays behind them`,
          cure: `write kubernetes.clusterName: ${name} into the entry`,
        })),
      ),
  }),
  check({
    id: 'group-role-unknown',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is tender:role one of worker, control-plane, etcd?',
    of: ({ groups }) => groups,
    find: (groups) =>
      groups.flatMap(({ name, tags }) => {
        const role = tags[roleTag]?.value;
        if (role === undefined || ROLES.includes(role)) return [];
        const message = `its tag ${roleTag} says "${role}", which is no role: its instances are refused`;
        const cure = `tag it with one of ${ROLES.join(', ')}`;
        return [{ about: name, message, cure, command: tagCommand(name, roleTag, 'worker') }];
      }),
  }),
  check({
    id: 'group-role-missing',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does every group say its role?',
    of: ({ groups }) => groups,
    find: (groups) =>
      groups
        .filter(({ tags }) => tags[roleTag] === undefined)
        .map(({ name }) => ({
          about: name,
          message: `it has no tag ${roleTag}, and is taken for workers: a control plane would be drained without asking etcd`,
          cure: 'say what it is',
          command: tagCommand(name, roleTag, 'worker'),
        })),
  }),
  check({
    id: 'group-role-contradicts-nodes',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Do control-plane nodes live in groups with that role?',
    of: ({ kubernetes }) => kubernetes.nodes,
    find(nodes, { groups }) {
      const all = 'seen' in groups ? groups.seen : [];
      const wrong = new Set(
        nodes
          .filter(({ labels }) => labels['node-role.kubernetes.io/control-plane'] !== undefined)
          .map(({ groupName }) => all.find(({ name }) => name === groupName))
          .filter((group): group is GroupFacts => group !== undefined && group.tags[roleTag]?.value !== 'control-plane')
          .map(({ name }) => name),
      );
      return [...wrong].map((name) => ({
        about: name,
        message:
          'its nodes are labelled as control plane, and its role says otherwise: they would be drained as workers',
        cure: `tag it ${roleTag}=control-plane`,
        command: tagCommand(name, roleTag, 'control-plane'),
      }));
    },
  }),
  check({
    id: 'group-no-surge',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'May a group grow while it is updated, or shrink?',
    of: ({ groups, entry }) =>
      entry.updates.policy === 'off' || entry.updates.way === 'in-place' ? undefined : groups,
    find: (groups, { entry }) =>
      groups
        .filter(({ min, desired, max }) => min === desired && desired === max && max > 0)
        .filter(() => `${entry.updates.maxUnavailable}`.replace('%', '') === '0')
        .map(({ name, max }) => ({
          about: name,
          message: `minimum, desired and maximum size are all ${max}, and updates.maxUnavailable is 0: no update can launch a node first, nor do without one`,
          cure: 'raise the maximum size, or allow one node to be missing',
          command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --max-size ${max + 1}`,
        })),
  }),
  check({
    id: 'group-fixed-size',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is a group’s minimum below its maximum?',
    of: ({ groups }) => groups,
    find: (groups) =>
      groups
        .filter(({ min, desired, max }) => min === desired && desired === max && max > 0)
        .map(({ name, max }) => ({
          about: name,
          message: `minimum, desired and maximum size are all ${max}: no replacement can be launched before a node leaves`,
          cure: 'raise the maximum size by at least one',
          command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --max-size ${max + 1}`,
        })),
  }),
  check({
    id: 'group-process-suspended',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Do the processes of the group run?',
    of: ({ groups }) => groups,
    find: (groups) =>
      groups.flatMap(({ name, suspended }) =>
        suspended
          .filter((process) => process in PROCESSES)
          .map((process) => ({
            about: name,
            message: `its process ${process} is suspended: ${PROCESSES[process]}`,
            cure: 'resume it when whoever suspended it has finished (an update does so, too)',
            command: `aws autoscaling resume-processes --auto-scaling-group-name ${name} --scaling-processes ${process}`,
          })),
      ),
  }),
  check({
    id: 'group-health-by-elb',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does Auto Scaling leave nodes alone that are out of their load balancers for a while?',
    of: ({ groups }) => groups,
    find: (groups) =>
      groups
        .filter(({ healthCheckTypes, attached }) => healthCheckTypes.includes('ELB') && attached)
        .map(({ name }) => ({
          about: name,
          message:
            'its health check type is ELB: Auto Scaling may replace a node that Tender has taken out of its load balancers and means to keep, as in a drain by hand or an update in place',
          cure: 'use the health checks of EC2; health passes find nodes that are sick',
          command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --health-check-type EC2`,
        })),
  }),
  check({
    id: 'group-without-template',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does every group launch from a launch template that exists?',
    of: ({ groups }) => groups,
    find: (groups) =>
      groups
        .filter(({ template }) => template === null)
        .map(({ name }) => ({
          about: name,
          message:
            'it has no launch template, or one that is gone: it cannot be updated, nor failed joins be counted by version',
          cure: 'give it a launch template in place of its launch configuration',
          command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --launch-template LaunchTemplateId=TEMPLATE,Version=1`,
        })),
  }),
  check({
    id: 'group-version-floating',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does every group launch a version by number, not $Latest or $Default (S46)?',
    of: ({ groups }) => groups,
    find: (groups) =>
      groups.flatMap(({ name, template }) => {
        const version = template ? floating(template.version) : undefined;
        if (!template || version === undefined) return [];
        return [
          {
            about: name,
            message: `it launches ${version} of ${template.id}: whoever makes a version updates the group, without canary and without way back`,
            cure: 'name the version by its number',
            command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --launch-template LaunchTemplateId=${template.id},Version=NUMBER`,
          },
        ];
      }),
  }),
  check({
    id: 'group-image-floating',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Does every launch template name its image by id, not by a parameter (S46)?',
    of: ({ groups }) => groups,
    find: (groups) =>
      groups.flatMap(({ name, template }) =>
        template?.imageId.startsWith('resolve:ssm:')
          ? [
              {
                about: name,
                message: `its template says ${template.imageId}: each launch may bring another image, without canary and without way back`,
                cure: 'name the image by its id, and let updates.source watch the parameter',
                command: `aws ec2 create-launch-template-version --launch-template-id ${template.id} --source-version ${template.version} --launch-template-data ImageId=IMAGE`,
              },
            ]
          : [],
      ),
  }),
];
