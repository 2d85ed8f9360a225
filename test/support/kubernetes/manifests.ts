import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { ContractTarget, KubernetesObject } from './contract-target.ts';
import { administrator } from './identities.ts';

const collections: Readonly<Record<string, string>> = {
  ServiceAccount: 'serviceaccounts',
  Namespace: 'namespaces',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ConfigMap: 'configmaps',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
  Pod: 'pods',
  Node: 'nodes',
  PersistentVolume: 'persistentvolumes',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  VolumeAttachment: 'volumeattachments',
  PodDisruptionBudget: 'poddisruptionbudgets',
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
};

/** The documents of a file in `deploy/kubernetes`, as a user applies them. */
export async function rbacManifest(
  name: 'rbac.yaml' | 'rbac-pod-deletion.yaml' = 'rbac.yaml',
): Promise<KubernetesObject[]> {
  const file = join(import.meta.dirname, '..', '..', '..', 'deploy', 'kubernetes', name);
  return loadAll(await readFile(file, 'utf8')) as KubernetesObject[];
}

/** Creates each object as an administrator. @throws Error with the server's message when one is refused. */
export async function createAll(target: ContractTarget, objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects) {
    const answer = await target.send(administrator, 'POST', collectionPath(object), object);
    if (answer.status !== 201)
      throw new Error(`${object.kind} ${object.metadata.name}: ${answer.body.message ?? answer.body.text}`);
  }
}

function collectionPath(object: KubernetesObject): string {
  const { apiVersion, kind, metadata } = object;
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const collection = collections[kind];
  if (collection === undefined) throw new Error(`the suite does not know where a ${kind} is created`);
  return `${root}${scope}/${collection}`;
}
