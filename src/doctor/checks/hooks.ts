import { check } from '../check.ts';
import type { EntryFacts } from '../entry-ports.ts';
import type { Complaint } from '../finding.ts';
import { clusterTag, ourHooks } from '../names.ts';
import type { ClusterFacts, DeploymentFacts, GroupFacts, HookFacts } from '../ports.ts';

const SUBJECT = 'hooks';
/** A step may take 30 seconds before its heartbeat is sent, and heartbeats are sent at half of the timeout. */
const SHORTEST_SECONDS = 60;
/** So long an instance hangs when Tender is gone. */
const LONG_SECONDS = 3600;
/** docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html */
const LONGEST_HOOK_SECONDS = 172_800;
const HEARTBEATS = 100;
/** A drain ends so long before its hook (docs/clusters.md). */
const MARGIN_SECONDS = 120;

type Transition = keyof typeof ourHooks;
const AWS_NAMES = { launching: 'LAUNCHING', terminating: 'TERMINATING' } as const;
const RESULTS = { launching: 'ABANDON', terminating: 'CONTINUE' } as const;

function nameOf({ tags }: GroupFacts, transition: Transition): string {
  return tags[ourHooks[transition].tag]?.value ?? ourHooks[transition].name;
}

function hookOf(group: GroupFacts, transition: Transition): HookFacts | undefined {
  return group.hooks.find((hook) => hook.name === nameOf(group, transition) && hook.transition === transition);
}

/** How long a hook lives, heartbeats and all. */
function capOf({ heartbeatSeconds }: HookFacts): number {
  return Math.min(LONGEST_HOOK_SECONDS, HEARTBEATS * heartbeatSeconds);
}

function put(group: string, name: string, transition: Transition, seconds: number): string {
  return `aws autoscaling put-lifecycle-hook --auto-scaling-group-name ${group} --lifecycle-hook-name ${name} --lifecycle-transition autoscaling:EC2_INSTANCE_${AWS_NAMES[transition]} --default-result ${RESULTS[transition]} --heartbeat-timeout ${seconds}`;
}

const groupsOf = ({ groups }: ClusterFacts) => groups;

function each(
  groups: readonly GroupFacts[],
  transitions: readonly Transition[],
  judge: (hook: HookFacts, group: GroupFacts, transition: Transition) => Complaint | undefined,
): readonly Complaint[] {
  return groups.flatMap((group) =>
    transitions.flatMap((transition) => {
      const hook = hookOf(group, transition);
      return (hook && judge(hook, group, transition)) ?? [];
    }),
  );
}

function missing(groups: readonly GroupFacts[], transition: Transition, meaning: string): readonly Complaint[] {
  return groups
    .filter((group) => !hookOf(group, transition))
    .map((group) => ({
      about: group.name,
      message: `it has no hook ${nameOf(group, transition)} for instances that are ${transition}: ${meaning}`,
      cure: 'put the hook',
      command: put(group.name, nameOf(group, transition), transition, 300),
    }));
}

function neededForDrain({ drain }: EntryFacts): number {
  return Math.min(LONGEST_HOOK_SECONDS, drain.timeoutSeconds + drain.graceCapSeconds + MARGIN_SECONDS);
}

function elsewhere(
  groups: readonly GroupFacts[],
  { hookQueue }: Pick<DeploymentFacts, 'hookQueue'>,
): readonly Complaint[] {
  return each(groups, ['launching', 'terminating'], (hook, group, transition) => {
    if (hook.notifies === '' || hook.notifies === hookQueue || isTopic(hook)) return undefined;
    return {
      about: group.name,
      message: `${hook.name} notifies ${hook.notifies}, where Tender does not listen: nobody answers it`,
      cure: `delete it and put it without a target, or send to ${hookQueue}`,
      command: `aws autoscaling delete-lifecycle-hook --auto-scaling-group-name ${group.name} --lifecycle-hook-name ${hook.name} && ${put(group.name, hook.name, transition, hook.heartbeatSeconds)}`,
    };
  });
}

function isTopic({ notifies }: HookFacts): boolean {
  return notifies.includes(':sns:');
}

/** A topic may have our queue among its subscribers, or not: whether it does is not looked at. */
function toTopic(groups: readonly GroupFacts[]): readonly string[] {
  return each(groups, ['launching', 'terminating'], (hook, { name }) =>
    isTopic(hook)
      ? {
          about: name,
          message: `${hook.name} of ${name} notifies ${hook.notifies}: whether our queue is subscribed to it is not looked at`,
          cure: '',
        }
      : undefined,
  ).map(({ message }) => message);
}

/** Whether the lifecycle hooks are there, and last as long as the work that they wait for. */
export const hookChecks = [
  check({
    id: 'hook-launch-missing',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Has every group the launch hook, where Tender joins nodes?',
    of: ({ groups, entry }) => (entry.bootstrap === 'tender' ? groups : undefined),
    find: (groups) => missing(groups, 'launching', 'nobody gives its instances a token, and they never join'),
  }),
  check({
    id: 'hook-terminate-missing',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Has every group the terminate hook?',
    of: groupsOf,
    find: (groups) => missing(groups, 'terminating', 'its instances end undrained'),
  }),
  check({
    id: 'hook-other-name',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does the hook that a group’s tag names exist?',
    of: groupsOf,
    find: (groups) =>
      groups.flatMap((group) =>
        (['launching', 'terminating'] as const).flatMap((transition) => {
          const { tag, name: usual } = ourHooks[transition];
          const named = group.tags[tag]?.value;
          if (named === undefined || group.hooks.some(({ name }) => name === named)) return [];
          const message = `its tag ${tag} names the hook ${named}, which it does not have`;
          const command = `aws autoscaling delete-tags --tags ResourceId=${group.name},ResourceType=auto-scaling-group,Key=${tag}`;
          return [
            {
              about: group.name,
              message,
              cure: `name one that is there, or take the tag off: ${usual} is meant then`,
              command,
            },
          ];
        }),
      ),
  }),
  check({
    id: 'hook-wrong-transition',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does each of our hooks wait at its own end of an instance’s life?',
    of: groupsOf,
    find: (groups) =>
      groups.flatMap((group) =>
        (['launching', 'terminating'] as const).flatMap((transition) => {
          const hook = group.hooks.find(({ name }) => name === nameOf(group, transition));
          if (!hook || hook.transition === transition) return [];
          const message = `its hook ${hook.name} waits for instances that are ${hook.transition}, and is meant for those that are ${transition}`;
          const command = put(group.name, hook.name, transition, hook.heartbeatSeconds);
          return [{ about: group.name, message, cure: 'put it for the other transition', command }];
        }),
      ),
  }),
  check({
    id: 'hook-default-result',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Is the default result ABANDON at launch, and CONTINUE at the end?',
    of: groupsOf,
    find: (groups) =>
      each(groups, ['launching', 'terminating'], (hook, group, transition) => {
        const wanted = RESULTS[transition];
        if (hook.defaultResult === wanted) return undefined;
        const meaning =
          transition === 'launching'
            ? 'an instance that nobody could join enters service'
            : 'hooks of others are skipped when nobody answers';
        return {
          about: group.name,
          message: `the default result of ${hook.name} is ${hook.defaultResult}, not ${wanted}: ${meaning}`,
          cure: `set it to ${wanted}`,
          command: put(group.name, hook.name, transition, hook.heartbeatSeconds),
        };
      }),
  }),
  check({
    id: 'hook-heartbeat-short',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does a heartbeat come twice within the heartbeat timeout?',
    of: groupsOf,
    find: (groups) =>
      each(groups, ['launching', 'terminating'], (hook, group, transition) =>
        hook.heartbeatSeconds >= SHORTEST_SECONDS
          ? undefined
          : {
              about: group.name,
              message: `the heartbeat timeout of ${hook.name} is ${hook.heartbeatSeconds} s; Tender sends one at half of it, and one step may take 30 s: below ${SHORTEST_SECONDS} s it may expire while work goes on`,
              cure: 'use 300 seconds',
              command: put(group.name, hook.name, transition, 300),
            },
      ),
  }),
  check({
    id: 'hook-heartbeat-long',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Would an instance hang for less than an hour if Tender were gone?',
    of: ({ groups, entry }) => (neededForDrain(entry) > HEARTBEATS * LONG_SECONDS ? undefined : groups),
    find: (groups) =>
      each(groups, ['launching', 'terminating'], (hook, group, transition) =>
        hook.heartbeatSeconds <= LONG_SECONDS
          ? undefined
          : {
              about: group.name,
              message: `the heartbeat timeout of ${hook.name} is ${hook.heartbeatSeconds} s: so long an instance hangs if Tender were gone`,
              cure: 'use 300 seconds: Tender sends heartbeats for as long as a drain takes',
              command: put(group.name, hook.name, transition, 300),
            },
      ),
  }),
  check({
    id: 'hook-drain-does-not-fit',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does a drain fit into the hook’s whole life, the lesser of 48 hours and 100 timeouts?',
    of: groupsOf,
    find: (groups, { entry }) =>
      each(groups, ['terminating'], (hook, group) => {
        const needed = neededForDrain(entry);
        if (capOf(hook) >= needed) return undefined;
        return {
          about: group.name,
          message: `${hook.name} lives ${capOf(hook)} s with all its heartbeats, and drain.timeoutSeconds, graceCapSeconds and a margin make ${needed} s: drains are cut off`,
          cure: `raise its heartbeat timeout to ${Math.ceil(needed / HEARTBEATS)} seconds, or shorten drain.timeoutSeconds`,
          command: put(group.name, hook.name, 'terminating', Math.max(300, Math.ceil(needed / HEARTBEATS))),
        };
      }),
  }),
  check({
    id: 'hook-join-does-not-fit',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does a join fit into the launch hook’s whole life?',
    of: ({ groups, entry }) => (entry.bootstrap === 'tender' ? groups : undefined),
    find: (groups, { entry }) =>
      each(groups, ['launching'], (hook, group) => {
        const needed = entry.join.timeoutSeconds + MARGIN_SECONDS;
        if (capOf(hook) >= needed) return undefined;
        return {
          about: group.name,
          message: `${hook.name} lives ${capOf(hook)} s with all its heartbeats, and join.timeoutSeconds is ${entry.join.timeoutSeconds}: joins are cut off`,
          cure: 'use a heartbeat timeout of 300 seconds',
          command: put(group.name, hook.name, 'launching', 300),
        };
      }),
  }),
  check({
    id: 'hook-notifies-elsewhere',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Do our hooks speak to EventBridge or to our queue?',
    of: ({ groups, deployment }) =>
      'seen' in groups && elsewhere(groups.seen, deployment).length === 0 && toTopic(groups.seen).length > 0
        ? { unseen: toTopic(groups.seen).join('; ') }
        : groups,
    find: (groups, { deployment }) => elsewhere(groups, deployment),
  }),
  check({
    id: 'hook-of-others',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Is ours the only hook at each end?',
    of: groupsOf,
    find: (groups) =>
      groups.flatMap((group) =>
        group.hooks
          .filter((hook) => hook.name !== nameOf(group, hook.transition) && group.tags[clusterTag] !== undefined)
          .map((hook) => ({
            about: group.name,
            message: `its hook ${hook.name} (${hook.transition}) is not Tender's: an instance waits until whoever put it has answered as well`,
            cure: `delete it if nobody answers it any more, or name it by the tag ${ourHooks[hook.transition].tag} if Tender should`,
            command: `aws autoscaling delete-lifecycle-hook --auto-scaling-group-name ${group.name} --lifecycle-hook-name ${hook.name}`,
          })),
      ),
  }),
];
