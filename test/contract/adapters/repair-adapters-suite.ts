import { expect, it } from 'vitest';
import type { KubernetesConnection } from '../../../src/kubernetes/open-cluster.ts';
import { kubernetesSickNodes } from '../../../src/kubernetes/sick-nodes.ts';
import type { ContractTarget } from '../../support/kubernetes/contract-target.ts';
import { administrator } from '../../support/kubernetes/identities.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const instanceId = 'i-0fedcba9876543210';

/** What repairs read of Kubernetes, on one API server. */
export function describeRepairAdapters(target: () => ContractTarget, connection: () => KubernetesConnection): void {
  const nodes = () => kubernetesSickNodes(connection());
  const create = (path: string, body: object) => target().send(administrator, 'POST', path, body);

  it('finds a sick node by its name, and by its instance where nobody knows the name', async () => {
    const metadata = { name: 'sick', annotations: { 'tender.sh/paused': 'true' } };
    await create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata,
      spec: { providerID: `aws:///us-east-1b/${instanceId}` },
    });
    const condition = { type: 'KernelDeadlock', status: 'True', reason: 'Stuck', message: 'a task is stuck' };
    await target().send(
      administrator,
      'PATCH',
      '/api/v1/nodes/sick/status',
      { status: { conditions: [{ ...condition, lastTransitionTime: '2026-03-01T10:00:00Z' }] } },
      'application/merge-patch+json',
    );

    const seen = {
      name: 'sick',
      annotations: { 'tender.sh/paused': 'true' },
      conditions: [{ type: 'KernelDeadlock', status: 'True', reason: 'Stuck', since: '2026-03-01T10:00:00.000Z' }],
    };
    expect(await nodes().find({ instanceId, nodeName: 'sick', names: [] })).toMatchObject(seen);
    expect(await nodes().find({ instanceId, nodeName: '', names: [] })).toMatchObject(seen);
    expect(await nodes().find({ instanceId, nodeName: 'nobody', names: [] })).toBe('none');
    expect(await nodes().instanceOf('demo', 'sick')).toBe(instanceId);
  });

  it('finds the node of an instance that has no provider id by what it may be called, and says where nobody can tell', async () => {
    const other = 'i-0aaaaaaaaaaaaaaaa';
    await create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'ip-10-0-9-9' } });
    const names = ['ip-10-0-9-9.ec2.internal', 'ip-10-0-9-9'];
    expect(await nodes().find({ instanceId: other, nodeName: '', names })).toMatchObject({ name: 'ip-10-0-9-9' });
    expect(await nodes().find({ instanceId: other, nodeName: 'ip-10-0-9-9', names: [] })).toMatchObject({
      name: 'ip-10-0-9-9',
    });
    // The name is another instance's by now, and whose the Node without a provider id is nobody can say.
    expect(await nodes().find({ instanceId: other, nodeName: 'sick', names: [] })).toBe('unknown');
  });

  it('reads when a kubelet last renewed its lease, and that it never has', async () => {
    await create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'sick', namespace: 'kube-node-lease' },
      spec: { holderIdentity: 'sick', leaseDurationSeconds: 40, renewTime: '2026-03-01T10:05:10.123456Z' },
    });
    expect(await nodes().leaseRenewedAt('sick')).toBe('2026-03-01T10:05:10.123Z');
    expect(await nodes().leaseRenewedAt('nobody')).toBe('');
  });
}
