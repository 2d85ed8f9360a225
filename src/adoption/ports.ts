/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Something of yours that an adoption changes or makes. */
export type Thing =
  | {
      readonly kind: 'object';
      readonly apiVersion: string;
      readonly object: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: 'access-role'; readonly name: string }
  | { readonly kind: 'role-policy'; readonly role: string; readonly name: string }
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'tag'; readonly group: string; readonly name: string }
  | { readonly kind: 'hook'; readonly group: string; readonly name: string };

/** What a thing is to be. */
export interface Wanted {
  readonly thing: Thing;
  readonly after: Json;
}

/** What a thing was, null where there was none, and what it becomes. */
export interface Change extends Wanted {
  readonly before: Json;
}

/** Reads and writes things. */
export interface Things {
  /** null where there is none. */
  read(thing: Thing): Promise<Json>;
  /** Makes it so; null takes it away. Can be repeated. */
  write(thing: Thing, value: Json): Promise<void>;
}

/** What an adoption has changed, so that it can be taken back. Secrets are in it by name only. */
export interface AdoptionRecord {
  readonly cluster: string;
  readonly begunAt: string;
  /** Which cluster it was: the UID of its namespace kube-system, which no other cluster has. */
  readonly uid?: string | undefined;
  /** In the order in which they were made. */
  readonly changes: readonly Change[];
}

/** Where the records of adoptions are kept. */
export interface AdoptionRecords {
  read(cluster: string): Promise<AdoptionRecord | undefined>;
  write(record: AdoptionRecord): Promise<void>;
  delete(cluster: string): Promise<void>;
}

/** An Auto Scaling group of a cluster that is looked at. */
export interface FoundGroup {
  readonly name: string;
  readonly tags: Readonly<Record<string, { readonly value: string; readonly propagated: boolean }>>;
  readonly min: number;
  readonly max: number;
  readonly subnets: readonly string[];
  readonly template: {
    readonly id: string;
    readonly version: string;
    readonly profile: string;
    readonly userData: string;
  } | null;
  readonly instanceIds: readonly string[];
  readonly hooks: readonly { readonly name: string; readonly heartbeatSeconds: number }[];
}

/** A Node of it. */
export interface FoundNode {
  readonly name: string;
  readonly instanceId: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** How Nodes can be named after instances. */
export type NamingRule = 'private-dns' | 'resource-name' | 'instance-id' | 'hostname';

/** What was found of a cluster that nobody looks after yet. */
export interface Found {
  readonly name: string;
  readonly endpoint: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly tlsServerName?: string;
  readonly groups: readonly FoundGroup[];
  readonly nodes: readonly FoundNode[];
  /** The rule that all Nodes follow; undefined where none does. */
  readonly nodeNames?: NamingRule;
  /** Whether kubeadm made it. */
  readonly kubeadm: boolean;
  /** `namespace/name`. */
  readonly daemonSets: readonly string[];
  /** The roles of instance profiles, by the profile. */
  readonly profileRoles: Readonly<Record<string, string>>;
}

/** Where it is to be looked after, and with what. */
export interface Surroundings {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** Key that join parameters are encrypted with. */
  readonly joinKeyArn: string;
  readonly registryPrefix: string;
  /** The objects of deploy/kubernetes/rbac.yaml. */
  readonly rbac: readonly KubernetesObject[];
  /** Text of deploy/node/instance-policy.json. */
  readonly instancePolicy: string;
}

/** An object of Kubernetes, as a manifest has it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}
