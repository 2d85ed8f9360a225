import { check } from '../check.ts';
import { clusterTag } from '../names.ts';

const SUBJECT = 'deployment';

/** Whether the deployment hears, is heard, and is not held. */
export const deploymentChecks = [
  check({
    id: 'alarms-unheard',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does somebody listen to the topic for alarms?',
    of: ({ deployment }) => deployment.subscribers,
    find: (subscribers, { deployment }) =>
      subscribers > 0
        ? []
        : [
            {
              about: deployment.topic,
              message:
                'nobody is subscribed to the topic for alarms (or nobody has confirmed): when a person is needed, nobody is told',
              cure: 'subscribe, and confirm the mail',
              command: `aws sns subscribe --topic-arn ${deployment.topic} --protocol email --notification-endpoint ADDRESS`,
            },
          ],
  }),
  check({
    id: 'queue-not-empty',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Are the queues for what was not delivered and not understood empty?',
    of: ({ deployment }) => deployment.queues,
    find: (queues, { deployment }) =>
      queues
        .filter(({ messages }) => messages > 0)
        .map(({ name, messages }) => ({
          about: name,
          message: `${messages} signals lie in ${name}, which nobody has answered`,
          cure: 'look what they are about, mend the cause, then give them another try: npx tender signals redrive',
          command: `npx tender signals ls --stage ${deployment.stage}`,
        })),
  }),
  check({
    id: 'andon-on',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is the andon off?',
    of: ({ deployment }) => deployment.andon,
    find: (reason) =>
      reason === null
        ? []
        : [
            {
              about: '/tender/andon',
              message: `the andon is on: ${reason}; nothing that could be left is done in any cluster`,
              cure: 'release it when its reason is gone',
              command: 'npx tender andon off',
            },
          ],
  }),
  check({
    id: 'group-of-no-cluster',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is every cluster that a group’s tag names registered?',
    of: ({ deployment }) => deployment.strangers,
    find: (strangers) =>
      strangers.map(({ group, cluster, nearest }) => ({
        about: group,
        message: `it is tagged ${clusterTag}=${cluster}, and no such cluster is registered: its hooks time out${nearest === '' ? '' : `. Did you mean ${nearest}?`}`,
        cure: 'register the cluster, or mend the tag',
        command: `aws autoscaling create-or-update-tags --tags ResourceId=${group},ResourceType=auto-scaling-group,Key=${clusterTag},Value=${nearest === '' ? 'NAME' : nearest},PropagateAtLaunch=true`,
      })),
  }),
];
