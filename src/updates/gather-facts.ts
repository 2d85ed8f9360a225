import { eksClusterTag, nodeGroupTag } from './names.ts';
import { pauseOf } from './observe-update.ts';
import { launchesOfManaged } from './plan-managed.ts';
import type { ManagedFacts, UpdateFacts, UpdateWish } from './plan-update.ts';
import type {
  BadImages,
  DescribedGroup,
  Launches,
  LaunchTemplates,
  ManagedNodeGroups,
  NodeWorkflows,
  UpdateRecord,
  UpdateRecords,
  UpdateSurroundings,
  UpdatingGroups,
  UpdatingNodes,
} from './ports.ts';
import { rollsAtEks } from './rolls-at-eks.ts';
import { runsElsewhere } from './runs-elsewhere.ts';

/** What a plan is read from. */
export interface PlanPorts {
  readonly groups: Pick<UpdatingGroups, 'describe'>;
  readonly templates: LaunchTemplates;
  readonly nodes: Pick<UpdatingNodes, 'list'>;
  readonly records: Pick<UpdateRecords, 'ofCluster'>;
  readonly badImages: Pick<BadImages, 'read'>;
  readonly workflows: Pick<NodeWorkflows, 'isRunning'>;
  readonly surroundings: UpdateSurroundings;
  readonly managed: Pick<ManagedNodeGroups, 'describe' | 'update'>;
}

/** Reads what a plan is made from; changes nothing. @param execution that asks: its own update is not somebody else's */
export async function gatherFacts(
  wish: UpdateWish,
  execution: string,
  ports: PlanPorts,
  now: Date,
): Promise<UpdateFacts> {
  const { groups, templates, surroundings } = ports;
  const group = await groups.describe(wish.groupName, true);
  const managed = await managedOf(group, ports.managed);
  const [{ current, target }, all, andon, pausedUntil, window, nodes, etcdLeader, wanting] = await Promise.all([
    managed ? versionsOfManaged(managed, wish, ports) : versionsOf(group, wish, templates),
    ports.records.ofCluster(wish.cluster),
    surroundings.andon(),
    surroundings.pausedUntil(),
    surroundings.window(now),
    ports.nodes.list(),
    group?.role === 'control-plane' ? surroundings.etcdLeader() : '',
    group ? surroundings.wanting() : [],
  ]);
  const record = all.find(({ groupName }) => groupName === wish.groupName);
  const [images, isUnderWay, otherGroup] = await Promise.all([
    // What is gone on with may have been found bad meanwhile.
    imagesOf(
      (wish.resume ? record?.target.imageId : target?.imageId) ?? '',
      (wish.rollBack ? record?.previous.imageId : current?.imageId) ?? '',
      ports,
    ),
    record ? runsElsewhere(record, execution, ports.workflows) : false,
    otherGroupOf(all, wish.groupName, ports),
  ]);
  const paused = pauseOf(group, pausedUntil, now);
  const around = { paused, andon, window, nodes, etcdLeader, wanting, managed };
  return { group, current, target, ...images, record, isUnderWay, otherGroup, ...around };
}

/** What is known of the image that is updated to, and of the one before. @param before empty: nobody knows which */
async function imagesOf(
  imageId: string,
  before: string,
  { templates, badImages }: Pick<PlanPorts, 'templates' | 'badImages'>,
): Promise<Pick<UpdateFacts, 'image' | 'imageBefore' | 'bad'>> {
  const [image, imageBefore, bad] = await Promise.all([
    imageId === '' ? undefined : templates.image(imageId),
    before === '' ? undefined : templates.image(before),
    imageId === '' ? undefined : badImages.read(imageId),
  ]);
  return { image, imageBefore, bad };
}

/** EKS tags the groups that it makes. */
async function managedOf(
  group: DescribedGroup | undefined,
  eks: Pick<ManagedNodeGroups, 'describe'>,
): Promise<ManagedFacts | undefined> {
  const nodeGroup = group?.tags[nodeGroupTag];
  if (nodeGroup === undefined) return undefined;
  const name = { clusterName: group?.tags[eksClusterTag] ?? '', nodeGroup };
  return { name, group: await eks.describe(name) };
}

/** What it runs, and the release, or version of its own launch template, that it is to run: what the watch has found, unless another one is named. */
async function versionsOfManaged({ group }: ManagedFacts, wish: UpdateWish, { templates, surroundings }: PlanPorts) {
  if (!group) return { current: undefined, target: undefined };
  const version = wish.version || (await surroundings.found());
  if (!group.template)
    return { current: launchesOfManaged(group), target: { launchTemplateId: '', version, imageId: '' } };
  const [current, target] = await Promise.all([
    templates.version(group.template.id, group.template.version),
    version === '' ? undefined : templates.version(group.template.id, version),
  ]);
  return { current: current ?? launchesOfManaged(group), target };
}

/** What there is to go back to, and what is updated to. */
async function versionsOf(
  group: DescribedGroup | undefined,
  wish: UpdateWish,
  templates: LaunchTemplates,
): Promise<{ readonly current: Launches | undefined; readonly target: Launches | undefined }> {
  if (!group || group.launchTemplateId === '') return { current: undefined, target: undefined };
  // Nodes that are only old get what their group launches already.
  const wanted = wish.version || (wish.olderThanDays > 0 ? group.version : '$Latest');
  const [current, target] = await Promise.all([
    templates.version(group.launchTemplateId, group.version),
    templates.version(group.launchTemplateId, wanted),
  ]);
  return { current: await provenVersion(group, current, target, templates), target };
}

async function otherGroupOf(all: readonly UpdateRecord[], groupName: string, ports: PlanPorts): Promise<string> {
  const others = all.filter((one) => one.groupName !== groupName);
  const run = await Promise.all(
    others.map(
      async (one) => (await runsElsewhere(one, '', ports.workflows)) || (await rollsAtEks(one, ports.managed)),
    ),
  );
  return others.find((_, index) => run[index])?.groupName ?? '';
}

/**
 * What there is to go back to: what the group launches now, or, where somebody has given it the new version already, what most of its members were launched from.
 */
async function provenVersion(
  group: DescribedGroup,
  current: Launches | undefined,
  target: Launches | undefined,
  templates: LaunchTemplates,
): Promise<Launches | undefined> {
  if (!current || current.version !== target?.version) return current;
  const counts = new Map<string, number>();
  for (const { launchTemplateId, version } of group.members)
    if (launchTemplateId === group.launchTemplateId && version !== target.version)
      counts.set(version, (counts.get(version) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most ? ((await templates.version(group.launchTemplateId, most[0])) ?? current) : current;
}
