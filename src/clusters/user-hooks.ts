import * as z from 'zod/mini';

/** When hooks of the user's own are run: around what a workflow does. */
export const USER_HOOK_POINTS = [
  'before-bootstrap',
  'after-bootstrap',
  'before-drain',
  'after-drain',
  'before-terminate',
  'after-terminate',
  'before-snapshot',
  'after-snapshot',
  'before-update-wave',
  'after-update-wave',
] as const;

/** One of {@link USER_HOOK_POINTS}. */
export type UserHookPoint = (typeof USER_HOOK_POINTS)[number];

/** The longest that a Lambda function runs, in seconds (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const LONGEST_FUNCTION_SECONDS = 900;

// What user-hook may start: deploy/stack/machine-roles.yaml.
const NAMED = 'whose name begins with tender-hook-, since Tender may start no other';
const own = (service: string, kind: string) =>
  z
    .string()
    .check(
      z.regex(
        new RegExp(`^arn:aws[\\w-]*:${service}:[\\w-]+:\\d{12}:${kind}:tender-hook-[\\w-]+(:[\\w$-]+)?$`),
        `must be the ARN of a ${kind} ${NAMED}`,
      ),
    );

const Run = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('lambda'),
    arn: own('lambda', 'function').check(z.describe('Lambda function; its name begins with tender-hook-.')),
  }),
  z.strictObject({
    kind: z.literal('state-machine'),
    arn: own('states', 'stateMachine').check(z.describe('State machine; its name begins with tender-hook-.')),
  }),
  z.strictObject({
    kind: z.literal('ssm-document'),
    name: z
      .string()
      .check(
        z.regex(/^tender-hook-[\w.-]{1,100}$/, `must be the name of an SSM document ${NAMED}`),
        z.describe('SSM document, run on the node’s own instance; its name begins with tender-hook-.'),
      ),
  }),
]);

/** Something of the user's own that is run around what a workflow does. */
export const UserHook = z.strictObject({
  name: z
    .string()
    .check(
      z.regex(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/, 'must be lower case letters, digits and hyphens, at most 40'),
      z.describe('What it is called in histories and messages.'),
    ),
  at: z.enum(USER_HOOK_POINTS).check(z.describe('When it is run.')),
  run: Run.check(z.describe('What is run: a Lambda function, a state machine, or an SSM document on the instance.')),
  timeoutSeconds: z
    ._default(z.int().check(z.gte(5), z.lte(3600)), 60)
    .check(
      z.describe('How long it may take. What takes the node away sooner shortens it. A Lambda function: at most 900.'),
    ),
  onFailure: z
    ._default(z.enum(['continue', 'block']), 'continue')
    .check(
      z.describe(
        'What a failure or the end of its time means: go on, or hold what can be held. An instance that goes in any case is never held.',
      ),
    ),
  groups: z.optional(
    z
      .array(z.string().check(z.minLength(1)))
      .check(z.describe('Auto Scaling groups whose nodes it is run for. Default: all.')),
  ),
});

/** All of a cluster, in the order in which they are run. */
export const UserHooks = z.array(UserHook).check(z.maxLength(30, 'must be at most 30'));

/** A hook with its defaults filled in. */
export type UserHook = z.output<typeof UserHook>;

/** The points at which hooks are to be run for nodes of this group; those of a cluster where no group is named. */
export function userHookPoints(hooks: readonly UserHook[], groupName = ''): UserHookPoint[] {
  return USER_HOOK_POINTS.filter((point) => hooksAt(hooks, point, groupName).length > 0);
}

/** The hooks of a point for nodes of this group, in their order. Nobody knows the group of some nodes: those have all. */
export function hooksAt<H extends Pick<UserHook, 'at' | 'groups'>>(
  hooks: readonly H[],
  point: UserHookPoint,
  groupName: string,
): H[] {
  return hooks.filter(
    ({ at, groups }) => at === point && (groups === undefined || groupName === '' || groups.includes(groupName)),
  );
}

/** The longest that hooks of one point may take together: nobody hears an andon meanwhile, and an execution's history holds no more looks. */
const LONGEST_SECONDS = 7_200;
/** There is none yet, or no more, or its agent does not listen yet. */
const WITHOUT_INSTANCE: ReadonlySet<unknown> = new Set([
  'before-bootstrap',
  'after-terminate',
  'before-snapshot',
  'after-snapshot',
  'before-update-wave',
  'after-update-wave',
]);
const TOO_LATE: ReadonlySet<unknown> = new Set(['after-terminate', 'after-snapshot']);

/** What cannot be, in hooks as they are written: one sentence each, with the path of the field. */
export function contradictionsOfHooks(written: unknown, { elsewhere }: { readonly elsewhere: boolean }): string[] {
  const hooks = Array.isArray(written) ? written.map((one) => ({ ...(one as object | null) }) as Written) : [];
  const names = hooks.map(({ name }) => name);
  const each = hooks.flatMap(({ name, at, run, timeoutSeconds, onFailure }, index) => {
    const path = `userHooks[${index}]`;
    const kind = run?.kind;
    return [
      ...(name !== undefined && names.indexOf(name) < index ? [`${path}.name: must be used once`] : []),
      ...(kind === 'ssm-document' && WITHOUT_INSTANCE.has(at)
        ? [`${path}.run.kind: must be lambda or state-machine at ${at}, where no instance listens to commands`]
        : []),
      ...(kind === 'ssm-document' && elsewhere
        ? [
            `${path}.run.kind: must be lambda or state-machine with aws.roleArn, because commands reach instances of Tender’s own account`,
          ]
        : []),
      ...(kind === 'lambda' && Number(timeoutSeconds) > LONGEST_FUNCTION_SECONDS
        ? [
            `${path}.timeoutSeconds: must be at most ${LONGEST_FUNCTION_SECONDS} for a Lambda function, which runs no longer`,
          ]
        : []),
      ...(onFailure === 'block' && TOO_LATE.has(at)
        ? [`${path}.onFailure: must be continue at ${at}, after which there is nothing to hold`]
        : []),
    ];
  });
  return [...each, ...tooLong(hooks)];
}

function tooLong(hooks: readonly Written[]): string[] {
  const seconds = (point: string) =>
    hooks.reduce((sum, { at, timeoutSeconds = 60 }) => sum + (at === point ? Number(timeoutSeconds) : 0), 0);
  return USER_HOOK_POINTS.filter((point) => seconds(point) > LONGEST_SECONDS).map(
    (point) => `userHooks: must take at most ${LONGEST_SECONDS} seconds at ${point} together`,
  );
}

interface Written {
  readonly name?: unknown;
  readonly at?: unknown;
  readonly run?: { readonly kind?: unknown } | null;
  readonly timeoutSeconds?: unknown;
  readonly onFailure?: unknown;
}
