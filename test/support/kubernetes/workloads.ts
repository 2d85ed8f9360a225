import type { ContractTarget, KubernetesObject } from './contract-target.ts';
import { eventually } from './eventually.ts';
import { administrator } from './identities.ts';

/** A pod of `default` that is bound to a node already: no scheduler is needed. */
export function pod(
  name: string,
  nodeName: string,
  labels: Readonly<Record<string, string>> = {},
  spec: KubernetesObject = {},
): KubernetesObject {
  const containers = [{ name: 'main', image: 'example.com/app:1' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { nodeName, terminationGracePeriodSeconds: 30, containers, ...spec },
  };
}

/** Creates a pod and says what its kubelet would: that it runs and is ready, or in which phase it is. */
export async function runPod(
  target: ContractTarget,
  object: KubernetesObject,
  phase = 'Running',
): Promise<KubernetesObject> {
  const path = `/api/v1/namespaces/${object.metadata.namespace}/pods`;
  const created = await target.send(administrator, 'POST', path, object);
  if (created.status !== 201) throw new Error(`pod ${object.metadata.name}: ${created.body.message}`);
  const lastTransitionTime = new Date(target.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const status = phase === 'Running' ? 'True' : 'False';
  const conditions = [{ type: 'Ready', status, lastTransitionTime }];
  const type = 'application/strategic-merge-patch+json';
  const told = { status: { phase, conditions } };
  await target.send(administrator, 'PATCH', `${path}/${object.metadata.name}/status`, told, type);
  return created.body;
}

/** Creates a budget in `default` and waits until the controller-manager has counted it, with its pods as they are by now. */
export async function budget(target: ContractTarget, name: string, spec: KubernetesObject): Promise<void> {
  const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
  const object = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec };
  await target.send(administrator, 'POST', path, object);
  const labels = Object.entries(spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const selector = encodeURIComponent(labels.join());
  const { items } = (
    await target.send(administrator, 'GET', `/api/v1/namespaces/default/pods?labelSelector=${selector}`)
  ).body;
  await eventually(target, async () => {
    const { observedGeneration, expectedPods, currentHealthy } = (
      await target.send(administrator, 'GET', `${path}/${name}`)
    ).body.status;
    // It hears of pods and of budgets by watches of their own, so that it may count a pod that was not ready yet.
    const isCounted =
      observedGeneration >= 1 && expectedPods === items.length && currentHealthy === items.filter(isReady).length;
    if (!isCounted) throw new Error(`budget ${name} is not counted yet`);
  });
}

function isReady({ status }: KubernetesObject): boolean {
  return status.conditions.some((one: KubernetesObject) => one.type === 'Ready' && one.status === 'True');
}
