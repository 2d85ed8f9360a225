import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type BootstrapToken, bootstrapToken } from '../../../support/kubernetes/bootstrap-token.ts';
import type { ContractTarget } from '../../../support/kubernetes/contract-target.ts';
import { eventually } from '../../../support/kubernetes/eventually.ts';
import { expectStatus } from '../../../support/kubernetes/expect-status.ts';
import { administrator, bearer, tender } from '../../../support/kubernetes/identities.ts';
import { clusterInfo, kubeadmGroup } from '../../../support/kubernetes/prepare-cluster.ts';

const secrets = '/api/v1/namespaces/kube-system/secrets';
const hourMs = 3_600_000;

/** Tokens that let a machine join, and the policy that lets Tender write nothing else. */
export function describeBootstrapTokens(target: () => ContractTarget): void {
  const write = (token: BootstrapToken) => target().send(tender, 'POST', secrets, token.secret);
  const use = (token: string) => target().send(bearer(token), 'GET', '/api/v1/nodes/absent');
  const unauthorized = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };

  /** What the policy says when it refuses to let Tender write or delete this Secret. */
  const refused = (name: string, reason: string) => {
    const message = `ValidatingAdmissionPolicy 'tender-bootstrap-tokens' with binding 'tender-bootstrap-tokens' denied request: ${reason}`;
    return {
      code: 403,
      reason: 'Forbidden',
      message: `secrets "${name}" is forbidden: ${message}`,
      details: { name, kind: 'secrets', causes: [{ message }] },
    };
  };

  describe('a bootstrap token', () => {
    it('is written by Tender and lets its bearer do what joining needs, and no more', async () => {
      const token = bootstrapToken(target().now() + hourMs);
      const written = await write(token);
      expect(written.body.message).toBeUndefined();
      expect(written.status).toBe(201);
      await eventually(target(), async () => expect((await use(token.token)).status).toBe(404));
      const joining = bearer(token.token);
      const config = '/api/v1/namespaces/kube-system/configmaps';
      expect((await target().send(joining, 'GET', `${config}/kubelet-config`)).status).toBe(200);
      expect((await target().send(joining, 'GET', `${config}/kubeadm-config`)).status).toBe(200);
      expectStatus(await target().send(joining, 'GET', '/api/v1/nodes'), {
        code: 403,
        reason: 'Forbidden',
        message: `nodes is forbidden: User "system:bootstrap:${token.token.slice(0, 6)}" cannot list resource "nodes" in API group "" at the cluster scope`,
        details: { kind: 'nodes' },
      });
    });

    it('signs what kubeadm reads about the cluster before it trusts it', async ({ skip }) => {
      skip(!target().hasControllers, 'the signer is a controller');
      const token = bootstrapToken(target().now() + hourMs);
      await write(token);
      const [id = '', secret = ''] = token.token.split('.');
      const signature = await eventually(target(), async () => {
        const path = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
        const { data } = (await target().send(administrator, 'GET', path)).body;
        expect(data[`jws-kubeconfig-${id}`]).toEqual(expect.any(String));
        return String(data[`jws-kubeconfig-${id}`]);
      });
      // A JWS whose content is left out: header, nothing, HMAC of both with the token's secret.
      const [header = '', content, mac] = signature.split('.');
      expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', kid: id });
      expect(content).toBe('');
      const signed = `${header}.${Buffer.from(clusterInfo).toString('base64url')}`;
      expect(mac).toBe(createHmac('sha256', secret).update(signed).digest('base64url'));
    });

    it('that nobody wrote is refused', async () => {
      expectStatus(await use('abcdef.0123456789abcdef'), unauthorized);
    });

    it('with the right id and another secret is refused', async () => {
      const token = bootstrapToken(target().now() + hourMs);
      await write(token);
      await eventually(target(), async () => expect((await use(token.token)).status).toBe(404));
      expectStatus(await use(`${token.token.slice(0, 7)}${'0'.repeat(16)}`), unauthorized);
    });

    it('that has expired is refused', async () => {
      const token = bootstrapToken(target().now() - 60_000);
      await target().send(administrator, 'POST', secrets, token.secret);
      await target().pass(500);
      expectStatus(await use(token.token), unauthorized);
    });

    it('that is not meant for authentication is refused', async () => {
      const token = bootstrapToken(target().now() + hourMs, { 'usage-bootstrap-authentication': undefined });
      await target().send(administrator, 'POST', secrets, token.secret);
      await target().pass(500);
      expectStatus(await use(token.token), unauthorized);
    });

    it('is refused soon after Tender has deleted it', async () => {
      const token = bootstrapToken(target().now() + hourMs);
      await write(token);
      await eventually(target(), async () => expect((await use(token.token)).status).toBe(404));
      const deleted = await target().send(tender, 'DELETE', `${secrets}/${token.secretName}`);
      expect(deleted.body).toMatchObject({ status: 'Success', details: { name: token.secretName, kind: 'secrets' } });
      await eventually(target(), async () => expectStatus(await use(token.token), unauthorized));
    });

    it('is not written twice', async () => {
      const token = bootstrapToken(target().now() + hourMs);
      await write(token);
      expectStatus(await write(token), {
        code: 409,
        reason: 'AlreadyExists',
        message: `secrets "${token.secretName}" already exists`,
        details: { name: token.secretName, kind: 'secrets' },
      });
    });

    it('that is gone already cannot be deleted again', async () => {
      expectStatus(await target().send(tender, 'DELETE', `${secrets}/bootstrap-token-absent`), {
        code: 404,
        reason: 'NotFound',
        message: 'secrets "bootstrap-token-absent" not found',
        details: { name: 'bootstrap-token-absent', kind: 'secrets' },
      });
    });
  });

  describe('the policy', () => {
    const onlyTokens = 'Tender writes and deletes only bootstrap tokens in kube-system';
    const onlyOurGroup =
      'a token of Tender carries the group system:bootstrappers:tender, alone or with system:bootstrappers:tender:control-plane';
    const expires = 'a token of Tender expires, at a time written like 2026-03-02T09:00:00Z';

    it('lets Tender write no Secret of another type', async () => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'bootstrap-token-opaque' },
        type: 'Opaque',
        data: {},
      };
      expectStatus(await target().send(tender, 'POST', secrets, secret), refused('bootstrap-token-opaque', onlyTokens));
    });

    it('lets Tender write no service account token', async () => {
      const metadata = {
        name: 'bootstrap-token-steals',
        annotations: { 'kubernetes.io/service-account.name': 'default' },
      };
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/service-account-token' };
      expectStatus(await target().send(tender, 'POST', secrets, secret), refused('bootstrap-token-steals', onlyTokens));
    });

    it('lets Tender write no token under another name', async () => {
      const { secret } = bootstrapToken(target().now() + hourMs);
      const renamed = { ...secret, metadata: { ...secret.metadata, name: 'harmless' } };
      expectStatus(await target().send(tender, 'POST', secrets, renamed), refused('harmless', onlyTokens));
    });

    it('lets Tender write the token of a control-plane node, and delete it', async () => {
      const groups = 'system:bootstrappers:tender,system:bootstrappers:tender:control-plane';
      const token = bootstrapToken(target().now() + hourMs, { 'auth-extra-groups': groups });
      expect((await write(token)).status).toBe(201);
      expect((await target().send(tender, 'DELETE', `${secrets}/${token.secretName}`)).status).toBe(200);
    });

    it.each([
      kubeadmGroup(),
      'system:bootstrappers:tender,system:bootstrappers:kubeadm:default-node-token',
      'system:bootstrappers:tender:control-plane',
      undefined,
    ])('lets Tender write no token with the groups %s', async (groups) => {
      const token = bootstrapToken(target().now() + hourMs, { 'auth-extra-groups': groups });
      expectStatus(await write(token), refused(token.secretName, onlyOurGroup));
    });

    it.each([
      ['is missing', undefined],
      ['is no time', 'whenever'],
      ['is written in another zone', '2026-03-02T09:00:00+01:00'],
    ])('lets Tender write no token whose expiration %s', async (_, expiration) => {
      const token = bootstrapToken(target().now() + hourMs, { expiration });
      expectStatus(await write(token), refused(token.secretName, expires));
    });

    it('lets Tender write a token for a day, and not for longer', async () => {
      const dayMs = 24 * hourMs;
      const day = bootstrapToken(target().now() + dayMs - 60_000);
      const longer = bootstrapToken(target().now() + dayMs + 60_000);
      expect((await write(day)).status).toBe(201);
      expectStatus(await write(longer), refused(longer.secretName, 'a token of Tender lives for at most 24 hours'));
    });

    it('lets Tender write no token that does not authenticate', async () => {
      const token = bootstrapToken(target().now() + hourMs, { 'usage-bootstrap-authentication': 'false' });
      expectStatus(await write(token), refused(token.secretName, 'a token of Tender authenticates'));
    });

    it('lets Tender hide nothing in a token', async () => {
      const token = bootstrapToken(target().now() + hourMs, { cargo: 'anything' });
      const message = 'a token of Tender holds what a token needs and nothing else';
      expectStatus(await write(token), refused(token.secretName, message));
    });

    it('lets Tender delete no other Secret', async () => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'kubeadm-certs' },
        type: 'Opaque',
        data: {},
      };
      await target().send(administrator, 'POST', secrets, secret);
      expectStatus(
        await target().send(tender, 'DELETE', `${secrets}/kubeadm-certs`),
        refused('kubeadm-certs', onlyTokens),
      );
    });

    it('lets Tender delete no token of kubeadm', async () => {
      const token = bootstrapToken(target().now() + hourMs, { 'auth-extra-groups': kubeadmGroup() });
      await target().send(administrator, 'POST', secrets, token.secret);
      expectStatus(
        await target().send(tender, 'DELETE', `${secrets}/${token.secretName}`),
        refused(token.secretName, onlyOurGroup),
      );
    });

    it('binds nobody else', async () => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'somebody-elses' },
        type: 'Opaque',
        data: {},
      };
      expect((await target().send(administrator, 'POST', secrets, secret)).status).toBe(201);
    });

    it('binds the service account of Tender too', async () => {
      const review = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 3600 },
      };
      const issued = await target().send(
        administrator,
        'POST',
        '/api/v1/namespaces/kube-system/serviceaccounts/tender/token',
        review,
      );
      const account = bearer(issued.body.status.token);
      expect((await target().send(account, 'GET', '/api/v1/nodes?limit=1')).status).toBe(200);
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'bootstrap-token-opaque' },
        type: 'Opaque',
        data: {},
      };
      expectStatus(
        await target().send(account, 'POST', secrets, secret),
        refused('bootstrap-token-opaque', onlyTokens),
      );
    });
  });
}
