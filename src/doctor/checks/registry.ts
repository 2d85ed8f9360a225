import { both, check } from '../check.ts';

const SUBJECT = 'registry';
/** What a parameter holds at most (docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html). */
const STANDARD_BYTES = 4096;
const ADVANCED_BYTES = 8192;
const NEARLY = 0.9;

/** Whether the entry fits where it is kept, and names things that exist. */
export const registryChecks = [
  check({
    id: 'registry-size',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Has the entry room to grow in its parameter (4 KiB, advanced 8)?',
    of: ({ parameter }) => parameter,
    find({ bytes, advanced }, { entry }) {
      const limit = advanced ? ADVANCED_BYTES : STANDARD_BYTES;
      if (bytes < limit * NEARLY) return [];
      return [
        {
          about: `/tender/clusters/${entry.name}`,
          message: `the entry takes ${bytes} of ${limit} bytes; the next field that is added may not fit`,
          cure: 'keep the entry as an object, and let the parameter hold its address',
          command: `aws ssm put-parameter --overwrite --name /tender/clusters/${entry.name} --value s3://BUCKET/registry/${entry.name}.yaml`,
        },
      ];
    },
  }),
  check({
    id: 'registry-policy-without-group',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does every group that updates.groups names exist in the cluster?',
    of: ({ groups }) => groups,
    find: (groups, { entry }) =>
      Object.keys(entry.updates.groups)
        .filter((name) => !groups.some((group) => group.name === name))
        .map((name) => ({
          about: `updates.groups.${name}`,
          message: `the cluster has no Auto Scaling group ${name}, so what the entry says about it is never used`,
          cure: `write the name of one of its groups: ${groups.map((group) => group.name).join(', ') || 'there is none'}`,
          command: `npx tender cluster show ${entry.name}`,
        })),
  }),
  check({
    id: 'registry-target-group-gone',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does every target group that roles name exist?',
    of: ({ loadBalancers }) => loadBalancers,
    find: ({ missingTargetGroups }, { region }) =>
      missingTargetGroups.map((arn) => ({
        about: arn,
        message: 'the entry registers nodes with a target group that does not exist; each join fails there',
        cure: 'take it out of roles.*.targetGroups, or name the one that took its place',
        command: `aws elbv2 describe-target-groups --region ${region} --query 'TargetGroups[].TargetGroupArn'`,
      })),
  }),
  check({
    id: 'registry-classic-gone',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does every classic load balancer that roles name exist?',
    of: ({ loadBalancers }) => loadBalancers,
    find: ({ missingClassic }, { region }) =>
      missingClassic.map((name) => ({
        about: name,
        message: 'the entry registers nodes with a classic load balancer that does not exist; each join fails there',
        cure: 'take it out of roles.*.classicLoadBalancers',
        command: `aws elb describe-load-balancers --region ${region} --query 'LoadBalancerDescriptions[].LoadBalancerName'`,
      })),
  }),
  check({
    id: 'registry-required-daemonset-gone',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does every DaemonSet of join.requiredDaemonSets exist?',
    of: ({ entry, kubernetes }) => (entry.join.requiredDaemonSets.length > 0 ? kubernetes.daemonSets : undefined),
    find: (there, { entry }) =>
      entry.join.requiredDaemonSets
        .filter((name) => !there.includes(name))
        .map((name) => ({
          about: name,
          message:
            'a node waits for a pod of this DaemonSet before it enters service, and there is no such DaemonSet: no node ever does',
          cure: 'mend the name in join.requiredDaemonSets, as namespace/name',
          command: 'kubectl get daemonsets --all-namespaces',
        })),
  }),
  check({
    id: 'registry-launch-first-no-room',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'With retire.launchFirst, may every group grow by one?',
    of: ({ groups, entry }) => (entry.retire.launchFirst && entry.retire.rebalance === 'retire' ? groups : undefined),
    find: (groups) =>
      groups
        .filter(({ desired, max }) => max > 0 && desired >= max)
        .map(({ name, desired, max }) => ({
          about: name,
          message: `retire.launchFirst wants a replacement first, and the group is at its maximum size (${desired} of ${max}): its nodes are drained without`,
          cure: 'raise the maximum size by one',
          command: `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --max-size ${max + 1}`,
        })),
  }),
  check({
    id: 'registry-node-of-no-group',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is every Node with an instance in a group of the cluster?',
    of: ({ kubernetes, groups }) => both(kubernetes.nodes, groups),
    find: ([nodes], { entry }) =>
      nodes
        .filter(({ instanceId, groupName }) => instanceId !== '' && groupName === '')
        .map(({ name, instanceId }) => ({
          about: name,
          message: `its instance ${instanceId} is in no group that is tagged tender:cluster=${entry.name}, so Tender leaves the node alone`,
          cure: 'tag its Auto Scaling group, if it shall be looked after',
          command: `aws autoscaling describe-auto-scaling-instances --instance-ids ${instanceId}`,
        })),
  }),
];
