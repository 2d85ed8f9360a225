import { check } from '../check.ts';
import type { Complaint } from '../finding.ts';
import type { ClusterFacts, GroupFacts, HookFacts } from '../ports.ts';
import type { UserHookFacts } from '../userhook-ports.ts';

const SUBJECT = 'user hooks';
/** A lifecycle hook ends after so many of its heartbeats, and after two days in any case (S6). */
const HEARTBEATS = 100;
const LONGEST_SECONDS = 172_800;

const page = 'docs/user-hooks.md';

/** A check of what each hook runs. */
function ofTargets(
  definition: { readonly id: string; readonly severity: 'fault' | 'warning'; readonly asks: string },
  complain: (facts: UserHookFacts, seconds: number) => Omit<Complaint, 'about'> | undefined,
) {
  return check({
    ...definition,
    subject: SUBJECT,
    of: ({ entry, userHooks }) => (entry.userHooks.length === 0 ? undefined : userHooks),
    find: (hooks, { entry }) =>
      hooks.flatMap((facts) => {
        const seconds = entry.userHooks.find(({ name }) => name === facts.hook)?.timeoutSeconds ?? 0;
        const complaint = complain(facts, seconds);
        return complaint ? [{ about: `userHooks ${facts.hook}`, ...complaint }] : [];
      }),
  });
}

/** Whether hooks of the user's own exist, can be run, and have the time that they want. */
export const userHookChecks = [
  ofTargets(
    { id: 'user-hook-gone', severity: 'fault', asks: 'Does what each hook of yours runs exist?' },
    ({ found, target }) =>
      found === 'gone'
        ? {
            message: `it runs ${target}, which does not exist: the hook fails each time, and with onFailure: block it holds what it can`,
            cure: 'make it, or name in the entry what took its place',
          }
        : undefined,
  ),
  ofTargets(
    {
      id: 'user-hook-elsewhere',
      severity: 'fault',
      asks: 'Are functions and state machines of hooks in Tender’s account and region?',
    },
    ({ found, target }) =>
      found === 'elsewhere'
        ? {
            message: `it runs ${target}, which is in another account or region: Tender may start nothing there`,
            cure: `let one in Tender’s account and region, whose name begins with tender-hook-, call it (${page})`,
          }
        : undefined,
  ),
  ofTargets(
    { id: 'user-hook-unfit', severity: 'fault', asks: 'Can what hooks run be run so, with what Tender gives it?' },
    ({ unfit, target }) =>
      unfit === '' ? undefined : { message: `${target} ${unfit}`, cure: `see what a hook has to be like in ${page}` },
  ),
  ofTargets(
    {
      id: 'user-hook-outlives',
      severity: 'warning',
      asks: 'Does a hook’s function end by itself within the time that the hook has?',
    },
    ({ ownTimeoutSeconds, target }, seconds) =>
      ownTimeoutSeconds !== undefined && ownTimeoutSeconds > seconds
        ? {
            message: `${target} may run for ${ownTimeoutSeconds} seconds, and the hook has ${seconds}: a function cannot be stopped, so it goes on beside what it was to precede`,
            cure: 'shorten the function’s timeout, or give the hook as long',
            command: `aws lambda update-function-configuration --function-name ${target} --timeout ${seconds}`,
          }
        : undefined,
  ),
  check({
    id: 'user-hook-group-unknown',
    subject: SUBJECT,
    severity: 'fault',
    asks: 'Does every group that a hook names exist in the cluster?',
    of: ({ entry, groups }) => (entry.userHooks.length === 0 ? undefined : groups),
    find: (groups, { entry }) =>
      entry.userHooks.flatMap(({ name, groups: named = [] }) =>
        named
          .filter((one) => !groups.some((group) => group.name === one))
          .map((one) => ({
            about: `userHooks ${name}`,
            message: `it is for group ${one}, which the cluster does not have: it is never run for it`,
            cure: `write the name of one of its groups: ${groups.map((group) => group.name).join(', ') || 'there is none'}`,
          })),
      ),
  }),
  check({
    id: 'user-hook-no-time',
    subject: SUBJECT,
    severity: 'warning',
    asks: 'Have hooks before a join or a drain the time that they want, a quarter of what the lifecycle hook leaves?',
    of: ({ entry, groups }) => (entry.userHooks.length === 0 ? undefined : groups),
    find: (groups, facts) => groups.flatMap((group) => withoutTime(group, facts)),
  }),
];

function withoutTime(group: GroupFacts, { entry }: ClusterFacts): readonly Complaint[] {
  const capOf = (transition: HookFacts['transition']) =>
    Math.min(
      LONGEST_SECONDS,
      ...group.hooks
        .filter((hook) => hook.transition === transition)
        .map(({ heartbeatSeconds }) => heartbeatSeconds * HEARTBEATS),
    );
  const limits = {
    'before-bootstrap': Math.min(entry.join.timeoutSeconds, capOf('launching')),
    'before-drain': capOf('terminating'),
  };
  return Object.entries(limits).flatMap(([point, limit]) => {
    const hooks = entry.userHooks.filter(
      ({ at, groups }) => at === point && (groups === undefined || groups.includes(group.name)),
    );
    const wanted = hooks.reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 0);
    const most = Math.floor(limit / 4);
    if (wanted <= most) return [];
    return [
      {
        about: group.name,
        message: `its hooks at ${point} may take ${wanted} seconds together, and get ${most} at most: the last ones are cut short or skipped`,
        cure: 'shorten their timeoutSeconds, or give the lifecycle hook a longer heartbeat timeout',
        command: `npx tender cluster show ${entry.name}`,
      },
    ];
  });
}
