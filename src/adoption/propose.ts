import { dump } from 'js-yaml';
import { type Flavor, flavorOf, isGuessed, isManaged, roleOf } from './flavor.ts';
import {
  accessRoleName,
  clusterTag,
  joinPolicy,
  launchHook,
  launchHookTag,
  roleTag,
  terminateHook,
  terminateHookTag,
  tokenSecretName,
} from './names.ts';
import type { Found, FoundGroup, Json, KubernetesObject, Surroundings, Wanted } from './ports.ts';

/** What somebody has said about it. */
export interface Wish {
  /** Default: iam on EKS, else token. */
  readonly auth?: 'token' | 'iam';
  /** Default: tender where kubeadm made the cluster, else self. */
  readonly bootstrap?: 'tender' | 'self';
}

/** What adopting a cluster comes to. */
export interface Proposal {
  readonly cluster: string;
  readonly flavor: Flavor;
  /** The registry entry, as it is to be written. */
  readonly entry: Readonly<Record<string, Json>>;
  /** In the order in which it is done. */
  readonly wanted: readonly Wanted[];
  /** Groups of workers whose user data does not say which parameter an instance waits for: where Tender joins nodes, theirs would not. */
  readonly silent: readonly string[];
  /** What nobody can do for you: each a sentence, and perhaps a file or a command. */
  readonly steps: readonly { readonly what: string; readonly text?: string }[];
}

const HEARTBEAT_SECONDS = 300;
/** What somebody has tuned a heartbeat to stays within what `npx tender cluster doctor` lets pass. */
const HEARTBEAT = { least: 60, most: 3600 } as const;
/** What a node must run before workloads: networks, and the proxy of services. */
const NETWORKS =
  /^kube-system\/(kube-proxy|aws-node|cilium|calico-node|kube-flannel|kube-flannel-ds|weave-net|kube-router|canal)$|^kube-flannel\/kube-flannel-ds$|^calico-system\/calico-node$/;

/** What has to be there for Tender to look after a cluster; what is there already is left out by whoever compares. */
export function propose(found: Found, around: Surroundings, wish: Wish): Proposal {
  const flavor = flavorOf(found);
  const bootstrap = wish.bootstrap ?? (flavor === 'kubeadm' ? 'tender' : 'self');
  const auth = wish.auth ?? (flavor === 'eks' ? 'iam' : 'token');
  const entry = entryOf(found, around, { flavor, bootstrap, auth });
  const own = found.groups.filter((group) => !isManaged(group));
  const silent = silentOf(found, own);
  return {
    cluster: found.name,
    flavor,
    entry,
    wanted: [
      ...around.rbac.map(objectOf),
      ...(bootstrap === 'tender' ? policiesOf(found, own, around) : []),
      auth === 'token' ? tokenOf(found) : accessRoleOf(found, around),
      {
        thing: { kind: 'parameter', name: `${around.registryPrefix}/${found.name}` },
        after: dump(entry, { lineWidth: -1 }),
      },
      ...found.groups.flatMap((group) => tagsOf(group, found)),
      ...own.flatMap(hooksOf),
    ],
    silent,
    steps: stepsOf(found, around, { flavor, bootstrap, auth, silent }),
  };
}

interface Kind {
  readonly flavor: Flavor;
  readonly bootstrap: 'tender' | 'self';
  readonly auth: 'token' | 'iam';
}

function entryOf(found: Found, around: Surroundings, { flavor, bootstrap, auth }: Kind): Record<string, Json> {
  const { partition, region, account } = around;
  const secretArn = `arn:${partition}:secretsmanager:${region}:${account}:secret:${tokenSecretName(found.name)}`;
  const roleArn = `arn:${partition}:iam::${account}:role/${accessRoleName(found.name)}`;
  const clusterName = calledInTags(found);
  const required = found.daemonSets.filter((name) => NETWORKS.test(name));
  return {
    name: found.name,
    ...(flavor === 'eks' ? { kind: 'eks' } : { bootstrap }),
    kubernetes: {
      endpoint: found.endpoint,
      certificateAuthority: Buffer.from(found.certificateAuthority).toString('base64'),
      ...(found.tlsServerName !== undefined && { tlsServerName: found.tlsServerName }),
      auth: auth === 'token' ? { kind: 'token', secretArn } : { kind: 'iam', clusterId: idOf(found, flavor), roleArn },
      ...(clusterName !== found.name && { clusterName }),
    },
    ...(found.nodeNames !== undefined && { nodeNames: found.nodeNames }),
    ...(required.length > 0 && { join: { requiredDaemonSets: required } }),
    // Nobody should be surprised in the first week: it says what it would do, and does not.
    health: { repair: 'notify' },
    updates: { policy: 'manual' },
  };
}

/** What the cluster calls itself to its controllers, as all its groups say that are tagged so; else as it is called here. */
function calledInTags({ name, groups }: Found): string {
  const prefix = 'kubernetes.io/cluster/';
  const keys = groups.flatMap(({ tags }) => Object.keys(tags).filter((key) => key.startsWith(prefix)));
  const [called, ...others] = [...new Set(keys.map((key) => key.slice(prefix.length)))];
  return called !== undefined && others.length === 0 ? called : name;
}

/** What the cluster calls itself to whoever checks who asks. */
function idOf(found: Found, flavor: Flavor): string {
  return flavor === 'eks' ? calledInTags(found) : found.name;
}

function objectOf(object: KubernetesObject): Wanted {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = '' } = metadata;
  return {
    thing: { kind: 'object', apiVersion, object: kind, namespace, name },
    after: JSON.parse(JSON.stringify(object)) as Json,
  };
}

/** The policy for every role whose instances get a token: workers. */
function policiesOf(found: Found, groups: readonly FoundGroup[], around: Surroundings): readonly Wanted[] {
  const workers = groups.filter((group) => roleOf(group, found) === 'worker');
  const roles = new Set(workers.flatMap(({ template }) => found.profileRoles[template?.profile ?? ''] ?? []));
  const after = JSON.parse(filled(around, found.name)) as Json;
  return [...roles].sort().map((role) => ({ thing: { kind: 'role-policy', role, name: joinPolicy }, after }));
}

/** IAM's own variables have a colon in their name. */
function filled({ instancePolicy, partition, region, account, joinKeyArn }: Surroundings, cluster: string): string {
  const values: Readonly<Record<string, string>> = {
    Partition: partition,
    Region: region,
    Account: account,
    Cluster: cluster,
    KeyArn: joinKeyArn,
  };
  return instancePolicy.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function tokenOf({ name }: Found): Wanted {
  const after = { 'token of': 'serviceaccount kube-system/tender' };
  return { thing: { kind: 'secret', name: tokenSecretName(name) }, after };
}

function accessRoleOf({ name }: Found, { partition, account }: Surroundings): Wanted {
  const Principal = { AWS: `arn:${partition}:iam::${account}:root` };
  const after = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] };
  return { thing: { kind: 'access-role', name: accessRoleName(name) }, after };
}

function tagsOf(group: FoundGroup, found: Found): readonly Wanted[] {
  const tags = { [clusterTag]: found.name, [roleTag]: roleOf(group, found) };
  return Object.entries(tags).map(([name, value]) => ({
    thing: { kind: 'tag', group: group.name, name },
    after: { value, propagated: true },
  }));
}

/** By the names that a group's tags give them, with the heartbeat that somebody has tuned. */
function hooksOf({ name: group, tags, hooks }: FoundGroup): readonly Wanted[] {
  const hook = (name: string, transition: string, defaultResult: string): Wanted => {
    const tuned = hooks.find((one) => one.name === name)?.heartbeatSeconds ?? HEARTBEAT_SECONDS;
    const heartbeatTimeout = tuned >= HEARTBEAT.least && tuned <= HEARTBEAT.most ? tuned : HEARTBEAT_SECONDS;
    return {
      thing: { kind: 'hook', group, name },
      after: { transition: `autoscaling:EC2_INSTANCE_${transition}`, heartbeatTimeout, defaultResult },
    };
  };
  return [
    hook(tags[launchHookTag]?.value ?? launchHook, 'LAUNCHING', 'ABANDON'),
    hook(tags[terminateHookTag]?.value ?? terminateHook, 'TERMINATING', 'CONTINUE'),
  ];
}

function silentOf(found: Found, own: readonly FoundGroup[]): readonly string[] {
  const workers = own.filter((group) => roleOf(group, found) === 'worker');
  return workers.flatMap(({ name, template }) =>
    template?.userData.includes(`/tender/join/${found.name}/`) ? [] : [name],
  );
}

function stepsOf(
  found: Found,
  { partition, account }: Surroundings,
  { flavor, bootstrap, auth, silent }: Kind & { readonly silent: readonly string[] },
): Proposal['steps'] {
  const parameter = `/tender/join/${found.name}/{instance-id}`;
  const managed = found.groups.filter(isManaged);
  const role = `arn:${partition}:iam::${account}:role/${accessRoleName(found.name)}`;
  return [
    ...(bootstrap === 'tender' && silent.length > 0
      ? [
          {
            what: `put tender-join and its unit (deploy/node) into the images of ${silent.join(', ')}, and this into their user data (or into the images: then give --images-join); their hooks are put then`,
            text: `write_files:\n  - path: /etc/tender/join.env\n    content: |\n      JOIN_PARAMETER=${parameter}\nruncmd:\n  - [systemctl, enable, --now, --no-block, tender-join.service]\n`,
          },
        ]
      : []),
    ...(auth === 'iam'
      ? [
          {
            what: `say in the cluster that the role ${accessRoleName(found.name)} is of the group tender:controllers`,
            text:
              flavor === 'eks'
                ? `aws eks create-access-entry --cluster-name ${idOf(found, flavor)} --principal-arn ${role} --username tender --kubernetes-groups tender:controllers\n`
                : `mapRoles:\n  - rolearn: ${role}\n    username: tender\n    groups: [tender:controllers]\n`,
          },
        ]
      : []),
    ...(flavor === 'eks'
      ? []
      : [{ what: 'let Tender reach etcd, if you run it: a secret with a client certificate (docs/etcd.md)' }]),
    ...found.groups
      .filter((group) => isGuessed(group, found))
      .map((group) => ({
        what: `${group.name} has no node, and is taken for ${roleOf(group, found)} by its name: if that is wrong, tag it tender:role first`,
      })),
    ...managed.map(({ name }) => ({
      what: `${name} is a managed node group: EKS drains and updates it, and Tender puts no hooks there`,
    })),
    { what: `look whether all is well: npx tender cluster doctor ${found.name}` },
    { what: 'when you have seen for a week what it would do: health.repair: on, updates.policy: notify or auto' },
  ];
}
