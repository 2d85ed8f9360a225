import type { ErrorDetail, Nodegroup, Update, UpdateNodegroupVersionRequest } from '@aws-sdk/client-eks';
import { counts, type GroupRecord, isLeaving } from '../autoscaling/group-record.ts';
import { AwsError } from '../cloud/service.ts';
import type { Fleet } from '../instances/fleet.ts';
import type { World } from '../world/world.ts';

/** A managed node group, on an Auto Scaling group that is there already. */
export interface NodeGroupSettings {
  readonly clusterName: string;
  readonly nodegroupName: string;
  /** The Auto Scaling group. */
  readonly groupName: string;
  /** As in `1.34`. */
  readonly version: string;
  readonly releaseVersion: string;
  /** Default `AL2023_x86_64_STANDARD`. */
  readonly amiType?: Nodegroup['amiType'];
  /** Of the user's own, with `CUSTOM`. */
  readonly launchTemplate?: { readonly id: string; readonly version: string };
  readonly maxUnavailable?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** The image of a release; undefined: there is no such release. */
  readonly imageOf?: (release: string) => string | undefined;
}

interface NodeGroupRecord {
  readonly settings: NodeGroupSettings;
  readonly arn: string;
  readonly updates: Map<string, Update>;
  /** Updates by the token of the request that began them. */
  readonly tokens: Map<string, string>;
  status: NonNullable<Nodegroup['status']>;
  releaseVersion: string;
  launchTemplate: NodeGroupSettings['launchTemplate'];
  /** What the next update ends with. */
  failure: ErrorDetail | undefined;
}

/** EKS waits so long after it has cordoned a node (user guide, "Managed node update behavior", upgrade phase). */
const AFTER_CORDON_MS = 60_000;
/** How often it looks; assumed. */
const LOOK_EVERY_MS = 15_000;
/** A pod that does not leave ends an update after so long (the same page). */
const EVICTION_MS = 15 * 60_000;

/**
 * Managed node groups of EKS: an update makes a version of the group's launch template, launches more nodes, lets old ones go a few at a time, and takes the raised capacity back. Pods are
 * not evicted: a terminate hook on the group sees to that where it matters.
 */
export class NodeGroups {
  readonly #world: World;
  readonly #fleet: Fleet;
  readonly #arnOf: (resource: string) => string;
  readonly #all = new Map<string, NodeGroupRecord>();

  constructor(world: World, fleet: Fleet, { region, account }: { readonly region: string; readonly account: string }) {
    this.#world = world;
    this.#fleet = fleet;
    this.#arnOf = (resource) => `arn:aws:eks:${region}:${account}:${resource}`;
  }

  /** Lets EKS manage an Auto Scaling group, and tags it as EKS does. */
  manage(settings: NodeGroupSettings): void {
    const { clusterName, nodegroupName, groupName, releaseVersion, launchTemplate } = settings;
    const id = this.#world.random.for('eks:nodegroup-id').uuid();
    this.#all.set(`${clusterName}/${nodegroupName}`, {
      settings,
      arn: this.#arnOf(`nodegroup/${clusterName}/${nodegroupName}/${id}`),
      updates: new Map(),
      tokens: new Map(),
      status: 'ACTIVE',
      releaseVersion,
      launchTemplate,
      failure: undefined,
    });
    const group = this.#fleet.groups.group(groupName);
    group.tags.set('eks:cluster-name', { value: clusterName, propagateAtLaunch: true });
    group.tags.set('eks:nodegroup-name', { value: nodegroupName, propagateAtLaunch: true });
  }

  /** Lets the next update of a node group end so, with its first old node. */
  failNext(clusterName: string, nodegroupName: string, failure: ErrorDetail): void {
    this.#group(clusterName, nodegroupName).failure = failure;
  }

  /** What policies are about: the ARN, and the tags. */
  subjectOf(
    clusterName = '',
    nodegroupName = '',
  ): { readonly arn: string; readonly tags: Readonly<Record<string, string>> } {
    const found = this.#all.get(`${clusterName}/${nodegroupName}`);
    return {
      arn: found?.arn ?? this.#arnOf(`nodegroup/${clusterName}/${nodegroupName}/*`),
      tags: found?.settings.tags ?? {},
    };
  }

  clusterArn(clusterName = ''): string {
    return this.#arnOf(`cluster/${clusterName}`);
  }

  /** @throws AwsError `ResourceNotFoundException` */
  describe(clusterName = '', nodegroupName = ''): Nodegroup {
    const { settings, arn, status, releaseVersion, launchTemplate } = this.#group(clusterName, nodegroupName);
    const { version, amiType = 'AL2023_x86_64_STANDARD', maxUnavailable = 1, tags = {}, groupName } = settings;
    const group = this.#fleet.groups.group(groupName);
    return {
      clusterName,
      nodegroupName,
      nodegroupArn: arn,
      status,
      version,
      releaseVersion,
      amiType,
      scalingConfig: { minSize: group.minSize, maxSize: group.maxSize, desiredSize: group.desired },
      updateConfig: { maxUnavailable },
      resources: { autoScalingGroups: [{ name: groupName }] },
      health: { issues: [] },
      tags: { ...tags },
      ...(launchTemplate && { launchTemplate }),
    };
  }

  /** @throws AwsError `ResourceNotFoundException` */
  update(clusterName: string | undefined, nodegroupName: string | undefined, id: string | undefined): Update {
    const found = this.#group(clusterName, nodegroupName).updates.get(id ?? '');
    if (!found) throw new AwsError('ResourceNotFoundException', `No update found for ID: ${id ?? ''}`, { status: 404 });
    return { ...found };
  }

  /** Begins an update. @throws AwsError `ResourceInUseException`, `InvalidParameterException`, `InvalidRequestException`, `ResourceNotFoundException` */
  updateVersion(request: UpdateNodegroupVersionRequest): Update {
    const { clusterName, nodegroupName, releaseVersion, launchTemplate, clientRequestToken = '' } = request;
    const found = this.#group(clusterName, nodegroupName);
    const known = found.updates.get(found.tokens.get(clientRequestToken) ?? '');
    if (known) return { ...known };
    if (found.status !== 'ACTIVE')
      throw new AwsError(
        'ResourceInUseException',
        `Nodegroup cannot be updated as it is currently not in Active State: ${found.status}`,
        { status: 409 },
      );
    const imageId = this.#imageOf(found, request);
    const update: Update = {
      id: this.#world.random.for('eks:update-id').uuid(),
      status: 'InProgress',
      type: 'VersionUpdate',
      params: launchTemplate
        ? [{ type: 'LaunchTemplateVersion', value: launchTemplate.version }]
        : [{ type: 'ReleaseVersion', value: releaseVersion }],
      createdAt: this.#world.date(),
      errors: [],
    };
    found.updates.set(update.id ?? '', update);
    if (clientRequestToken !== '') found.tokens.set(clientRequestToken, update.id ?? '');
    found.status = 'UPDATING';
    this.#world.history.record('eks', 'UpdateBegun', { nodegroup: nodegroupName, to: update.params?.[0]?.value });
    this.#roll(found, update, imageId, () => {
      if (launchTemplate) found.launchTemplate = { id: launchTemplate.id ?? '', version: launchTemplate.version ?? '' };
      else found.releaseVersion = releaseVersion ?? found.releaseVersion;
    });
    return { ...update };
  }

  #group(clusterName = '', nodegroupName = ''): NodeGroupRecord {
    const found = this.#all.get(`${clusterName}/${nodegroupName}`);
    if (!found)
      throw new AwsError('ResourceNotFoundException', `No node group found for name: ${nodegroupName}.`, {
        status: 404,
      });
    return found;
  }

  #imageOf({ settings, launchTemplate: own }: NodeGroupRecord, request: UpdateNodegroupVersionRequest): string {
    const { releaseVersion, launchTemplate } = request;
    if (launchTemplate) {
      const template = this.#fleet.templates.all.get(launchTemplate.id ?? '');
      const imageId = template?.versions.get(Number(launchTemplate.version))?.data.ImageId;
      if (imageId === undefined || launchTemplate.id !== own?.id)
        throw new AwsError(
          'InvalidParameterException',
          'Launch template is not that of the node group, or has no such version',
        );
      return imageId;
    }
    const imageId = settings.imageOf?.(releaseVersion ?? '');
    if (imageId === undefined)
      throw new AwsError('InvalidParameterException', `Requested release version ${releaseVersion} is not valid.`);
    return imageId;
  }

  #roll(found: NodeGroupRecord, update: Update, imageId: string, succeed: () => void): void {
    const { settings } = found;
    const group = this.#fleet.groups.group(settings.groupName);
    const { maxUnavailable: by = 1 } = settings;
    const before = { MinSize: group.minSize, MaxSize: group.maxSize, DesiredCapacity: group.desired };
    const old = new Set([...group.members.values()].filter(counts).map(({ instanceId }) => instanceId));
    this.#launchFrom(group, imageId);
    this.#fleet.groups.update({
      AutoScalingGroupName: group.name,
      MaxSize: Math.max(group.maxSize, group.desired + by),
      DesiredCapacity: group.desired + by,
    });
    const end = (status: 'Successful' | 'Failed', errors: ErrorDetail[]) => {
      Object.assign(update, { status, errors });
      found.status = 'ACTIVE';
      if (status === 'Successful') succeed();
      else this.#fleet.groups.update({ AutoScalingGroupName: group.name, ...before });
      this.#world.history.record('eks', 'UpdateEnded', { nodegroup: settings.nodegroupName, status });
    };
    const look = () => {
      for (const id of old) if (!group.members.has(id)) old.delete(id);
      const members = [...group.members.values()];
      const isQuiet = members.every((member) => !isLeaving(member) && member.state === 'InService');
      if (old.size === 0 && isQuiet && members.length === before.DesiredCapacity) return end('Successful', []);
      if (old.size === 0) this.#fleet.groups.update({ AutoScalingGroupName: group.name, ...before });
      else if (isQuiet && members.length >= before.DesiredCapacity + by)
        return this.#cordon(found, group, [...old].slice(0, by), end, look);
      this.#world.after(LOOK_EVERY_MS, `EKS looks at ${group.name}`, look);
    };
    look();
  }

  #cordon(
    found: NodeGroupRecord,
    group: GroupRecord,
    chosen: readonly string[],
    end: (status: 'Failed', errors: ErrorDetail[]) => void,
    goOn: () => void,
  ): void {
    const { failure } = found;
    if (failure) {
      found.failure = undefined;
      this.#world.after(EVICTION_MS, `EKS gives up on ${group.name}`, () => end('Failed', [failure]));
      return;
    }
    this.#world.after(AFTER_CORDON_MS, `EKS empties nodes of ${group.name}`, () => {
      for (const id of chosen) {
        const member = group.members.get(id);
        if (member?.state === 'InService')
          this.#fleet.groups.scaling.depart(group, member, {
            sentences: ['an instance was taken out of service in response to a user request.'],
          });
      }
      this.#fleet.groups.scaling.wake(group);
      goOn();
    });
  }

  // EKS's own launch template gets a version with the image, and the group that.
  #launchFrom(group: GroupRecord, imageId: string): void {
    const { LaunchTemplate: used } = group.settings;
    const template = [...this.#fleet.templates.all.values()].find(
      ({ id, name }) => id === used?.LaunchTemplateId || name === used?.LaunchTemplateName,
    );
    if (!template) return;
    const data = template.versions.get(Number(used?.Version))?.data ?? {};
    const { number } = this.#fleet.templates.addVersion(template, { ...data, ImageId: imageId }, 'eks');
    this.#fleet.groups.update({
      AutoScalingGroupName: group.name,
      LaunchTemplate: { LaunchTemplateId: template.id, Version: String(number) },
    });
  }
}
