import { reportManaged } from './managed-group.ts';
import { newestImage, sourceInWords } from './newest-image.ts';
import type {
  Image,
  ImageParameters,
  Images,
  KnownUpdates,
  LaunchedInstance,
  LaunchTemplates,
  NodeGroups,
  RebootWishes,
  SystemNode,
  TemplateVersion,
  UpdatableGroup,
  UpdatableGroups,
  UpdateWindow,
  WatchPolicy,
} from './ports.ts';
import { versionDiff } from './version-diff.ts';
import type { GroupReport, Verdict } from './watch-document.ts';

const DAY_MS = 86_400_000;

/** What a look at a group asks. */
export interface ReportPorts {
  readonly groups: UpdatableGroups;
  readonly templates: LaunchTemplates;
  readonly images: Images;
  readonly parameters: ImageParameters;
  readonly updates: KnownUpdates;
  readonly reboots: RebootWishes;
  readonly nodeGroups: NodeGroups;
}

/** What is known of a group before anybody is asked. */
export interface Subject {
  readonly group: UpdatableGroup;
  readonly policy: WatchPolicy;
  readonly window: UpdateWindow;
  /** Its instances. */
  readonly instances: readonly LaunchedInstance[];
  /** Its Nodes; null: the API server does not say. */
  readonly nodes: readonly SystemNode[] | null;
  /** What the last pass found. */
  readonly before: GroupReport | undefined;
}

type Found = Partial<GroupReport> & { readonly verdict: Verdict; readonly why: string };

/**
 * Looks what a group launches, and what it could. Where there is a newer image, it makes a version of the launch template from the one that the group uses, with
 * nothing changed but the image; the same one is not made twice.
 *
 * Only for a group that is pinned to a number (S46), and where no other group follows the latest version: that one would launch it at once.
 *
 * @throws what AWS throws
 */
export async function reportGroup(subject: Subject, ports: ReportPorts, now: Date): Promise<GroupReport> {
  const { group, policy, before } = subject;
  const aside = whyAside(group);
  const found: Found =
    policy.policy === 'off'
      ? { verdict: 'off', why: 'its policy is off' }
      : aside !== undefined
        ? { verdict: 'aside', why: aside }
        : group.managed
          ? await managed(subject, group.managed, ports, now)
          : policy.way === 'in-place'
            ? await inPlace(subject, ports)
            : await byImage(subject, ports, now);
  const nothingToTell = found.verdict === 'current' || found.verdict === 'off';
  return { ...blank(subject), ...found, told: nothingToTell ? '' : (before?.told ?? '') };
}

/** The report of a group that nobody could look at. */
export function unseenGroup(subject: Subject, why: string): GroupReport {
  return { ...blank(subject), verdict: 'unseen', why, told: subject.before?.told ?? '' };
}

function blank({ group, policy, window, instances, before }: Subject): Omit<GroupReport, 'verdict' | 'why' | 'told'> {
  return {
    groupName: group.name,
    role: group.role,
    policy: policy.policy,
    way: group.managed ? 'managed' : policy.way,
    source: policy.way === 'image' ? sourceInWords(policy.source) : 'what its nodes have fetched',
    launches: null,
    follows: '',
    newest: null,
    version: '',
    madeFrom: '',
    diff: [],
    nodes: instances.length,
    outdated: 0,
    wanting: [],
    boots: {},
    asked: {},
    window,
    paused: group.paused,
    maxNodeAgeDays: policy.maxNodeAgeDays ?? 0,
    begun: before?.begun ?? null,
    resumed: before?.resumed ?? '',
  };
}

function whyAside({ role, owner, template, ownTemplates, managed }: UpdatableGroup): string | undefined {
  if (role === 'etcd') return 'members of an external etcd are no nodes';
  if (owner !== '') return `${owner} updates it`;
  // What its group launches is EKS's own.
  if (managed) return undefined;
  if (!template) return 'it has a launch configuration, and no launch template';
  return ownTemplates ? 'overrides of its mixed instances policy have launch templates of their own' : undefined;
}

/** One with an image of its own is rolled to a version of its own launch template, which is made as for any other group. */
async function managed(
  subject: Subject,
  name: NonNullable<UpdatableGroup['managed']>,
  ports: ReportPorts,
  now: Date,
): Promise<Found> {
  const found = await ports.nodeGroups.describe(name);
  if (!found)
    return { verdict: 'unseen', why: `EKS has no node group ${name.nodeGroup} in cluster ${name.clusterName}` };
  const report = found.template
    ? await byImage({ ...subject, group: { ...subject.group, template: found.template } }, ports, now)
    : await reportManaged(name, found, subject.instances.length, ports.parameters);
  return withoutRotation(report, subject, now);
}

/** EKS replaces nodes only for another release, or another version of their launch template: an update of what is merely old, or of another image, would do nothing. */
function withoutRotation(report: Found, { instances, policy }: Subject, now: Date): Found {
  const unable = 'EKS replaces nodes only for another release or version of their launch template';
  if (report.verdict === 'behind' || report.verdict === 'old')
    return { ...report, verdict: 'current', why: `${report.why}; ${unable}`, outdated: 0 };
  const old = olderThan(policy.maxNodeAgeDays, instances, now);
  if (report.verdict !== 'current' || old.length === 0) return report;
  return { ...report, why: `${report.why}; ${nodes(old.length)} older than ${policy.maxNodeAgeDays} days; ${unable}` };
}

async function inPlace({ nodes: seen, before }: Subject, { reboots }: ReportPorts): Promise<Found> {
  if (seen === null) return { verdict: 'unseen', why: 'the API server does not answer' };
  const listed = seen.map(({ instanceId, name }) => ({ instanceId, nodeName: name }));
  const { wanted, unknown, asked } = await reboots.look(listed, before?.asked ?? {});
  // Of a machine that is being asked holds what it said last, until it boots.
  const booted = new Map(seen.map(({ instanceId, bootId }) => [instanceId, bootId]));
  const still = (before?.wanting ?? []).filter((id) => id in asked && booted.get(id) === before?.boots[id]);
  const wanting = [...wanted.map(({ instanceId }) => instanceId), ...still];
  const boots = Object.fromEntries(wanting.map((id) => [id, booted.get(id) ?? '']));
  const found = { wanting, boots, asked, outdated: wanting.length };
  const [first] = unknown;
  const rest = first ? `; of ${unknown.length} nobody can say: ${first.why}` : '';
  if (wanting.length > 0) {
    const versions = [...new Set(wanted.map(({ toVersion }) => toVersion))].filter((version) => version !== '');
    const what = versions.length === 0 ? 'what it has fetched' : versions.join(', ');
    return { ...found, verdict: 'behind', why: `${nodes(wanting.length)} to be rebooted into ${what}${rest}` };
  }
  if (first && unknown.length === seen.length) return { ...found, verdict: 'unseen', why: first.why };
  return { ...found, verdict: 'current', why: `no node is known to want a reboot${rest}` };
}

async function byImage(subject: Subject, ports: ReportPorts, now: Date): Promise<Found> {
  const { id, version: said } = subject.group.template ?? { id: '', version: '' };
  const used = await ports.templates.read(id, said);
  if (!used) return { verdict: 'unseen', why: `its launch template ${id} has no version ${said}` };
  const launches = { templateId: id, version: used.version, imageId: used.imageId };
  if (said.startsWith('$')) {
    const why = `it follows ${said} of its launch template: an update pins it to ${used.version} first`;
    return { verdict: 'follows', why, launches, follows: said, version: used.version };
  }
  const follows = used.imageId.startsWith('resolve:') ? used.imageId : '';
  const { source } = subject.policy;
  if (!source) return { launches, follows, ...(await withoutSource(subject, used, ports, now)) };
  const own = follows === '' ? await ports.images.byId(used.imageId) : undefined;
  const newest = await newestImage(source, own?.architecture ?? '', ports);
  if ('why' in newest) return { launches, follows, verdict: 'unseen', why: newest.why };
  return { launches, follows, newest: newest.image, ...(await compared(subject, used, newest.image, ports, now)) };
}

async function withoutSource(subject: Subject, used: TemplateVersion, ports: ReportPorts, now: Date): Promise<Found> {
  if (used.imageId.startsWith('resolve:'))
    return {
      verdict: 'unseen',
      why: `its launch template follows ${used.imageId}: say updates.source, so that it is pinned`,
    };
  const image = await ports.images.byId(used.imageId);
  return launched(subject, used, image ?? { imageId: used.imageId, name: '', createdAt: '', architecture: '' }, now);
}

async function compared(
  subject: Subject,
  used: TemplateVersion,
  newest: Image,
  ports: ReportPorts,
  now: Date,
): Promise<Found> {
  if (newest.imageId === used.imageId) return launched(subject, used, newest, now);
  const bad = await ports.updates.whyBad(newest.imageId);
  if (bad !== undefined) return { verdict: 'bad', why: `${newest.imageId} was rolled back: ${bad}` };
  const { id } = subject.group.template ?? { id: '' };
  const { before } = subject;
  const outdated = subject.instances.filter(({ imageId }) => imageId !== newest.imageId).length;
  const why = `${newest.name || newest.imageId} is there, of ${newest.createdAt.slice(0, 10)}`;
  if (before?.madeFrom === used.version && before.newest?.imageId === newest.imageId && before.version !== '') {
    const { version, madeFrom, diff } = before;
    // Somebody may have deleted it.
    if (await ports.templates.read(id, version))
      return { verdict: 'available', why, version, madeFrom, diff, outdated };
  }
  const followers = (await ports.groups.followersOf(id)).filter((name) => name !== subject.group.name);
  if (followers.length > 0)
    return {
      verdict: 'aside',
      why: `a new version would be launched at once by ${followers.join(', ')}, which follows $Latest of the same launch template`,
    };
  const order = {
    from: used.version,
    imageId: newest.imageId,
    description: `Tender: ${newest.name || newest.imageId}`,
    // Once a day: a version that was deleted is made anew.
    token: `${id} ${used.version} ${newest.imageId} ${now.toISOString().slice(0, 10)}`,
  };
  const made = await ports.templates.derive(id, order);
  const diff = versionDiff(used.data, made.data);
  return { verdict: 'available', why, version: made.version, madeFrom: used.version, diff, outdated };
}

/** The group launches what it should: are its nodes of it, and young enough? */
function launched({ instances, policy }: Subject, { version }: TemplateVersion, image: Image, now: Date): Found {
  const others = instances.filter(({ imageId }) => imageId !== image.imageId);
  const found = { newest: image, version };
  if (others.length > 0)
    return {
      ...found,
      verdict: 'behind',
      why: `${nodes(others.length)} of another image than it launches`,
      outdated: others.length,
    };
  const { maxNodeAgeDays: days } = policy;
  const old = olderThan(days, instances, now);
  return old.length === 0
    ? { ...found, verdict: 'current', why: 'all its nodes run what it launches' }
    : { ...found, verdict: 'old', why: `${nodes(old.length)} older than ${days} days`, outdated: old.length };
}

function olderThan(days: number | undefined, instances: readonly LaunchedInstance[], now: Date) {
  return days === undefined ? [] : instances.filter((one) => ageOf(one, now) > days * DAY_MS);
}

function ageOf({ launchedAt }: LaunchedInstance, now: Date): number {
  return launchedAt === '' ? 0 : now.getTime() - Date.parse(launchedAt);
}

function nodes(count: number): string {
  return count === 1 ? '1 node is' : `${count} nodes are`;
}
