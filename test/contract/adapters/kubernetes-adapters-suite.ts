import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateRequest } from '../../../rehearsal/processes/certificate-authority.ts';
import { kubernetesAutoApproveBindings } from '../../../src/kubernetes/auto-approve-bindings.ts';
import { kubernetesBootstrapTokens } from '../../../src/kubernetes/bootstrap-tokens.ts';
import { kubernetesCertificateRequests } from '../../../src/kubernetes/certificate-requests.ts';
import { kubernetesNodes } from '../../../src/kubernetes/nodes.ts';
import type { KubernetesConnection } from '../../../src/kubernetes/open-cluster.ts';
import { kubernetesPods } from '../../../src/kubernetes/pods.ts';
import { NodeChanged, NodeVanished } from '../../../src/nodes/errors.ts';
import type { Node, NodeChange, Nodes } from '../../../src/nodes/ports.ts';
import { connectionTo } from '../../support/kubernetes/connection-to.ts';
import type { ContractTarget } from '../../support/kubernetes/contract-target.ts';
import { eventually, slowTargetMs } from '../../support/kubernetes/eventually.ts';
import { administrator, bearer, kubelet } from '../../support/kubernetes/identities.ts';
import { createAll, rbacManifest } from '../../support/kubernetes/manifests.ts';
import { prepareCluster } from '../../support/kubernetes/prepare-cluster.ts';
import { describeDoctorAdapters } from './doctor-adapters-suite.ts';
import { describeDrainAdapters } from './drain-adapters-suite.ts';
import { describeHealthAdapters } from './health-adapters-suite.ts';
import { describeRepairAdapters } from './repair-adapters-suite.ts';
import { describeUpdateAdapters } from './update-adapters-suite.ts';

/** Runs what the domains need of Kubernetes, as Tender's own identity, against one API server. */
export function describeKubernetesAdapters(name: string, start: () => Promise<ContractTarget>): void {
  describe(`Tender on ${name}`, { timeout: slowTargetMs }, () => {
    let target: ContractTarget;
    let connection: KubernetesConnection;

    beforeAll(async () => {
      target = await start();
      await prepareCluster(target);
      await createAll(target, await rbacManifest('rbac-pod-deletion.yaml'));
      connection = connectionTo(target);
    }, slowTargetMs);
    afterAll(() => target?.stop());

    describeDrainAdapters(
      () => target,
      () => connection,
    );
    describeHealthAdapters(
      () => target,
      () => connection,
    );
    describeDoctorAdapters(
      () => target,
      () => connection,
    );
    describeRepairAdapters(
      () => target,
      () => connection,
    );
    describeUpdateAdapters(
      () => target,
      () => connection,
    );

    it('changes a node that it has read, and not one that changed or vanished meanwhile', async () => {
      const nodes = kubernetesNodes(connection);
      const taints = [{ key: 'tender.sh/joining', effect: 'NoSchedule' }];
      await target.send(administrator, 'POST', '/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'changed', labels: { old: 'yes' } },
        spec: { taints },
      });
      const read = await changedAsRead(nodes, 'changed', {
        labels: { role: 'worker', old: null },
        annotations: { owner: 'me' },
        taints: [],
      });
      const changed = await nodes.get('changed');
      expect(changed?.labels).toMatchObject({ role: 'worker' });
      expect(changed?.labels).not.toHaveProperty('old');
      expect(changed?.annotations).toMatchObject({ owner: 'me' });
      expect(changed?.taints.map(({ key }) => key)).not.toContain('tender.sh/joining');
      await expect(nodes.change(read, { labels: { role: 'other' } })).rejects.toBeInstanceOf(NodeChanged);
      await nodes.delete('changed');
      await nodes.delete('changed');
      expect(await nodes.get('changed')).toBeUndefined();
      await expect(nodes.change(read, { labels: { role: 'other' } })).rejects.toBeInstanceOf(NodeVanished);
    });

    it('lists the pods of a node', async () => {
      expect(await kubernetesPods(connection).onNode('nobody')).toEqual([]);
    });

    it('writes a bootstrap token that its policy allows, never over another, and deletes it', async () => {
      const tokens = kubernetesBootstrapTokens(connection);
      const token = {
        id: 'tender',
        secret: '0123456789abcdef',
        description: 'i-0abc joins contract',
        expiresAt: new Date(target.now() + 3_600_000).toISOString(),
        group: 'system:bootstrappers:tender',
      };
      expect(await tokens.create(token)).toBe('created');
      expect(await tokens.create(token)).toBe('exists');
      await tokens.delete('tender');
      await tokens.delete('tender');
      // The server hears a moment later that it is gone, and honours for ten seconds whom it let in until then.
      await eventually(target, async () => {
        const answer = await target.send(bearer('tender.0123456789abcdef'), 'GET', '/api/v1/nodes/absent');
        expect(answer.status).toBe(401);
      });
    });

    it('finds a certificate request, approves it once, and then finds it no more', async () => {
      const requests = kubernetesCertificateRequests(connection);
      const request = await certificateRequest({ commonName: 'system:node:csr', organizations: ['system:nodes'] });
      const made = await target.send(
        kubelet('csr'),
        'POST',
        '/apis/certificates.k8s.io/v1/certificatesigningrequests',
        {
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          metadata: { name: 'csr' },
          spec: {
            request: Buffer.from(request).toString('base64'),
            signerName: 'kubernetes.io/kubelet-serving',
            usages: ['digital signature', 'server auth'],
          },
        },
      );
      expect(made.body.message).toBeUndefined();
      const pending = (await requests.pending()).find(({ name }) => name === 'csr');
      expect(pending).toMatchObject({
        username: 'system:node:csr',
        signerName: 'kubernetes.io/kubelet-serving',
        request,
      });
      const decisions = async () =>
        (await requests.askedBy(['system:node:csr'])).map(({ name, decision }) => [name, decision]);
      expect(await decisions()).toEqual([['csr', undefined]]);
      await requests.approve('csr', 'i-0abc renews');
      await requests.approve('csr', 'i-0abc renews');
      expect(await decisions()).toEqual([['csr', 'approved']]);
      expect(await requests.askedBy(['system:node:cs', 'system:node:csr2'])).toEqual([]);
      expect((await requests.pending()).some(({ name }) => name === 'csr')).toBe(false);
    });

    it('finds who would approve the certificates of which group by itself', async () => {
      const bindings = await kubernetesAutoApproveBindings(connection).list();
      const kubeadm = bindings.find(({ binding }) => binding === 'kubeadm:node-autoapprove-bootstrap');
      expect(kubeadm?.groups).toEqual(['Group system:bootstrappers:kubeadm:default-node-token']);
      expect(bindings.find(({ clusterRole }) => clusterRole === 'cluster-admin')?.groups).toContain(
        'Group system:masters',
      );
    });
  });
}

/** Changes the node as it was read; reads it again, as the steps do, where a controller of the cluster wrote it in between. */
async function changedAsRead(nodes: Nodes, name: string, change: NodeChange): Promise<Node> {
  for (let attempt = 1; ; attempt += 1) {
    const read = await nodes.get(name);
    if (!read) throw new Error('the node is not there');
    try {
      await nodes.change(read, change);
      return read;
    } catch (error) {
      if (!(error instanceof NodeChanged) || attempt === 5) throw error;
    }
  }
}
