import { ApiException, AuthorizationV1Api, CoreV1Api, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import type { RightFacts } from '../doctor/ports.ts';
import { kubernetesCall, refusalOf } from './errors.ts';
import { listAll } from './list-all.ts';
import type { KubernetesConnection } from './open-cluster.ts';

/** So many questions at a time. */
const AT_ONCE = 10;
const CANARY = 'tender-doctor-canary';

/** Which of these rights the caller does not have. */
export async function lackedRights(
  connection: KubernetesConnection,
  rights: readonly RightFacts[],
): Promise<readonly RightFacts[]> {
  const may = await answers(connection, rights);
  return rights.filter((_right, index) => !may[index]);
}

/** Which of these rights the caller has. */
export async function heldRights(
  connection: KubernetesConnection,
  rights: readonly RightFacts[],
): Promise<readonly RightFacts[]> {
  const may = await answers(connection, rights);
  return rights.filter((_right, index) => may[index]);
}

async function answers(connection: KubernetesConnection, rights: readonly RightFacts[]): Promise<readonly boolean[]> {
  const api = connection.api(AuthorizationV1Api);
  const all: boolean[] = [];
  for (let at = 0; at < rights.length; at += AT_ONCE) {
    const some = rights
      .slice(at, at + AT_ONCE)
      .map((right) => kubernetesCall(api.createSelfSubjectAccessReview({ body: question(right) })));
    all.push(...(await Promise.all(some)).map(({ status }) => status?.allowed === true));
  }
  return all;
}

function question({ verb, group, resource: whole, namespace, name }: RightFacts) {
  const [resource = '', subresource] = whole.split('/');
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        verb,
        group,
        resource,
        ...(subresource !== undefined && { subresource }),
        ...(namespace !== undefined && { namespace }),
        ...(name !== undefined && { name }),
      },
    },
  };
}

/**
 * Whether the API server refuses a Secret of kube-system that is no bootstrap token. Asked with dryRun: nothing is written.
 * @throws KubernetesForbidden where the caller may create none at all, so that admission is not asked
 */
export async function refusesForeignSecret(connection: KubernetesConnection): Promise<boolean> {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: CANARY, namespace: 'kube-system' },
    type: 'Opaque',
  };
  try {
    await connection.api(CoreV1Api).createNamespacedSecret({ namespace: 'kube-system', body, dryRun: 'All' });
    return false;
  } catch (error) {
    const refusal = refusalOf(error);
    const byAdmission = error instanceof ApiException && /ValidatingAdmissionPolicy/.test(refusal?.message ?? '');
    if (byAdmission) return true;
    return kubernetesCall(Promise.reject<never>(error));
  }
}

/** Groups that may ask for a node's certificate: those bound to kubeadm's role for it. */
export async function bootstrapperGroups(connection: KubernetesConnection): Promise<readonly string[]> {
  const rbac = connection.api(RbacAuthorizationV1Api);
  const bindings = await listAll((page) => rbac.listClusterRoleBinding(page));
  return bindings
    .filter(({ roleRef }) => roleRef.name === 'system:node-bootstrapper')
    .flatMap(({ subjects = [] }) => subjects.filter(({ kind }) => kind === 'Group').map(({ name }) => name));
}
