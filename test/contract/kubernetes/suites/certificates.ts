import { beforeAll, describe, expect, it } from 'vitest';
import { certificateRequest, describeCertificate } from '../../../../rehearsal/processes/certificate-authority.ts';
import { bootstrapToken } from '../../../support/kubernetes/bootstrap-token.ts';
import type {
  ContractTarget,
  Identity,
  KubernetesAnswer,
  KubernetesObject,
} from '../../../support/kubernetes/contract-target.ts';
import { eventually } from '../../../support/kubernetes/eventually.ts';
import { expectStatus } from '../../../support/kubernetes/expect-status.ts';
import { FakeKubelet } from '../../../support/kubernetes/fake-kubelet.ts';
import { administrator, bearer, kubelet, observer, tender } from '../../../support/kubernetes/identities.ts';
import { kubeadmGroup } from '../../../support/kubernetes/prepare-cluster.ts';

const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const clientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
const servingSigner = 'kubernetes.io/kubelet-serving';

/** Certificate requests of nodes: who asks, who approves, who signs. */
export function describeCertificates(target: () => ContractTarget): void {
  let tenderNode: Identity;
  let kubeadmNode: Identity;
  let tenderTokenId: string;

  beforeAll(async () => {
    const ours = bootstrapToken(target().now() + 3_600_000);
    const theirs = bootstrapToken(target().now() + 3_600_000, { 'auth-extra-groups': kubeadmGroup() });
    await target().send(tender, 'POST', '/api/v1/namespaces/kube-system/secrets', ours.secret);
    await target().send(administrator, 'POST', '/api/v1/namespaces/kube-system/secrets', theirs.secret);
    tenderNode = bearer(ours.token);
    kubeadmNode = bearer(theirs.token);
    tenderTokenId = ours.token.slice(0, 6);
    for (const node of [tenderNode, kubeadmNode]) {
      await eventually(target(), async () => expect((await target().send(node, 'GET', requests)).status).toBe(200));
    }
  });

  async function ask(who: Identity, signerName: string, pem: string, usage: string): Promise<KubernetesAnswer> {
    return target().send(who, 'POST', requests, {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { generateName: 'csr-' },
      spec: { request: Buffer.from(pem).toString('base64'), signerName, usages: ['digital signature', usage] },
    });
  }

  const clientRequest = async (who: Identity, node: string) =>
    ask(
      who,
      clientSigner,
      await certificateRequest({ commonName: `system:node:${node}`, organizations: ['system:nodes'] }),
      'client auth',
    );

  const servingRequest = async (node: string) =>
    ask(
      kubelet(node),
      servingSigner,
      await certificateRequest({
        commonName: `system:node:${node}`,
        organizations: ['system:nodes'],
        dnsNames: [node],
        ipAddresses: ['10.0.1.23'],
      }),
      'server auth',
    );

  async function read(name: string): Promise<KubernetesObject> {
    const answer = await target().send(tender, 'GET', `${requests}/${name}`);
    expect(answer.status).toBe(200);
    return answer.body;
  }

  async function judge(who: Identity, name: string, type: 'Approved' | 'Denied'): Promise<KubernetesAnswer> {
    const request = await read(name);
    const condition = { type, status: 'True', reason: 'TenderJudged', message: 'token, instance and name agree' };
    const conditions = [...(request.status.conditions ?? []), condition];
    return target().send(who, 'PUT', `${requests}/${name}/approval`, {
      ...request,
      status: { ...request.status, conditions },
    });
  }

  const certificateOf = (name: string) =>
    eventually(target(), async () => {
      const { certificate } = (await read(name)).status;
      expect(certificate).toEqual(expect.any(String));
      return describeCertificate(Buffer.from(certificate, 'base64').toString());
    });

  describe('a joining node', () => {
    it('asks with its token, and the server writes down whose token it was', async () => {
      const answer = await clientRequest(tenderNode, 'csr-asks');
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        kind: 'CertificateSigningRequest',
        spec: {
          signerName: clientSigner,
          username: `system:bootstrap:${tenderTokenId}`,
          groups: ['system:bootstrappers', 'system:bootstrappers:tender', 'system:authenticated'],
        },
      });
      expect(answer.body.status).toEqual({});
    });

    it('cannot claim to be somebody else in its request', async () => {
      const pem = await certificateRequest({ commonName: 'system:node:csr-claims', organizations: ['system:nodes'] });
      const spec = {
        request: Buffer.from(pem).toString('base64'),
        signerName: clientSigner,
        usages: ['client auth'],
        username: 'admin',
        groups: ['system:masters'],
      };
      const answer = await target().send(tenderNode, 'POST', requests, {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'csr-claims' },
        spec,
      });
      expect(answer.body.spec.username).toBe(`system:bootstrap:${tenderTokenId}`);
      expect(answer.body.spec.groups).not.toContain('system:masters');
    });

    it('approves nothing, not even its own request', async () => {
      const { body } = await clientRequest(tenderNode, 'csr-self');
      expectStatus(await judge(tenderNode, body.metadata.name, 'Approved'), {
        code: 403,
        reason: 'Forbidden',
        message: `certificatesigningrequests.certificates.k8s.io "${body.metadata.name}" is forbidden: User "system:bootstrap:${tenderTokenId}" cannot update resource "certificatesigningrequests/approval" in API group "certificates.k8s.io" at the cluster scope`,
        details: { name: body.metadata.name, group: 'certificates.k8s.io', kind: 'certificatesigningrequests' },
      });
    });

    it('is told by a watch when its certificate is there', async ({ skip }) => {
      skip(!target().hasControllers, 'certificates are signed by the controller-manager');
      const { metadata } = (await clientRequest(tenderNode, 'csr-watch')).body;
      const query = `watch=true&fieldSelector=metadata.name%3D${metadata.name}&resourceVersion=${metadata.resourceVersion}`;
      const watch = await target().watch(tenderNode, `${requests}?${query}`);
      await judge(tender, metadata.name, 'Approved');
      await certificateOf(metadata.name);
      const types = (object: KubernetesObject | undefined) =>
        object?.status.conditions?.map(({ type }: KubernetesObject) => type);
      expect(types((await watch.next())?.object)).toEqual(['Approved']);
      expect((await watch.next())?.object.status.certificate).toEqual(expect.any(String));
      watch.close();
    });
  });

  describe('approval', () => {
    it('comes by itself for the group of kubeadm tokens: any node name, nobody looks', async ({ skip }) => {
      skip(!target().hasControllers, 'the approver is a controller');
      const { body } = await clientRequest(kubeadmNode, 'csr-any-name');
      await eventually(target(), async () => {
        expect((await read(body.metadata.name)).status.conditions).toEqual([
          expect.objectContaining({
            type: 'Approved',
            status: 'True',
            reason: 'AutoApproved',
            message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
          }),
        ]);
      });
    });

    it('never comes by itself for the group of Tender tokens', async () => {
      const { body } = await clientRequest(tenderNode, 'csr-patient');
      await target().pass(1_500);
      expect((await read(body.metadata.name)).status).toEqual({});
    });

    it('by Tender leads to a certificate that is the node and nothing more', async ({ skip }) => {
      skip(!target().hasControllers, 'certificates are signed by the controller-manager');
      const { body } = await clientRequest(tenderNode, 'csr-approved');
      const approved = await judge(tender, body.metadata.name, 'Approved');
      expect(approved.status).toBe(200);
      expect(approved.body.status.conditions).toEqual([
        expect.objectContaining({
          type: 'Approved',
          status: 'True',
          reason: 'TenderJudged',
          message: 'token, instance and name agree',
        }),
      ]);
      expect(approved.body.status.conditions[0].lastUpdateTime).toMatch(/Z$/);
      const certificate = await certificateOf(body.metadata.name);
      expect(certificate.subject).toBe('O=system:nodes, CN=system:node:csr-approved');
    });

    it('by Tender of a serving request keeps the names that were judged', async ({ skip }) => {
      skip(!target().hasControllers, 'certificates are signed by the controller-manager');
      await new FakeKubelet(target(), 'csr-serving').register();
      const { body } = await servingRequest('csr-serving');
      expect(body.spec).toMatchObject({
        username: 'system:node:csr-serving',
        groups: ['system:nodes', 'system:authenticated'],
      });
      await target().pass(1_000);
      expect((await read(body.metadata.name)).status).toEqual({});
      expect((await judge(tender, body.metadata.name, 'Approved')).status).toBe(200);
      const certificate = await certificateOf(body.metadata.name);
      expect(certificate.names).toEqual(['csr-serving', '10.0.1.23']);
    });

    it('is refused to Tender for a signer that could make an administrator', async () => {
      const pem = await certificateRequest({ commonName: 'somebody', organizations: ['developers'] });
      const { body } = await ask(administrator, 'kubernetes.io/kube-apiserver-client', pem, 'client auth');
      expectStatus(await judge(tender, body.metadata.name, 'Approved'), {
        code: 403,
        reason: 'Forbidden',
        message: `certificatesigningrequests.certificates.k8s.io "${body.metadata.name}" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"`,
        details: { name: body.metadata.name, group: 'certificates.k8s.io', kind: 'certificatesigningrequests' },
      });
    });

    it('is refused to those who may only look', async () => {
      const { body } = await clientRequest(tenderNode, 'csr-observed');
      expect((await judge(observer, body.metadata.name, 'Approved')).status).toBe(403);
    });

    it('of an old version of the request is a conflict', async () => {
      const { body } = await clientRequest(tenderNode, 'csr-conflict');
      expect((await judge(tender, body.metadata.name, 'Denied')).status).toBe(200);
      const condition = { type: 'Denied', status: 'True', reason: 'Again', message: 'again' };
      const stale = await target().send(tender, 'PUT', `${requests}/${body.metadata.name}/approval`, {
        ...body,
        status: { conditions: [condition] },
      });
      expectStatus(stale, {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on certificatesigningrequests.certificates.k8s.io "${body.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
        details: { name: body.metadata.name, group: 'certificates.k8s.io', kind: 'certificatesigningrequests' },
      });
    });

    it('cannot follow a denial', async () => {
      const { body } = await clientRequest(tenderNode, 'csr-denied');
      expect((await judge(tender, body.metadata.name, 'Denied')).body.status.conditions).toEqual([
        expect.objectContaining({ type: 'Denied' }),
      ]);
      const answer = await judge(tender, body.metadata.name, 'Approved');
      expect(answer.body).toMatchObject({
        code: 422,
        reason: 'Invalid',
        message: expect.stringContaining('Approved and Denied conditions are mutually exclusive'),
      });
    });
  });

  describe('a request that nobody should sign', () => {
    it('is refused when it asks for system:masters', async () => {
      const pem = await certificateRequest({ commonName: 'me', organizations: ['system:masters'] });
      const answer = await target().send(tenderNode, 'POST', requests, {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'csr-masters' },
        spec: {
          request: Buffer.from(pem).toString('base64'),
          signerName: 'kubernetes.io/kube-apiserver-client',
          usages: ['client auth'],
        },
      });
      expectStatus(answer, {
        code: 403,
        reason: 'Forbidden',
        message:
          'certificatesigningrequests.certificates.k8s.io "csr-masters" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
        details: { name: 'csr-masters', group: 'certificates.k8s.io', kind: 'certificatesigningrequests' },
      });
    });

    it('is refused when it is no certificate request', async () => {
      const answer = await ask(tenderNode, clientSigner, 'not a PEM', 'client auth');
      expect(answer.body).toMatchObject({
        code: 422,
        reason: 'Invalid',
        message: expect.stringContaining('PEM block type must be CERTIFICATE REQUEST'),
      });
    });

    it('is refused when a node asks for another node', async () => {
      const pem = await certificateRequest({
        commonName: 'system:node:csr-victim',
        organizations: ['system:nodes'],
        dnsNames: ['csr-victim'],
      });
      const answer = await target().send(kubelet('csr-thief'), 'POST', requests, {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'csr-theft' },
        spec: {
          request: Buffer.from(pem).toString('base64'),
          signerName: servingSigner,
          usages: ['digital signature', 'server auth'],
        },
      });
      expectStatus(answer, {
        code: 403,
        reason: 'Forbidden',
        message:
          'certificatesigningrequests.certificates.k8s.io "csr-theft" is forbidden: can only create a node CSR with CN=system:node:csr-thief',
        details: { name: 'csr-theft', group: 'certificates.k8s.io', kind: 'certificatesigningrequests' },
      });
    });

    it('fails at the signer when it was approved and is no node', async ({ skip }) => {
      skip(!target().hasControllers, 'certificates are signed by the controller-manager');
      const pem = await certificateRequest({ commonName: 'system:node:csr-group', organizations: ['developers'] });
      const { body } = await ask(tenderNode, clientSigner, pem, 'client auth');
      await judge(tender, body.metadata.name, 'Approved');
      await eventually(target(), async () => {
        expect((await read(body.metadata.name)).status.conditions?.[1]).toMatchObject({
          type: 'Failed',
          status: 'True',
          reason: 'SignerValidationFailure',
          message: 'subject organization is not system:nodes',
        });
      });
      expect((await read(body.metadata.name)).status.certificate).toBeUndefined();
    });
  });
}
