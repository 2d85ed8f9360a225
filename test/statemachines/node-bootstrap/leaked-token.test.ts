import { describe, expect, it } from 'vitest';
import type { CertificateSigningRequest } from '../../../simulator/kubernetes/api/objects.ts';
import { newCertificateRequest, newKeyPair } from '../../../simulator/kubernetes/pki/certificates.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import {
  callKubernetes,
  certificateRequestObject,
  hookAnswers,
  leakedToken,
  rehearse,
} from '../../support/scenarios/scenario.ts';

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';

/** A second machine shows the token and asks to be this node. */
function impostorAsks(scenario: FaultScenario, token: string, nodeName: string): Promise<CertificateSigningRequest> {
  const subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
  const pem = newCertificateRequest(newKeyPair(), subject);
  const body = certificateRequestObject('impostor', pem, CLIENT_SIGNER, 'client auth');
  return callKubernetes(scenario, { token }, (api) => api.create<CertificateSigningRequest>(CSRS, body));
}

function dnsNameOf({ cloud }: FaultScenario, instanceId: string): string {
  return cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '';
}

function certificatesIssued(scenario: FaultScenario): number {
  return scenario.events('CertificateIssued').length;
}

/** Both machines have asked before Tender looks: nobody can tell which is the thief. */
function expectBothRefused(scenario: FaultScenario, instanceId: string): void {
  expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
  expect(hookAnswers(scenario)).toEqual([`ABANDON ${instanceId}`]);
  expect(scenario.cause()).toContain('one token was used with different keys, so more than one machine has it');
  expect(scenario.cause()).toContain('treat the instance as compromised');
  expect(certificatesIssued(scenario)).toBe(0);
  expect(scenario.cluster.kubernetes.store.list('nodes')).toEqual([]);
  expect(scenario.leftovers()).toEqual([]);
}

describe('a bootstrap token that somebody else has, too', () => {
  it('and uses just before the instance gives neither of the two a certificate', async () => {
    const startsAt = new Date('2026-03-02T09:00:00Z');
    const quiet = await rehearse({ cloud: { startsAt } });
    await quiet.launchOnce();
    await quiet.world.until('its kubelet asks', () => quiet.events('CsrCreated').length > 0, 600_000);

    // The same seed, so the instance asks at the same moment.
    const scenario = await rehearse({ cloud: { startsAt } });
    const instanceId = await scenario.launchOnce();
    const token = await leakedToken(scenario, instanceId);
    await scenario.world.advance(quiet.world.now() - 200 - scenario.world.now());
    await impostorAsks(scenario, token, dnsNameOf(scenario, instanceId));
    await scenario.comesToRest();
    expect(scenario.events('CsrCreated').map(({ details }) => details.csr === 'impostor')).toEqual([true, false]);
    expectBothRefused(scenario, instanceId);
  });

  it('and uses long before the instance makes that one give up and go: it never serves beside the thief', async () => {
    const scenario = await rehearse({ entry: { join: { timeoutSeconds: 180 } } });
    const instanceId = await scenario.launchOnce();
    const token = await leakedToken(scenario, instanceId);
    await impostorAsks(scenario, token, dnsNameOf(scenario, instanceId));
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${instanceId}`]);
    expect(certificatesIssued(scenario), 'one token, one certificate').toBe(1);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('and uses right after the instance gives neither of the two a certificate', async () => {
    const scenario = await rehearse();
    const instanceId = await scenario.launchOnce();
    const token = await leakedToken(scenario, instanceId);
    await scenario.world.until('its kubelet asks', () => scenario.events('CsrCreated').length > 0, 600_000);
    await impostorAsks(scenario, token, dnsNameOf(scenario, instanceId));
    await scenario.comesToRest();
    expectBothRefused(scenario, instanceId);
  });

  it('and uses for the name of another node is taken from both', async () => {
    const scenario = await rehearse();
    const instanceId = await scenario.launchOnce();
    const token = await leakedToken(scenario, instanceId);
    await impostorAsks(scenario, token, 'ip-10-0-0-99.ec2.internal');
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(scenario.cause()).toContain('JoinRefused');
    expect(certificatesIssued(scenario)).toBe(0);
    expect(scenario.leftovers()).toEqual([]);
  });

  it('is worth nothing once the instance has used it', async () => {
    const scenario = await rehearse();
    const instanceId = await scenario.launchOnce();
    const token = await leakedToken(scenario, instanceId);
    const before = await callKubernetes(scenario, { token }, (api) =>
      api.get('/api/v1/namespaces/kube-system/configmaps/kubeadm-config'),
    );
    expect(before.kind).toBe('ConfigMap');
    await scenario.world.until('its certificate is approved', () => scenario.events('CsrApproved').length > 0, 600_000);
    await scenario.world.advance(1_000);

    await expect(impostorAsks(scenario, token, dnsNameOf(scenario, instanceId))).rejects.toMatchObject({ code: 401 });
    await scenario.comesToRest();
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
  });
});
