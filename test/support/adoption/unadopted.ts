import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atTheApiServer } from '../doctor/at-the-api-server.ts';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';

const GROUPS = ['demo-workers', 'demo-control-plane'];
const RBAC_KINDS = [
  'serviceaccounts',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
];

interface Hook {
  readonly LifecycleHookName: string;
}

/** Takes off everything that Tender needs, as if nobody had ever heard of it; `tags` are put on both groups. */
export async function unadopt(scenario: FaultScenario, tags: Readonly<Record<string, string>>): Promise<void> {
  const { cluster } = scenario;
  await scenario.operate('ssm', 'DeleteParameter', { Name: '/tender/clusters/demo' });
  await scenario.operate('secretsmanager', 'DeleteSecret', {
    SecretId: 'tender/demo',
    ForceDeleteWithoutRecovery: true,
  });
  await scenario.operate('iam', 'DeleteRolePolicy', { RoleName: 'demo-node', PolicyName: 'join' });
  for (const group of GROUPS) await unadoptGroup(scenario, group, tags);
  for (const kind of RBAC_KINDS) {
    for (const { metadata } of cluster.kubernetes.store.list(kind)) {
      if (metadata.name.startsWith('tender')) cluster.kubernetes.store.remove(kind, metadata.name, metadata.namespace);
    }
  }
}

async function unadoptGroup(
  scenario: FaultScenario,
  group: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const on = (Key: string) => ({ ResourceId: group, ResourceType: 'auto-scaling-group', Key });
  await scenario.operate('autoscaling', 'DeleteTags', { Tags: ['tender:cluster', 'tender:role'].map(on) });
  const Tags = Object.entries(tags).map(([key, Value]) => ({ ...on(key), Value, PropagateAtLaunch: false }));
  await scenario.operate('autoscaling', 'CreateOrUpdateTags', { Tags });
  for (const { LifecycleHookName } of await hooksOf(scenario, group)) {
    await scenario.operate('autoscaling', 'DeleteLifecycleHook', { AutoScalingGroupName: group, LifecycleHookName });
  }
}

async function hooksOf(scenario: FaultScenario, AutoScalingGroupName: string): Promise<readonly Hook[]> {
  const { LifecycleHooks } = await scenario.operate<{ LifecycleHooks: Hook[] }>(
    'autoscaling',
    'DescribeLifecycleHooks',
    { AutoScalingGroupName },
  );
  return LifecycleHooks;
}

/** Everything that an adoption may touch, as text: to be compared byte for byte. */
export async function snapshot(scenario: FaultScenario): Promise<string> {
  const { store } = scenario.cluster.kubernetes;
  const { Tags } = await scenario.operate<{ Tags: unknown }>('autoscaling', 'DescribeTags', {});
  const { Parameters } = await scenario.operate<{ Parameters: { Name: string; Value: string }[] }>(
    'ssm',
    'GetParametersByPath',
    { Path: '/', Recursive: true },
  );
  const { SecretList } = await scenario.operate<{ SecretList: { Name: string }[] }>(
    'secretsmanager',
    'ListSecrets',
    {},
  );
  const { Roles } = await scenario.operate<{ Roles: { RoleName: string }[] }>('iam', 'ListRoles', {});
  const { PolicyNames } = await scenario.operate<{ PolicyNames: string[] }>('iam', 'ListRolePolicies', {
    RoleName: 'demo-node',
  });
  const objects = RBAC_KINDS.map((kind) =>
    store.list(kind).map(({ metadata: { resourceVersion: _, ...metadata }, ...rest }) => ({ ...rest, metadata })),
  );
  const hooks: unknown[] = [];
  for (const group of GROUPS) hooks.push(await hooksOf(scenario, group));
  const world = {
    Tags,
    hooks,
    parameters: Parameters.map(({ Name, Value }) => [Name, Value]),
    secrets: SecretList.map(({ Name }) => Name),
    roles: Roles.map(({ RoleName }) => RoleName),
    PolicyNames,
    objects,
  };
  return JSON.stringify(world, null, 1);
}

/** Opens the API server, with the kubeconfig of an administrator in a file while the work is done. */
export function asAdministrator(
  scenario: FaultScenario,
  work: (kubeconfig: string, url: string) => Promise<void>,
): Promise<void> {
  return atTheApiServer(scenario, async (url) => {
    const folder = mkdtempSync(join(tmpdir(), 'tender-'));
    const file = join(folder, 'kubeconfig');
    try {
      writeFileSync(file, scenario.cluster.kubernetes.adminKubeconfig(url), { mode: 0o600 });
      await work(file, url);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
