import type { EntryFacts } from './entry-ports.ts';
import type { NetworkLook } from './network-ports.ts';
import type { UserHookFacts } from './userhook-ports.ts';

/** What was looked at, or why it could not be. What is not known is never taken for good. */
export type Looked<T> = { readonly seen: T } | { readonly unseen: string };

/** The parameter that holds a registry entry. */
export interface ParameterFacts {
  readonly bytes: number;
  readonly advanced: boolean;
}

/** A lifecycle hook of a group. */
export interface HookFacts {
  readonly name: string;
  readonly transition: 'launching' | 'terminating';
  readonly heartbeatSeconds: number;
  readonly defaultResult: string;
  /** Where it sends to instead of EventBridge; empty: nowhere. */
  readonly notifies: string;
}

/** What instances of a group are launched from. */
export interface TemplateFacts {
  readonly id: string;
  /** As the group asks for it: `7`, `$Latest`, `$Default`. */
  readonly version: string;
  readonly imageId: string;
  /** Name or ARN; empty: none. */
  readonly profile: string;
  /** What it says about the instance metadata service; undefined: what the account or the image says. */
  readonly metadata: { readonly endpoint?: string; readonly tokens?: string; readonly hopLimit?: number };
  readonly userData: string;
}

/** An Auto Scaling group of a cluster. */
export interface GroupFacts {
  readonly name: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, { readonly value: string; readonly propagated: boolean }>>;
  readonly min: number;
  readonly desired: number;
  readonly max: number;
  readonly zones: readonly string[];
  readonly subnets: readonly string[];
  readonly hooks: readonly HookFacts[];
  /** null: it has a launch configuration, or a template that is gone. */
  readonly template: TemplateFacts | null;
  readonly suspended: readonly string[];
  readonly capacityRebalance: boolean;
  /** 0: no limit. */
  readonly maxInstanceLifetimeSeconds: number;
  readonly refreshing: boolean;
  readonly attachedTargetGroups: readonly string[];
  /** Whether any load balancer or target group is attached to the group itself. */
  readonly attached: boolean;
  /** `EC2`, `ELB`, `EBS`, `VPC_LATTICE`. */
  readonly healthCheckTypes: readonly string[];
  readonly instanceIds: readonly string[];
}

/** What the role of an instance profile may, by IAM's own simulation. */
export interface ProfileFacts {
  readonly profile: string;
  /** Empty: the profile has none. */
  readonly role: string;
  /** Its own join parameter, as an instance of this cluster. */
  readonly readsOwnParameter: boolean;
  /** The join parameter of another instance. */
  readonly readsForeignParameter: boolean;
  /** What the agent of Systems Manager needs and the role lacks. */
  readonly agentLacks: readonly string[];
}

/** Something that Tender's functions have to be allowed to do for this cluster, and one of them may not. */
export interface DenialFacts {
  readonly purpose: 'registry' | 'credential' | 'hooks' | 'load-balancers' | 'state' | 'etcd' | 'user-hooks';
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** A target group that the registry entry names. */
export interface TargetGroupFacts {
  readonly arn: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetType: string;
  /** ARNs of load balancers that have a listener or a rule for it. */
  readonly loadBalancers: readonly string[];
  /** Zones that those serve. */
  readonly zones: readonly string[];
  /** `network`, `application`; empty without load balancer. */
  readonly loadBalancerType: string;
  readonly healthCheck: {
    readonly enabled: boolean;
    readonly protocol: string;
    readonly port: string;
    readonly path: string;
    readonly secondsToHealthy: number;
  };
  readonly preservesClientIp: boolean;
  /** The mark of a controller in a cluster, which owns it; empty: none has. */
  readonly controller: string;
  /** The tag that says that it is a cluster's; empty: none. Controllers set it, and what makes clusters too. */
  readonly clusterTag: string;
}

/** What the entry names of load balancers, and what there is. */
export interface LoadBalancerFacts {
  readonly targetGroups: readonly TargetGroupFacts[];
  readonly missingTargetGroups: readonly string[];
  readonly missingClassic: readonly string[];
}

/** The API server's certificate and clock, as the one who asks from here sees them. */
export interface DoorFacts {
  /** Why TLS does not trust it; empty: it does. */
  readonly distrust: string;
  readonly certificateUntil: Date;
  /** How far its clock is ahead of ours; undefined where it does not tell. */
  readonly clockAheadSeconds?: number;
}

/** One right, as RBAC names it. */
export interface RightFacts {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/eviction`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** A binding that lets the controller-manager approve certificates by itself, and whom it covers. */
export interface BindingFacts {
  readonly binding: string;
  readonly subjects: readonly string[];
}

/** A Node. */
export interface NodeFacts {
  readonly name: string;
  readonly instanceId: string;
  /** What the entry's rule calls it; empty: its instance is not known. */
  readonly expectedName: string;
  /** Empty: the instance is in no group of the cluster. */
  readonly groupName: string;
  readonly kubeletVersion: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A PodDisruptionBudget that allows no disruption now. */
export interface BudgetFacts {
  readonly name: string;
  /** As in its spec: `1`, `100%`; empty: not said. */
  readonly minAvailable: string;
  readonly maxUnavailable: string;
  readonly expectedPods: number;
  readonly allowed: number;
}

/** What runs. */
export interface WorkloadFacts {
  /** `namespace/name` of ReplicaSets and StatefulSets with one pod. */
  readonly singles: readonly string[];
}

/** What can be asked of the API server, as Tender. */
export interface KubernetesFacts {
  readonly door: Looked<DoorFacts>;
  readonly version: Looked<string>;
  /** What it said to Tender's credential; empty: it was accepted. */
  readonly refusal: Looked<string>;
  /** What Tender may not, of what rbac.yaml grants. */
  readonly lacks: Looked<readonly RightFacts[]>;
  /** What Tender may, and should not. */
  readonly exceeds: Looked<readonly RightFacts[]>;
  readonly mayDeletePods: Looked<boolean>;
  /** Whether a Secret that is no bootstrap token was refused (asked with dryRun, so nothing was written). */
  readonly foreignSecretRefused: Looked<boolean>;
  readonly approving: Looked<readonly BindingFacts[]>;
  /** Groups that may ask for a certificate of a node. */
  readonly bootstrappers: Looked<readonly string[]>;
  readonly nodes: Looked<readonly NodeFacts[]>;
  readonly budgets: Looked<readonly BudgetFacts[]>;
  readonly workloads: Looked<WorkloadFacts>;
  readonly daemonSets: Looked<readonly string[]>;
}

/** Who Tender is to the API server. */
export interface CredentialFacts {
  /** Why there is none in the secret; empty: there is. */
  readonly unusable: string;
  /** undefined: it does not end, or does not say. */
  readonly until?: Date;
}

/** What the last health pass, which looks from inside the VPC, saw of the API server. */
export interface PassFacts {
  readonly at: Date;
  readonly reachable: boolean;
  readonly problem: string;
}

/** Etcd as the entry describes it. */
export interface EtcdFacts {
  /** Why the secret cannot be used; empty: it can. */
  readonly secretUnusable: Looked<string>;
  /** Until when the client certificate of the secret is good. */
  readonly certificateUntil: Looked<Date>;
  readonly authorityUntil: Looked<Date>;
  /** URLs that members are asked at. */
  readonly endpoints: Looked<readonly string[]>;
  readonly newestSnapshotAt: Looked<Date | null>;
  readonly newestProofAt: Looked<Date | null>;
  /** Why the newest snapshot is too large for a drill; empty: it is not. */
  readonly undrillable: Looked<string>;
}

/** The deployment that looks after the cluster. */
export interface DeploymentFacts {
  readonly stage: string;
  readonly topic: string;
  readonly subscribers: Looked<number>;
  readonly queues: Looked<readonly { readonly name: string; readonly messages: number }[]>;
  /** Whether the function that drills has the layer with etcd's programs. */
  readonly drillLayer: Looked<boolean>;
  readonly andon: Looked<string | null>;
  /** Where hooks may send to, beside EventBridge: the ARN of our queue. */
  readonly hookQueue: string;
  /** Groups whose tag names a cluster that is not registered. */
  readonly strangers: Looked<readonly { readonly group: string; readonly cluster: string; readonly nearest: string }[]>;
}

/** Everything that is known of a cluster at one moment. */
export interface ClusterFacts {
  readonly now: Date;
  readonly region: string;
  readonly entry: EntryFacts;
  readonly parameter: Looked<ParameterFacts>;
  readonly deployment: DeploymentFacts;
  /** Where the deployment's functions are. */
  readonly network: NetworkLook;
  readonly groups: Looked<readonly GroupFacts[]>;
  readonly profiles: Looked<readonly ProfileFacts[]>;
  readonly denials: Looked<readonly DenialFacts[]>;
  readonly userHooks: Looked<readonly UserHookFacts[]>;
  readonly loadBalancers: Looked<LoadBalancerFacts>;
  readonly kubernetes: KubernetesFacts;
  readonly credential: Looked<CredentialFacts>;
  readonly pass: Looked<PassFacts | null>;
  readonly etcd: EtcdFacts | null;
}
