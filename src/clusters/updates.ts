import * as z from 'zod/mini';
import { shareOfGroup } from './share-of-group.ts';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
/** A week: what is longer is better said by leaving windows out. */
const LONGEST_WINDOW_MINUTES = 10_080;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;
const DAY_OR_TIME = /^\d{4}-\d\d-\d\d(T([01]\d|2[0-3]):[0-5]\d)?$/;
// What the functions may read: deploy/stack/function-roles.yaml.
const IMAGE_PARAMETER = /^(\/aws\/service|\/tender\/images)(\/[\w.-]+)+$/;

const text = (whatFor: string) => z.string().check(z.minLength(1), z.maxLength(255), z.describe(whatFor));
const architecture = () =>
  z.optional(
    z.enum(['x86_64', 'arm64']).check(z.describe('Architecture of the image. Default: that of the group’s image now.')),
  );
const timeZone = (whatFor: string) =>
  z
    .string()
    .check(z.refine(isTimeZone, 'must be a time zone of the IANA database, as in Europe/Berlin'), z.describe(whatFor));

const Source = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('parameter'),
    name: z
      .string()
      .check(
        z.regex(
          IMAGE_PARAMETER,
          'must begin with /aws/service/ or /tender/images/, since the functions may read no other',
        ),
        z.describe(
          'SSM parameter that holds the id of the image, plain or as image_id in JSON: one that AWS publishes, or one of yours below /tender/images/.',
        ),
      ),
  }),
  z.strictObject({
    kind: z.literal('image-name'),
    name: text('Name of the images, with * and ? as EC2 takes them. The newest that is available counts.'),
    owner: z
      .string()
      .check(
        z.regex(/^(\d{12}|self|amazon)$/, 'must be an account of twelve digits, self or amazon'),
        z.describe('Account that the images belong to. Anybody can give an image a name.'),
      ),
    architecture: architecture(),
  }),
  z.strictObject({
    kind: z.literal('flatcar'),
    channel: z.enum(['stable', 'beta', 'alpha', 'lts']).check(z.describe('Channel of Flatcar Container Linux.')),
    architecture: architecture(),
  }),
]);

const Window = z.strictObject({
  days: z
    ._default(z.array(z.enum(DAYS)).check(z.minLength(1)), [...DAYS])
    .check(z.describe('Days of the week on which it begins.')),
  start: z
    .string()
    .check(
      z.regex(TIME_OF_DAY, 'must be a time of day, as in "02:00", in quotes'),
      z.describe(
        'When it begins, by the clocks of its time zone. A time that the clocks skip begins when they have skipped it; one that comes twice, the first time.',
      ),
    ),
  minutes: z
    .int()
    .check(
      z.gte(15),
      z.lte(LONGEST_WINDOW_MINUTES),
      z.describe('How long it is open, in minutes that pass, whatever the clocks do.'),
    ),
  timeZone: z._default(timeZone('Time zone of the IANA database.'), 'UTC'),
});

const dayOrTime = (whatFor: string) =>
  z
    .string()
    .check(
      z.refine(isDayOrTime, 'must be a day, as in "2026-12-20", or a time, as in "2026-12-20T18:00"'),
      z.describe(whatFor),
    );

const Blackout = z
  .strictObject({
    from: dayOrTime('First day, or the time from which on.'),
    until: dayOrTime('Last day, which belongs to it, or the time at which it ends.'),
    timeZone: z.optional(timeZone('Time zone of both. Default: that of the first window, else UTC.')),
  })
  .check(z.refine(endsLater, { path: ['until'], error: 'must be later than from' }));

const policy = () =>
  z
    .enum(['auto', 'notify', 'manual', 'off'])
    .check(
      z.describe(
        'What is done about a new image: auto updates the group, notify tells a person, manual only shows it, off does not look for one.',
      ),
    );
const way = () =>
  z
    .enum(['image', 'in-place'])
    .check(
      z.describe(
        'How nodes come to a new system: image replaces them by such of a new image, in-place reboots them into what they have fetched themselves.',
      ),
    );
const source = () => Source.check(z.describe('What says which image is the newest. Without it none is looked for.'));
const windows = () =>
  z.array(Window).check(z.maxLength(20), z.describe('When nodes may be updated. None: at any time.'));
const blackouts = () =>
  z.array(Blackout).check(z.maxLength(100), z.describe('When nodes are not updated, whatever the windows say.'));
const maxSurge = () =>
  shareOfGroup().check(
    z.describe('How many nodes are replaced at a time, by launching so many more first: a number, or a percentage.'),
  );
const maxUnavailable = () =>
  shareOfGroup().check(
    z.describe('How many nodes may be missing where no more can be launched: in place, and in a group at its maximum.'),
  );
const bakeMinutes = () =>
  z.int().check(z.gte(0), z.lte(1440), z.describe('How long the first node of a new image is watched, in minutes.'));
const maxNodeAgeDays = () =>
  z
    .int()
    .check(z.gte(1), z.lte(3650), z.describe('Nodes that are older are replaced, of whatever image. Default: none.'));

const GroupUpdates = z.strictObject({
  policy: z.optional(policy()),
  way: z.optional(way()),
  source: z.optional(source()),
  windows: z.optional(windows()),
  blackouts: z.optional(blackouts()),
  maxSurge: z.optional(maxSurge()),
  maxUnavailable: z.optional(maxUnavailable()),
  bakeMinutes: z.optional(bakeMinutes()),
  maxNodeAgeDays: z.optional(maxNodeAgeDays()),
});

/** How nodes come to a new operating system, and when. */
export const Updates = z.strictObject({
  policy: z._default(policy(), 'notify'),
  way: z._default(way(), 'image'),
  source: z.optional(source()),
  windows: z._default(windows(), []),
  blackouts: z._default(blackouts(), []),
  changeCalendar: z.optional(
    text(
      'Name or ARN of a Change Calendar of SSM. While it is CLOSED, or cannot be read, no update begins or goes on.',
    ),
  ),
  maxSurge: z._default(maxSurge(), 1),
  maxUnavailable: z._default(maxUnavailable(), 1),
  bakeMinutes: z._default(bakeMinutes(), 30),
  joinMinutes: z
    ._default(z.int().check(z.gte(5), z.lte(240)), 30)
    .check(z.describe('How long a node of a new image may take until it is in service, in minutes.')),
  alarms: z
    ._default(z.array(text('Name of a CloudWatch alarm.')).check(z.maxLength(100)), [])
    .check(z.describe('CloudWatch alarms that have to be OK, or the update is rolled back.')),
  prometheus: z.optional(
    z
      .strictObject({
        url: z
          .url({ protocol: /^https$/, error: 'must be an https URL' })
          .check(z.describe('Prometheus, as the functions reach it.')),
        query: z
          .string()
          .check(z.minLength(1), z.maxLength(2000), z.describe('Query that has no result while all is well.')),
      })
      .check(z.describe('A query that has to be empty, or the update is rolled back.')),
  ),
  podsNotReady: z
    ._default(z.int().check(z.gte(0), z.lte(10_000)), 0)
    .check(z.describe('How many more pods than before may be not ready after the first node was watched.')),
  podsRestarted: z
    ._default(z.int().check(z.gte(0), z.lte(10_000)), 0)
    .check(
      z.describe(
        'How many pods may restart again and again on the first node at the end of its watch, of workloads that do not do so on other nodes and did not restart before.',
      ),
    ),
  maxNodeAgeDays: z.optional(maxNodeAgeDays()),
  groups: z
    ._default(z.record(z.string().check(z.minLength(1), z.maxLength(255)), GroupUpdates), {})
    .check(z.describe('What differs for a group, by the name of its Auto Scaling group.')),
});

type ClusterUpdates = z.output<typeof Updates>;

/** How the nodes of one group come to a new operating system. */
export type UpdatePolicy = Omit<ClusterUpdates, 'groups'>;

/** What holds for a group: what is said of it, and of the cluster where nothing is. */
export function updatesOf({ groups, ...ofCluster }: ClusterUpdates, groupName: string): UpdatePolicy {
  const own = Object.hasOwn(groups, groupName) ? groups[groupName] : undefined;
  const said = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  return { ...ofCluster, ...Object.fromEntries(said) };
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function isDayOrTime(given: string): boolean {
  if (!DAY_OR_TIME.test(given)) return false;
  const day = given.slice(0, 10);
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

// Both are of one time zone, and ISO 8601 sorts as text. The last day ends at 24:00.
function endsLater({ from, until }: { readonly from: string; readonly until: string }): boolean {
  const at = (given: string, hour: string) => (given.includes('T') ? given : `${given}T${hour}:00`);
  return at(until, '24') > at(from, '00');
}
