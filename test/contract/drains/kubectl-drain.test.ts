import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EvictPodsInput, type EvictPodsPorts, evictPods } from '../../../src/drains/evict-pods.ts';
import type { DrainPolicy } from '../../../src/drains/ports.ts';
import { kubernetesBudgets } from '../../../src/kubernetes/budgets.ts';
import { kubernetesDrainNodes } from '../../../src/kubernetes/drain-nodes.ts';
import { kubernetesDrainPods } from '../../../src/kubernetes/drain-pods.ts';
import { kubernetesNodeEvents } from '../../../src/kubernetes/node-events.ts';
import { kubernetesVolumes } from '../../../src/kubernetes/volumes.ts';
import { connectionTo } from '../../support/kubernetes/connection-to.ts';
import type { ContractTarget, KubernetesObject } from '../../support/kubernetes/contract-target.ts';
import { eventually } from '../../support/kubernetes/eventually.ts';
import { FakeFleet } from '../../support/kubernetes/fake-fleet.ts';
import { administrator } from '../../support/kubernetes/identities.ts';
import { createAll } from '../../support/kubernetes/manifests.ts';
import { prepareCluster } from '../../support/kubernetes/prepare-cluster.ts';
import { type RealTarget, startRealTarget } from '../../support/kubernetes/real-target.ts';
import { pod } from '../../support/kubernetes/workloads.ts';

const assets = process.env.KUBEBUILDER_ASSETS ?? '';
const needed = ['kubectl', 'kube-apiserver', 'kube-controller-manager'];
const complete = assets !== '' && needed.every((name) => existsSync(join(assets, name)));
const run = promisify(execFile);

/** One namespace and one node for each of the two who drain. */
const nodeNames = { ours: 'i-0ours', theirs: 'i-0theirs' } as const;
type Side = keyof typeof nodeNames;

/** What stands on a node: 50 pods of every sort, by their label `sort`. */
const sorts = { web: 16, api: 10, scratch: 4, agent: 5, proxy: 3, bare: 4, cache: 4, finished: 4 } as const;

const policy: DrainPolicy = {
  timeoutSeconds: 120,
  notReadyTimeoutSeconds: 30,
  graceCapSeconds: 60,
  whenTimeIsUp: 'give-up',
  deleteEmptyDirData: true,
  evictUnmanaged: true,
  doNotDisruptAnnotations: [],
  outOfServiceTaint: false,
};

if (!complete) {
  describe('a drain beside kubectl drain', () => {
    it.skip('needs KUBEBUILDER_ASSETS with kubectl and kube-controller-manager: eval "$(npm run --silent assets)"', () => {});
  });
} else {
  describe('a drain beside kubectl drain, of equal nodes with 50 pods on the real API server', {
    timeout: 180_000,
  }, () => {
    let target: RealTarget;
    let fleet: FakeFleet;

    beforeAll(async () => {
      target = await startRealTarget(assets);
      await prepareCluster(target);
      fleet = new FakeFleet(target, [nodeNames.ours, nodeNames.theirs, 'spare']);
      await fleet.start((name) => (name === 'spare' ? {} : { agents: 'yes' }));
      for (const side of ['ours', 'theirs'] as const) await furnish(target, fleet, side);
      fleet.home = 'spare';
    }, 180_000);

    afterAll(async () => {
      await fleet?.stop();
      await target?.stop();
    });

    it('takes the same pods away and leaves the same', async () => {
      const before = { ours: await podsOn(target, 'ours'), theirs: await podsOn(target, 'theirs') };
      expect(namesOf(before.ours)).toEqual(namesOf(before.theirs));

      const [outcome] = await Promise.all([drainAsTender(target), drainAsKubectl(target)]);

      expect(outcome).toMatchObject({ next: 'drained', podsLeft: 0 });
      const after = { ours: await podsOn(target, 'ours'), theirs: await podsOn(target, 'theirs') };
      const stay = (pods: readonly KubernetesObject[], ...kinds: readonly string[]) =>
        pods.filter(({ metadata }) => kinds.includes(metadata.labels.sort)).map(({ metadata }) => metadata.uid);
      // The very same pods, none that came back.
      expect(after.theirs.map(({ metadata }) => metadata.uid)).toEqual(stay(before.theirs, 'agent', 'proxy'));
      // The one difference: kubectl deletes what has finished; Tender lets it be, so that logs and results can be read for as long as the Node is there.
      expect(after.ours.map(({ metadata }) => metadata.uid)).toEqual(stay(before.ours, 'agent', 'proxy', 'finished'));
      const others = after.ours.filter(({ metadata }) => metadata.labels.sort !== 'finished');
      expect(namesOf(others)).toEqual(namesOf(after.theirs));
    });
  });
}

async function furnish(target: ContractTarget, fleet: FakeFleet, side: Side): Promise<void> {
  const nodeName = nodeNames[side];
  fleet.home = nodeName;
  const bare = (sort: string, count: number, more: KubernetesObject = {}, labels = {}) =>
    Array.from({ length: count }, (_, index) => {
      const object = pod(`${sort}-${index}`, nodeName, { sort, ...labels }, more);
      return { ...object, metadata: { ...object.metadata, namespace: side } };
    });
  const mirrors = bare('proxy', sorts.proxy).map((object) => ({
    ...object,
    metadata: { ...object.metadata, annotations: { 'kubernetes.io/config.mirror': 'hash' } },
  }));
  const emptyDir = { volumes: [{ name: 'scratch', emptyDir: {} }] };
  await createAll(target, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: side } },
    ...deployment(side, 'web', sorts.web, { maxUnavailable: '50%' }),
    ...deployment(side, 'api', sorts.api, { minAvailable: 6 }),
    ...deployment(side, 'scratch', sorts.scratch, { minAvailable: 0 }, emptyDir),
    ...Array.from({ length: sorts.agent }, (_, index) => daemonSet(side, `agent-${index}`, nodeName)),
    ...mirrors,
    ...bare('bare', sorts.bare),
    ...bare('cache', sorts.cache, emptyDir),
    ...bare('finished', sorts.finished, { restartPolicy: 'Never' }, { phase: 'Succeeded' }),
  ]);
  await eventually(target, async () => {
    expect(await sortsOn(target, side)).toEqual(sorts);
    const budgets = await target.send(administrator, 'GET', `/apis/policy/v1/namespaces/${side}/poddisruptionbudgets`);
    const healthy = budgets.body.items.map(({ status }: KubernetesObject) => status.currentHealthy);
    expect([...healthy].sort()).toEqual([sorts.web, sorts.api, sorts.scratch].map(Number).sort());
  });
}

function deployment(
  namespace: string,
  name: string,
  replicas: number,
  limit: KubernetesObject,
  more: KubernetesObject = {},
): KubernetesObject[] {
  const labels = { app: name, sort: name };
  const selector = { matchLabels: { app: name } };
  const containers = [{ name: 'main', image: 'example.com/app:1' }];
  const template = { metadata: { labels }, spec: { containers, terminationGracePeriodSeconds: 30, ...more } };
  return [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace },
      spec: { selector, ...limit },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: { replicas, selector, template },
    },
  ];
}

/** Of one node only, so that the nodes stay equal. */
function daemonSet(namespace: string, name: string, nodeName: string): KubernetesObject {
  const labels = { app: name, sort: 'agent' };
  const containers = [{ name: 'main', image: 'example.com/agent:1' }];
  const nodeSelector = { 'kubernetes.io/hostname': nodeName };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels }, spec: { containers, nodeSelector, tolerations: [{ operator: 'Exists' }] } },
    },
  };
}

/** The pods on the node of a side that run, or have finished; in the order of their names. */
async function podsOn(target: ContractTarget, side: Side): Promise<readonly KubernetesObject[]> {
  const path = `/api/v1/namespaces/${side}/pods?fieldSelector=spec.nodeName%3D${nodeNames[side]}`;
  const { body } = await target.send(administrator, 'GET', path);
  return (body.items as KubernetesObject[]).filter(({ status }) => status.phase !== 'Pending');
}

/** What makes pods of equal nodes the same: their names, or whose they are where a controller names them by chance. */
function namesOf(pods: readonly KubernetesObject[]): readonly string[] {
  return pods.map(({ metadata }) => metadata.ownerReferences?.[0].name ?? metadata.name).sort();
}

/** How many pods of each sort there are. */
async function sortsOn(target: ContractTarget, side: Side): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { metadata } of await podsOn(target, side))
    counts[metadata.labels.sort] = (counts[metadata.labels.sort] ?? 0) + 1;
  return counts;
}

/** As the state machine does: cordon, then look after look, waiting between as long as each says. */
async function drainAsTender(target: ContractTarget) {
  const connection = connectionTo(target);
  const nodes = kubernetesDrainNodes(connection);
  const node = await nodes.get(nodeNames.ours);
  if (!node) throw new Error('the node is not there');
  await nodes.change(node, { unschedulable: true });
  const now = () => new Date(target.now());
  const found = { instanceId: nodeNames.ours, state: 'running', zone: 'a', ipAddress: '', groupName: '' } as const;
  const ports: EvictPodsPorts = {
    claims: { read: async () => ({ owner: 'contract', deadline: '', leaving: false }) },
    instances: { find: async () => found },
    nodes,
    pods: kubernetesDrainPods(connection),
    budgets: kubernetesBudgets(connection),
    volumes: kubernetesVolumes(connection),
    events: kubernetesNodeEvents(connection, now, (error) => {
      throw error;
    }),
  };
  const startedAt = now().toISOString();
  let input: EvictPodsInput = {
    cluster: 'contract',
    instanceId: nodeNames.ours,
    nodeName: nodeNames.ours,
    owner: 'contract',
    voluntary: true,
    startedAt,
    deadline: '',
    progressAt: startedAt,
    podsLeft: -1,
    told: '',
  };
  for (;;) {
    const outcome = await evictPods(input, ports, policy, now());
    if (outcome.next !== 'wait') return outcome;
    const { podsLeft, progressAt, told } = outcome;
    input = { ...input, podsLeft, progressAt, told };
    await target.pass(outcome.lookAgainSeconds * 1000);
  }
}

/** With the flags that drainers use. @throws Error with its output when it fails. */
async function drainAsKubectl(target: RealTarget): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'kubectl-drain-'));
  try {
    const kubeconfig = join(directory, 'config');
    await writeFile(kubeconfig, await target.kubeconfig('somebody', ['system:masters']), { mode: 0o600 });
    const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s'];
    await run(join(assets, 'kubectl'), [`--kubeconfig=${kubeconfig}`, 'drain', nodeNames.theirs, ...flags]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
