import type { PersonPage } from '../schema/person-page.ts';
import type { Change, RunningNodes } from './history.ts';
import type { WatchDocument } from './watch-document.ts';

export type { Change, RunningNodes } from './history.ts';
export type { GroupReport, WatchDocument } from './watch-document.ts';

/** `updates` of a registry entry as far as it goes here, for one group. */
export interface WatchPolicy {
  readonly policy: 'auto' | 'notify' | 'manual' | 'off';
  readonly way: 'image' | 'in-place';
  readonly source?: ImageSource | undefined;
  readonly maxNodeAgeDays?: number | undefined;
}

type Architecture = 'x86_64' | 'arm64';

/** What says which image is the newest. */
export type ImageSource =
  | { readonly kind: 'parameter'; readonly name: string }
  | {
      readonly kind: 'image-name';
      readonly name: string;
      readonly owner: string;
      readonly architecture?: Architecture | undefined;
    }
  | {
      readonly kind: 'flatcar';
      readonly channel: 'stable' | 'beta' | 'alpha' | 'lts';
      readonly architecture?: Architecture | undefined;
    };

/** An image that can be launched. */
export interface Image {
  readonly imageId: string;
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly architecture: string;
}

/** Machine images of EC2 that are available. */
export interface Images {
  /** undefined: there is none, or not for us. */
  byId(imageId: string): Promise<Image | undefined>;
  named(filter: {
    readonly name: string;
    readonly owner: string;
    readonly architecture: string;
  }): Promise<readonly Image[]>;
}

/** Parameters of SSM that hold the ids of images. */
export interface ImageParameters {
  /** undefined: there is none of this name. */
  read(name: string): Promise<string | undefined>;
}

/** An Auto Scaling group whose nodes may be updated. */
export interface UpdatableGroup {
  readonly name: string;
  readonly role: 'worker' | 'control-plane' | 'etcd';
  /** Who else updates its nodes; empty: nobody. */
  readonly owner: string;
  /** The managed node group of EKS that it is; null: it is none. */
  readonly managed: NodeGroupName | null;
  /** A time until, ISO 8601, or `true`; null: it is not paused. */
  readonly paused: string | null;
  /** As the group says it: `7`, `$Latest`, `$Default`. null: it has a launch configuration. */
  readonly template: { readonly id: string; readonly version: string } | null;
  /** Whether overrides of a mixed instances policy carry launch templates of their own. */
  readonly ownTemplates: boolean;
  /** Members that are there and do not go; none that rest in a warm pool. */
  readonly instanceIds: readonly string[];
}

/** Auto Scaling. */
export interface UpdatableGroups {
  ofCluster(cluster: string): Promise<readonly UpdatableGroup[]>;
  /** Names of groups of any cluster that launch whatever the latest version of a launch template is. */
  followersOf(templateId: string): Promise<readonly string[]>;
}

/** A managed node group of EKS, by the names that EKS has for it. */
export interface NodeGroupName {
  readonly clusterName: string;
  readonly nodeGroup: string;
}

/** What EKS says of one. */
export interface NodeGroup {
  /** `ACTIVE`, `UPDATING`, `DEGRADED`, … */
  readonly status: string;
  /** As in `1.34.1-20260210`; empty with an image of its own. */
  readonly release: string;
  /** As in `1.34`. */
  readonly kubernetesVersion: string;
  /** `AL2023_x86_64_STANDARD`, `BOTTLEROCKET_ARM_64`, `CUSTOM`, … */
  readonly amiType: string;
  /** The launch template that names an image of its own; null: EKS knows which image. */
  readonly template: { readonly id: string; readonly version: string } | null;
}

/** EKS. */
export interface NodeGroups {
  /** undefined: EKS knows no such group. */
  describe(of: NodeGroupName): Promise<NodeGroup | undefined>;
}

/** A version of a launch template. */
export interface TemplateVersion {
  /** A number. */
  readonly version: string;
  /** `ami-…`, or `resolve:ssm:…`; empty: it names none. */
  readonly imageId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Launch templates of EC2. */
export interface LaunchTemplates {
  /** @param version a number, `$Latest` or `$Default`. undefined: there is none. */
  read(templateId: string, version: string): Promise<TemplateVersion | undefined>;
  /** A new version that is another one with this image. */
  derive(
    templateId: string,
    order: {
      readonly from: string;
      readonly imageId: string;
      readonly description: string;
      /** The same for a request that is sent twice. */
      readonly token: string;
    },
  ): Promise<TemplateVersion>;
}

/** An instance, as far as its image goes. */
export interface LaunchedInstance {
  readonly instanceId: string;
  readonly imageId: string;
  /** ISO 8601. */
  readonly launchedAt: string;
  /** Version of the launch template that it was launched from; empty: of none. */
  readonly version: string;
}

/** EC2's instances. */
export interface LaunchedInstances {
  /** One that EC2 does not know is missing. */
  describe(instanceIds: readonly string[]): Promise<readonly LaunchedInstance[]>;
}

/** A Node, as far as its system goes. */
export interface SystemNode {
  readonly name: string;
  readonly instanceId: string;
  readonly os: string;
  readonly kernel: string;
  readonly kubelet: string;
  /** Changes with each boot. */
  readonly bootId: string;
}

/** The API server. */
export interface SystemNodes {
  list(): Promise<readonly SystemNode[]>;
}

/** Who wants to be rebooted into what it has fetched, where nodes update themselves. */
export interface RebootWishes {
  /**
   * Machines are asked by a command, whose answer the next look reads.
   *
   * @param asked commands that are not answered yet, by instance, as an earlier look gave them
   */
  look(
    nodes: readonly { readonly instanceId: string; readonly nodeName: string }[],
    asked: Readonly<Record<string, string>>,
  ): Promise<{
    readonly wanted: readonly { readonly instanceId: string; readonly toVersion: string }[];
    readonly unknown: readonly { readonly instanceId: string; readonly why: string }[];
    readonly asked: Readonly<Record<string, string>>;
  }>;
}

/** How far the update of a group is, as far as the watch goes. */
export interface KnownUpdate {
  readonly groupName: string;
  readonly status: 'running' | 'waiting' | 'stopped' | 'done' | 'rolled-back';
  /** ARN. */
  readonly execution: string;
  readonly settled: boolean;
  /** Whether a person said that it waits. */
  readonly held: boolean;
  /** Whether it may go on outside its window. */
  readonly now: boolean;
  /** Whether EKS was asked to roll the group, and was not seen to end. */
  readonly isEksAtWork: boolean;
  readonly version: string;
  readonly imageId: string;
  /** When anything was last done about it, ISO 8601. */
  readonly updatedAt: string;
  /** ISO 8601; empty while it is not over. */
  readonly endedAt: string;
}

/** What is known of updates. */
export interface KnownUpdates {
  ofCluster(cluster: string): Promise<readonly KnownUpdate[]>;
  /** Why no group is updated to an image; undefined: it is not known to be bad. */
  whyBad(imageId: string): Promise<string | undefined>;
}

/** Step Functions. */
export interface UpdateWorkflows {
  /** Starts an execution of this name; one that exists already is as good. */
  start(workflow: string, name: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  /** By ARN. undefined: nobody knows it. */
  describe(arn: string): Promise<{ readonly status: string } | undefined>;
}

/** Whether a group may be updated now. */
export interface UpdateWindow {
  readonly open: boolean;
  /** ISO 8601, or empty. */
  readonly until: string;
  readonly next: string;
  /** For people. */
  readonly why: string;
}

/** What holds every update of a cluster. */
export interface Holds {
  /** Why nothing that could wait is done in any cluster; null: the andon is off. */
  andon(): Promise<string | null>;
  /** ISO 8601; undefined: the cluster is not paused. */
  pausedUntil(): Promise<string | undefined>;
}

/** What passes leave in the state bucket. */
export interface WatchDocuments {
  /** No document when there is none, or none that can be read. */
  read(cluster: string): Promise<{ readonly document?: WatchDocument; readonly etag: string | undefined }>;
  /** Replaces the one that has this tag; undefined: there was none. */
  write(document: WatchDocument, etag: string | undefined): Promise<{ readonly etag: string } | 'conflict'>;
}

/** What ran where. */
export interface NodeHistory {
  running(cluster: string): Promise<{ readonly running?: RunningNodes; readonly etag: string | undefined }>;
  write(running: RunningNodes, etag: string | undefined): Promise<'written' | 'conflict'>;
  keep(change: Change): Promise<void>;
  change(cluster: string, id: string): Promise<Change | undefined>;
}

/** Tells people. */
export interface Teller {
  page(page: PersonPage): Promise<void>;
}
