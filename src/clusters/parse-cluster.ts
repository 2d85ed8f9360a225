import { JSON_SCHEMA, load, YAMLException } from 'js-yaml';
import * as z from 'zod/mini';
import { problemsOf } from '../schema/problems.ts';
import { pemOf } from './api-server.ts';
import { type Cluster, ClusterEntry, defaultRole } from './cluster.ts';
import { ClusterMisconfigured } from './errors.ts';
import { defaultDrain } from './leaving.ts';
import { contradictionsOfHooks } from './user-hooks.ts';

type Entry = z.output<typeof ClusterEntry>;

/**
 * Reads a registry entry, YAML or JSON, and fills in its defaults.
 *
 * @param name what the parameter is called; the entry must agree.
 * @throws ClusterMisconfigured with every problem at once.
 */
export function parseCluster(name: string, text: string): Cluster {
  const value = read(name, text);
  const parsed = z.safeParse(ClusterEntry, value);
  const problems = [
    ...(parsed.success ? [] : problemsOf(ClusterEntry, value, parsed.error.issues)),
    ...contradictions(name, value),
  ];
  if (!parsed.success || problems.length > 0) throw new ClusterMisconfigured(name, problems);
  return withDefaults(parsed.data);
}

// JSON's types only: a date, a merge or a binary has no place here, and `on` and `yes` stay text.
function read(name: string, text: string): unknown {
  try {
    return load(text, { schema: JSON_SCHEMA });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // The whole message would quote the lines around the place.
    const { line, column } = error.mark ?? { line: 0, column: 0 };
    throw new ClusterMisconfigured(name, [
      `(the whole value): is neither YAML nor JSON: ${error.reason} at line ${line + 1}, column ${column + 1}`,
    ]);
  }
}

// What must hold between fields. Looks at the raw value, so that these problems are told together with the others.
function contradictions(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const {
    name: own,
    kind,
    csrApproval,
    bootstrap,
    aws,
    kubernetes,
    drain,
    etcd,
    join,
    updates,
    userHooks,
  } = value as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  if (typeof own === 'string' && own !== name) problems.push(`name: must be ${name}, as the parameter is called`);
  if (kind === 'eks' && csrApproval === 'tender') {
    problems.push('csrApproval: must be off with kind eks, because EKS approves the certificates of its nodes itself');
  }
  if (kind === 'eks' && bootstrap === 'tender') {
    problems.push(
      'bootstrap: must be self with kind eks, because EKS nodes join by IAM and an access entry, not by a bootstrap token',
    );
  }
  if (kind === 'eks' && etcd !== undefined) {
    problems.push('etcd: must be absent with kind eks, because EKS lets nobody reach its etcd, and backs it up itself');
  }
  return [
    ...problems,
    ...accountContradictions(fieldsOf(aws)),
    ...missingRole(fieldsOf(kubernetes), fieldsOf(aws)),
    ...longerThanTheWhole(fieldsOf(drain)),
    ...sourcesOfNothing(fieldsOf(updates)),
    ...contradictionsOfHooks(userHooks, { elsewhere: fieldsOf(aws).roleArn !== undefined }),
    ...(fieldsOf(join).controlPlane === 'kubeadm' ? hindrancesToKubeadm(etcd, fieldsOf(aws)) : []),
  ];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function missingRole(
  kubernetes: Readonly<Record<string, unknown>>,
  aws: Readonly<Record<string, unknown>>,
): readonly string[] {
  const { kind, roleArn } = fieldsOf(kubernetes.auth);
  if (kind !== 'iam' || roleArn !== undefined || aws.roleArn !== undefined) return [];
  return [
    'kubernetes.auth.roleArn: is needed with kind iam (or aws.roleArn), because each function has a role of its own, and the cluster should know one',
  ];
}

function hindrancesToKubeadm(etcd: unknown, { roleArn }: Readonly<Record<string, unknown>>): readonly string[] {
  return [
    ...(etcd === undefined
      ? ['join.controlPlane: must be self without etcd, because a member joins only an etcd that is seen to be well']
      : []),
    ...(roleArn !== undefined
      ? [
          'join.controlPlane: must be self with aws.roleArn, because Tender’s commands reach instances of its own account',
        ]
      : []),
  ];
}

function longerThanTheWhole(drain: Readonly<Record<string, unknown>>): readonly string[] {
  const { notReadyTimeoutSeconds: notReady, timeoutSeconds: whole } = { ...defaultDrain(), ...drain };
  if (typeof notReady !== 'number' || typeof whole !== 'number' || notReady <= whole) return [];
  return [
    'drain.notReadyTimeoutSeconds: must be at most drain.timeoutSeconds, because a node that is not ready is not waited for longer than a healthy one',
  ];
}

// Where every group updates itself in place, an image is looked for in vain.
function sourcesOfNothing({ way, source, groups }: Readonly<Record<string, unknown>>): readonly string[] {
  const named = Object.entries(fieldsOf(groups)).map(([name, group]) => ({ name, fields: fieldsOf(group) }));
  const inPlace = (fields: Readonly<Record<string, unknown>>) => (fields.way ?? way) === 'in-place';
  const because = 'must be absent with way in-place, because such nodes find their updates themselves';
  const inVain = way === 'in-place' && source !== undefined && named.every(({ fields }) => inPlace(fields));
  return [
    ...(inVain ? [`updates.source: ${because}`] : []),
    ...named.flatMap(({ name, fields }) =>
      fields.source !== undefined && inPlace(fields) ? [`updates.groups.${name}.source: ${because}`] : [],
    ),
  ];
}

function accountContradictions({ accountId, roleArn }: Readonly<Record<string, unknown>>): readonly string[] {
  if (typeof accountId !== 'string' || typeof roleArn !== 'string' || accountOf(roleArn) === accountId) return [];
  return ['aws.accountId: must be the account of aws.roleArn, because that role is used in the cluster’s account'];
}

function withDefaults(entry: Entry): Cluster {
  const { kubernetes, roles } = entry;
  const { clusterName, ...door } = kubernetes;
  const managed = entry.kind === 'eks';
  return {
    ...entry,
    aws: { ...entry.aws, accountId: entry.aws.accountId ?? accountOf(entry.aws.roleArn) },
    bootstrap: entry.bootstrap ?? (managed ? 'self' : 'tender'),
    csrApproval: entry.csrApproval ?? (managed ? 'off' : 'tender'),
    kubernetes: {
      ...door,
      certificateAuthority: pemOf(door.certificateAuthority) ?? door.certificateAuthority,
      clusterNames: clusterName === undefined ? likelyNames(entry) : [clusterName],
    },
    join: { ...entry.join, apiServerEndpoint: entry.join.apiServerEndpoint ?? hostAndPort(kubernetes.endpoint) },
    roles: {
      worker: roles.worker ?? defaultRole(),
      'control-plane': roles['control-plane'] ?? defaultRole(),
      etcd: roles.etcd ?? defaultRole(),
    },
  };
}

// An aws-iam-authenticator may call the cluster otherwise than its controllers do: then its name here may be theirs.
function likelyNames({ name, kubernetes: { auth } }: Entry): readonly string[] {
  return auth.kind === 'iam' ? [...new Set([auth.clusterId, name])] : [name];
}

function accountOf(roleArn: string | undefined): string | undefined {
  return roleArn?.split(':')[4];
}

function hostAndPort(endpoint: string): string {
  const { hostname, port } = new URL(endpoint);
  return `${hostname}:${port || '443'}`;
}
