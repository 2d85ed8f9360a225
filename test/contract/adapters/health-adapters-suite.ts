import { expect, it } from 'vitest';
import { kubernetesNodeEvents } from '../../../src/kubernetes/node-events.ts';
import { nodePauses } from '../../../src/kubernetes/node-pauses.ts';
import type { KubernetesConnection } from '../../../src/kubernetes/open-cluster.ts';
import { watchedApiServer } from '../../../src/kubernetes/watched-api-server.ts';
import type { ContractTarget } from '../../support/kubernetes/contract-target.ts';
import { eventually } from '../../support/kubernetes/eventually.ts';
import { administrator } from '../../support/kubernetes/identities.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** What health passes read and write of Kubernetes, on one API server. */
export function describeHealthAdapters(target: () => ContractTarget, connection: () => KubernetesConnection): void {
  const watched = () => watchedApiServer(connection(), () => new Date(target().now()));
  const create = (path: string, body: object) => target().send(administrator, 'POST', path, body);

  it('hears from the API server that it is ready', async () => {
    expect(await watched().readiness()).toMatchObject({ reachable: true, ready: true, failingChecks: [], problem: '' });
  });

  it('sees conditions, leases, boots and pauses of Nodes', async () => {
    await create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'watched', labels: { 'topology.kubernetes.io/zone': 'us-east-1b' } },
      spec: {
        providerID: 'aws:///us-east-1b/i-0123456789abcdef0',
        unschedulable: true,
        taints: [{ key: 'tender.sh/joining', effect: 'NoSchedule' }],
      },
    });
    const since = '2026-03-01T10:00:00Z';
    const ready = { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'runtime down' };
    const status = {
      nodeInfo: {
        bootID: 'boot-1',
        machineID: '',
        systemUUID: '',
        kernelVersion: '',
        osImage: '',
        containerRuntimeVersion: '',
        kubeletVersion: '',
        kubeProxyVersion: '',
        operatingSystem: '',
        architecture: '',
      },
      conditions: [{ ...ready, lastTransitionTime: since, lastHeartbeatTime: '2026-03-01T10:05:00Z' }],
    };
    const patched = await target().send(
      administrator,
      'PATCH',
      '/api/v1/nodes/watched/status',
      { status },
      'application/merge-patch+json',
    );
    expect(patched.status).toBe(200);
    await create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'watched', namespace: 'kube-node-lease' },
      spec: { holderIdentity: 'watched', leaseDurationSeconds: 40, renewTime: '2026-03-01T10:05:10.123456Z' },
    });
    expect(await nodePauses(connection()).set('watched', new Date('2026-03-02T00:00:00Z'))).toBe(true);
    expect(await nodePauses(connection()).set('nobody', null)).toBe(false);

    const seen = async () => (await watched().nodes()).find(({ name }) => name === 'watched');
    // Leases come from the API server's memory, which hears of a write a moment after it was made.
    await eventually(target(), async () => expect((await seen())?.leaseRenewedAt).toEqual(expect.any(String)));
    expect(await seen()).toMatchObject({
      instanceId: 'i-0123456789abcdef0',
      zone: 'us-east-1b',
      unschedulable: true,
      joining: true,
      paused: '2026-03-02T00:00:00.000Z',
      owner: null,
      bootId: 'boot-1',
      conditions: expect.arrayContaining([
        { ...ready, since: '2026-03-01T10:00:00.000Z', heardAt: '2026-03-01T10:05:00.000Z' },
      ]),
      leaseRenewedAt: '2026-03-01T10:05:10.123Z',
    });
    await nodePauses(connection()).set('watched', null);
    expect((await seen())?.paused).toBeNull();
  });

  it('reads every page of the Nodes', async () => {
    const names = Array.from({ length: 520 }, (_, index) => `many-${index}`);
    for (const name of names) await create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
    const seen = (await watched().nodes()).filter(({ name }) => name.startsWith('many-'));
    expect(seen).toHaveLength(520);
    for (const name of names) await target().send(administrator, 'DELETE', `/api/v1/nodes/${name}`);
  });

  it('hears Warning Events of Nodes by their reasons, as agents write them', async () => {
    const write = (name: string, changes: object) =>
      create('/api/v1/namespaces/default/events', {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace: 'default' },
        involvedObject: { kind: 'Node', name: 'watched', uid: 'watched' },
        type: 'Warning',
        reason: 'SoftLockup',
        message: 'CPU stuck for 23s',
        ...changes,
      });
    // As the monitoring agent of EKS and the node problem detector do, with client-go's older recorder; and with its newer one.
    const agent = {
      source: { component: 'eks-node-monitoring-agent' },
      reportingComponent: 'eks-node-monitoring-agent',
    };
    const times = { firstTimestamp: '2026-03-01T10:00:00Z', lastTimestamp: '2026-03-01T10:05:00Z', count: 3 };
    await write('watched.1', { ...agent, ...times });
    await write('watched.2', { reason: 'TaskHung', source: { component: 'kernel-monitor' }, ...times });
    await write('watched.3', {
      reason: 'TaskHung',
      message: 'again',
      action: 'Watched',
      eventTime: '2026-03-01T10:01:00.000000Z',
      series: { count: 2, lastObservedTime: '2026-03-01T10:06:00.000000Z' },
      reportingComponent: 'kernel-monitor',
      reportingInstance: 'watched',
    });
    await write('watched.4', { reason: 'OOMKilling', ...times });
    await write('watched.5', { type: 'Normal', ...times });
    await write('watched.6', { involvedObject: { kind: 'Pod', name: 'watched', namespace: 'default' }, ...times });

    const heard = await watched().nodeEvents(['SoftLockup', 'TaskHung']);
    expect(heard.toSorted((a, b) => (a.heardAt < b.heardAt || a.reason < b.reason ? -1 : 1))).toEqual([
      { nodeName: 'watched', reason: 'SoftLockup', message: 'CPU stuck for 23s', heardAt: '2026-03-01T10:05:00.000Z' },
      { nodeName: 'watched', reason: 'TaskHung', message: 'CPU stuck for 23s', heardAt: '2026-03-01T10:05:00.000Z' },
      { nodeName: 'watched', reason: 'TaskHung', message: 'again', heardAt: '2026-03-01T10:06:00.000Z' },
    ]);
    expect(await watched().nodeEvents(['XidError'])).toEqual([]);
  });

  it('counts pods of DaemonSets, one that is missing as none', async () => {
    const labels = { app: 'agent' };
    await create('/apis/apps/v1/namespaces/kube-system/daemonsets', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'watched-agent', namespace: 'kube-system' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'agent', image: 'agent' }], nodeSelector: { no: 'node' } },
        },
      },
    });
    expect(await watched().daemonSets(['kube-system/watched-agent', 'kube-system/missing'])).toEqual([
      { name: 'kube-system/watched-agent', desired: 0, ready: 0 },
      { name: 'kube-system/missing', desired: 0, ready: 0 },
    ]);
  });

  it('counts pods of CoreDNS, where there is one', async () => {
    expect(await watched().coreDns()).toBeNull();
    await create('/api/v1/namespaces/kube-system/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'coredns-1', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
      spec: { containers: [{ name: 'coredns', image: 'coredns' }], nodeSelector: { no: 'node' } },
    });
    // From the API server's memory, too.
    await eventually(target(), async () => expect(await watched().coreDns()).toEqual({ desired: 1, ready: 0 }));
  });

  it('says on a Node what was decided', async () => {
    const failures: unknown[] = [];
    const events = kubernetesNodeEvents(
      connection(),
      () => new Date(target().now()),
      (error) => failures.push(error),
    );
    await events.record('watched', { type: 'Warning', reason: 'NodeSick', message: 'waits 3 min more' });
    expect(failures).toEqual([]);
    const { body } = await target().send(administrator, 'GET', '/api/v1/namespaces/default/events');
    expect(JSON.stringify(body)).toContain('waits 3 min more');
  });
}
