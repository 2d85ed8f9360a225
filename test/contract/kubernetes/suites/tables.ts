import { describe, expect, it } from 'vitest';
import type { ContractTarget, KubernetesObject } from '../../../support/kubernetes/contract-target.ts';
import { FakeKubelet } from '../../../support/kubernetes/fake-kubelet.ts';
import { administrator, tender } from '../../../support/kubernetes/identities.ts';

const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** What `kubectl get` prints: the server makes the columns. */
export function describeTables(target: () => ContractTarget): void {
  async function tableOf(path: string): Promise<{ columns: string[]; narrow: string[]; rows: KubernetesObject[] }> {
    const answer = await target().send(tender, 'GET', path, undefined, undefined, asTable);
    expect(answer.body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    const definitions: KubernetesObject[] = answer.body.columnDefinitions;
    return {
      columns: definitions.map(({ name }) => name),
      narrow: definitions.filter(({ priority }) => priority === 0).map(({ name }) => name),
      rows: answer.body.rows,
    };
  }

  describe('tables', () => {
    it('of nodes have the columns of kubectl get nodes, and the wide ones', async () => {
      const fake = new FakeKubelet(target(), 'table-node');
      await fake.register();
      await fake.reportReady();
      const labels = { 'node-role.kubernetes.io/worker': '' };
      const patch = { metadata: { labels }, spec: { unschedulable: true } };
      await target().send(tender, 'PATCH', '/api/v1/nodes/table-node', patch, 'application/merge-patch+json');
      const table = await tableOf('/api/v1/nodes?fieldSelector=metadata.name%3Dtable-node');
      expect(table.narrow).toEqual(['Name', 'Status', 'Roles', 'Age', 'Version']);
      const wide = ['Internal-IP', 'External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime'];
      expect(table.columns).toEqual([...table.narrow, ...wide]);
      const [row] = table.rows;
      expect(row?.cells).toEqual([
        'table-node',
        'Ready,SchedulingDisabled',
        'worker',
        expect.stringMatching(/^\d+s$/),
        '',
        '10.0.1.23',
        '<none>',
        '<unknown>',
        '<unknown>',
        '<unknown>',
      ]);
      expect(row?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'table-node' } });
    });

    it('of pods count containers that are ready', async () => {
      const spec = { containers: [{ name: 'main', image: 'example.com/app:1' }] };
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'table-pod' }, spec };
      await target().send(administrator, 'POST', '/api/v1/namespaces/default/pods', pod);
      const table = await tableOf('/api/v1/namespaces/default/pods?fieldSelector=metadata.name%3Dtable-pod');
      expect(table.narrow).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age']);
      expect(table.columns).toEqual([...table.narrow, 'IP', 'Node', 'Nominated Node', 'Readiness Gates']);
      const age = expect.stringMatching(/^\d+s$/);
      expect(table.rows[0]?.cells).toEqual([
        'table-pod',
        '0/1',
        'Pending',
        '0',
        age,
        '<none>',
        '<none>',
        '<none>',
        '<none>',
      ]);
    });

    it('of certificate requests say who asks whom and how it stands', async () => {
      const table = await tableOf('/apis/certificates.k8s.io/v1/certificatesigningrequests');
      expect(table.columns).toEqual(['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition']);
    });
  });
}
