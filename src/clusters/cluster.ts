import * as z from 'zod/mini';
import { accessRole } from './access-role.ts';
import { ApiServer } from './api-server.ts';
import { arn } from './arn.ts';
import { Etcd } from './etcd.ts';
import { Health } from './health.ts';
import { LABEL_KEY } from './label-key.ts';
import { Disruptions, Drain, Retire } from './leaving.ts';
import { Reboots } from './reboots.ts';
import { Updates } from './updates.ts';
import { UserHooks } from './user-hooks.ts';

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

/** A cluster's name: a DNS label, since it appears in parameter names, tags and execution names. */
export const ClusterName = z
  .string()
  .check(z.regex(NAME, 'must be a DNS label: lower case letters, digits and hyphens, at most 63'));

const text = (whatFor: string) => z.string().check(z.minLength(1), z.describe(whatFor));

const labelValue = z.string().check(z.regex(LABEL_VALUE, 'must be a label value: at most 63 of A-Z a-z 0-9 - _ .'));
const labelKey = z
  .string()
  .check(
    z.regex(
      LABEL_KEY,
      'must be a label key: an optional DNS prefix with a slash, then at most 63 of A-Z a-z 0-9 - _ .',
    ),
  );
const Aws = z.strictObject({
  region: z.optional(
    z
      .string()
      .check(
        z.regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'must be a region, as in us-east-1'),
        z.describe('Region of the cluster. Default: the region of this deployment.'),
      ),
  ),
  accountId: z.optional(
    z
      .string()
      .check(
        z.regex(/^\d{12}$/, 'must be twelve digits, in quotes'),
        z.describe(
          'Account of the cluster: hook events of another account are not believed for it. Default: the account of aws.roleArn, else of this deployment.',
        ),
      ),
  ),
  roleArn: z.optional(
    accessRole().check(z.describe('Role to assume in the cluster’s account. Default: the role of the function.')),
  ),
  externalId: z.optional(text('External id that the role’s trust policy asks for.')),
});

const TargetGroup = z.strictObject({
  arn: arn('elasticloadbalancing'),
  port: z.optional(
    z.int().check(z.gte(1), z.lte(65535), z.describe('Port to register. Default: the port of the target group.')),
  ),
  gate: z
    ._default(z.boolean(), false)
    .check(
      z.describe(
        'Whether a node waits to be healthy here before it enters service. docs/clusters.md says where that is impossible.',
      ),
    ),
});

const ClassicLoadBalancer = z.strictObject({
  name: text('Name of the classic load balancer.'),
  gate: z
    ._default(z.boolean(), false)
    .check(z.describe('Whether a node waits to be InService here before it enters service.')),
});

const Taint = z.strictObject({
  key: labelKey,
  value: z.optional(labelValue),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

const Role = z.strictObject({
  labels: z._default(z.record(labelKey, labelValue), {}).check(z.describe('Labels that nodes of this role carry.')),
  taints: z._default(z.array(Taint), []).check(z.describe('Taints that nodes of this role carry.')),
  nodeRoleLabel: z
    ._default(z.boolean(), true)
    .check(z.describe('Whether to set node-role.kubernetes.io/<role>; a kubelet may not set it itself.')),
  targetGroups: z
    ._default(z.array(TargetGroup), [])
    .check(z.describe('Target groups that nodes of this role are registered with.')),
  classicLoadBalancers: z
    ._default(z.array(ClassicLoadBalancer), [])
    .check(z.describe('Classic load balancers that nodes of this role are registered with.')),
});

const Join = z.strictObject({
  apiServerEndpoint: z.optional(
    z
      .string()
      .check(
        z.regex(/^[^\s/:]+:\d{1,5}$/, 'must be host:port'),
        z.describe('host:port that kubeadm on a node uses. Default: host and port of kubernetes.endpoint.'),
      ),
  ),
  timeoutSeconds: z
    ._default(z.int().check(z.gte(120), z.lte(7200)), 900)
    .check(z.describe('How long an instance may take from its launch until its node is in service.')),
  tokenTtlSeconds: z
    ._default(z.int().check(z.gte(300), z.lte(7200)), 1800)
    .check(
      z.describe(
        'How long a bootstrap token lives when nobody uses it. It is deleted with its first approved certificate.',
      ),
    ),
  cloudProvider: z
    ._default(z.enum(['external', 'none']), 'external')
    .check(z.describe('Whether a cloud controller manager initialises nodes; a node then waits for it.')),
  controlPlane: z
    ._default(z.enum(['self', 'kubeadm']), 'self')
    .check(
      z.describe(
        'How control-plane instances join: self means on their own; kubeadm means that Tender has the certificates uploaded, and gives them a token and the key. Needs etcd.',
      ),
    ),
  requiredDaemonSets: z
    ._default(z.array(z.string().check(z.regex(/^[-a-z0-9]+\/[-a-z0-9.]+$/, 'must be namespace/name'))), [])
    .check(z.describe('DaemonSets, namespace/name, whose pod must be ready on a node before it enters service.')),
});

const Schedules = z.strictObject({
  approveNodeCsrsMinutes: z
    ._default(z.int().check(z.gte(1), z.lte(1440)), 10)
    .check(z.describe('How often renewals of kubelet certificates are looked at, in minutes.')),
  loadBalancerSyncMinutes: z
    ._default(z.int().check(z.gte(1), z.lte(1440)), 5)
    .check(z.describe('How often load balancers are compared with the nodes, in minutes.')),
  etcdSnapshotMinutes: z
    ._default(z.int().check(z.gte(1), z.lte(1440)), 15)
    .check(z.describe('How often a snapshot of etcd is taken, in minutes, where etcd is described.')),
  etcdMaintenanceMinutes: z
    ._default(z.int().check(z.gte(60), z.lte(10_080)), 1440)
    .check(z.describe('How often etcd is looked at for defragmentation, in minutes, where it is described.')),
  healthMinutes: z
    ._default(z.int().check(z.gte(0), z.lte(1440)), 1)
    .check(z.describe('How often the cluster is looked at for what is sick, in minutes; 0: never.')),
  updateWatchMinutes: z
    ._default(z.int().check(z.gte(0), z.lte(1440)), 15)
    .check(z.describe('How often new images are looked for, in minutes; 0: never.')),
});

/**
 * One entry of the cluster registry, as people write it: every field, its default and its limits. Unknown fields are refused.
 *
 * `docs/cluster.schema.json` is generated from this; what holds between fields is in parse-cluster.ts.
 */
export const ClusterEntry = z.strictObject({
  name: ClusterName.check(z.describe('The name; equals the last part of the parameter’s name.')),
  kind: z
    ._default(z.enum(['self-managed', 'eks']), 'self-managed')
    .check(
      z.describe('Who runs the control plane. With eks the workflows for etcd and the control plane stand aside.'),
    ),
  aws: z.prefault(Aws, {}).check(z.describe('Where the cluster lives.')),
  kubernetes: ApiServer.check(z.describe('How to reach the API server.')),
  nodeNames: z
    ._default(z.enum(['private-dns', 'resource-name', 'instance-id', 'hostname']), 'private-dns')
    .check(
      z.describe(
        'How nodes are named: after the private DNS name, the resource name, the instance id, or the first label of the private DNS name.',
      ),
    ),
  bootstrap: z
    .optional(z.enum(['tender', 'self']))
    .check(
      z.describe(
        'Who joins nodes: tender gives each instance a token; self means that nodes join on their own and are only verified. Default: tender, on EKS self.',
      ),
    ),
  csrApproval: z
    .optional(z.enum(['tender', 'off']))
    .check(z.describe('Who approves kubelet certificates. Default: tender, on EKS off.')),
  join: z.prefault(Join, {}).check(z.describe('How nodes join.')),
  roles: z
    .prefault(
      z.strictObject({ worker: z.optional(Role), 'control-plane': z.optional(Role), etcd: z.optional(Role) }),
      {},
    )
    .check(z.describe('What nodes carry and where they are registered, by the role of their group.')),
  etcd: z
    .optional(Etcd)
    .check(z.describe('How to reach etcd. Without it no snapshots are taken; on EKS there is none to reach.')),
  drain: z.prefault(Drain, {}).check(z.describe('How a node is emptied.')),
  retire: z.prefault(Retire, {}).check(z.describe('How a node leaves.')),
  disruptions: z
    .prefault(Disruptions, {})
    .check(z.describe('How many nodes may be out of service at a time for reasons that can wait.')),
  reboots: z.prefault(Reboots, {}).check(z.describe('How a node is rebooted that is updated in place.')),
  health: z.prefault(Health, {}).check(z.describe('When a node is sick, and what is done about it.')),
  updates: z.prefault(Updates, {}).check(z.describe('How nodes come to a new operating system, and when.')),
  userHooks: z
    ._default(UserHooks, [])
    .check(z.describe('What of your own is run around what Tender does, in this order.')),
  schedules: z.prefault(Schedules, {}).check(z.describe('How often recurring work is due.')),
});

type Entry = z.output<typeof ClusterEntry>;

/** What instances can be in a cluster. */
export type RoleName = 'worker' | 'control-plane' | 'etcd';

/** What nodes of one role carry and where they are registered. */
export type RolePolicy = z.output<typeof Role>;

/** A registered cluster with every default filled in. The authority is PEM; every role has a policy. */
export type Cluster = Omit<Entry, 'bootstrap' | 'csrApproval' | 'join' | 'kubernetes' | 'roles'> & {
  readonly bootstrap: 'tender' | 'self';
  readonly csrApproval: 'tender' | 'off';
  readonly kubernetes: Omit<Entry['kubernetes'], 'clusterName'> & {
    /** What load balancers of its own controllers may be tagged with. */
    readonly clusterNames: readonly string[];
  };
  readonly join: Entry['join'] & { readonly apiServerEndpoint: string };
  readonly roles: Readonly<Record<RoleName, RolePolicy>>;
};

/** What a role has that the entry does not mention. */
export function defaultRole(): RolePolicy {
  return z.parse(Role, {});
}
