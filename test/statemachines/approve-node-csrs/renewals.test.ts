import { describe, expect, it } from 'vitest';
import type { CertificateSigningRequest } from '../../../simulator/kubernetes/api/objects.ts';
import { newCertificateRequest, newKeyPair } from '../../../simulator/kubernetes/pki/certificates.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { callKubernetes, certificateRequestObject, rehearse } from '../../support/scenarios/scenario.ts';

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
/** The schedule is due every ten minutes. */
const ONE_PASS_MS = 11 * 60_000;

interface Renewal {
  readonly name: string;
  readonly nodeName: string;
  readonly addresses: readonly string[];
}

/** A kubelet asks for its next serving certificate, with the client certificate of its node. */
async function renew(scenario: FaultScenario, { name, nodeName, addresses }: Renewal): Promise<void> {
  const { certificate } = scenario.cluster.kubernetes.nodeCertificate(nodeName);
  const subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
  const pem = newCertificateRequest(newKeyPair(), subject, [nodeName], addresses);
  const body = certificateRequestObject(name, pem, 'kubernetes.io/kubelet-serving', 'server auth');
  await callKubernetes(scenario, { certificate }, (api) => api.create(CSRS, body));
}

/** `approved`, `denied: <why>` or `pending`. */
function decisionOn({ cluster }: FaultScenario, name: string): string {
  const csr = cluster.kubernetes.store.get<CertificateSigningRequest>(
    'certificatesigningrequests.certificates.k8s.io',
    name,
  );
  const denied = csr.status?.conditions?.find(({ type }) => type === 'Denied');
  if (denied) return `denied: ${denied.message ?? ''}`;
  return csr.status?.conditions?.some(({ type }) => type === 'Approved') ? 'approved' : 'pending';
}

async function nodeInService(
  options: Parameters<typeof rehearse>[0] = {},
): Promise<{ scenario: FaultScenario; nodeName: string; address: string }> {
  const scenario = await rehearse(options);
  const instanceId = await scenario.launch();
  await scenario.comesToRest();
  const instance = scenario.cloud.fleet.instances.all.get(instanceId);
  return { scenario, nodeName: instance?.privateDnsName ?? '', address: instance?.privateIpAddress ?? '' };
}

describe('the renewal of a serving certificate', () => {
  it('is approved for a node in service by the next pass of the schedule', async () => {
    const { scenario, nodeName, address } = await nodeInService();
    await renew(scenario, { name: 'renewal', nodeName, addresses: [address] });
    await scenario.world.advance(ONE_PASS_MS);

    expect(decisionOn(scenario, 'renewal')).toBe('approved');
    expect(new Set(scenario.outcomes('approve-node-csrs'))).toEqual(new Set(['SUCCEEDED']));
    expect(scenario.output('approve-node-csrs', 0)).toMatchObject({ denied: [] });
  });

  it('for an address of somebody else is denied, and the next one is judged all the same', async () => {
    const { scenario, nodeName, address } = await nodeInService();
    await renew(scenario, { name: 'a-greedy', nodeName, addresses: [address, '10.0.0.1'] });
    await renew(scenario, { name: 'b-honest', nodeName, addresses: [address] });
    await scenario.world.advance(ONE_PASS_MS);

    expect(decisionOn(scenario, 'a-greedy')).toBe("denied: Tender: IP address 10.0.0.1 is not the instance's");
    expect(decisionOn(scenario, 'b-honest')).toBe('approved');
  });

  it('of a node of no group of ours is left alone', async () => {
    const { scenario } = await nodeInService();
    await renew(scenario, { name: 'foreign', nodeName: 'ip-10-9-9-9.ec2.internal', addresses: ['10.9.9.9'] });
    await scenario.world.advance(ONE_PASS_MS);

    expect(decisionOn(scenario, 'foreign')).toBe('pending');
    expect(scenario.outcomes('approve-node-csrs').length).toBeGreaterThan(0);
    expect(scenario.output('approve-node-csrs')).toMatchObject({ approved: [], denied: [], leftAlone: 1 });
  });

  it('of an EKS cluster is left to EKS, also when somebody starts a pass by hand', async () => {
    const { scenario, nodeName, address } = await nodeInService({ selfJoining: true, entry: { kind: 'eks' } });
    await renew(scenario, { name: 'renewal', nodeName, addresses: [address] });
    await scenario.world.advance(ONE_PASS_MS);
    expect(scenario.outcomes('approve-node-csrs')).toEqual([]);

    scenario.deployment.start('ApproveNodeCsrsMachine', { cluster: 'demo' });
    await scenario.world.advance(60_000);
    expect(scenario.outcomes('approve-node-csrs')).toEqual(['SUCCEEDED']);
    expect(scenario.output('approve-node-csrs')).toEqual({ approved: [], denied: [], leftAlone: 0 });
    expect(decisionOn(scenario, 'renewal')).toBe('pending');
  });

  it('that nobody can judge, because the API server is away, fails with a way out', async () => {
    const { scenario } = await nodeInService();
    const passes = scenario.outcomes('approve-node-csrs').length;
    scenario.cluster.kubernetes.down('refused');
    await scenario.world.advance(2 * ONE_PASS_MS);

    expect(scenario.outcomes('approve-node-csrs')[passes]).toBe('FAILED NotApproved');
    expect(scenario.cause('approve-node-csrs', passes)).toContain('ClusterUnreachable');
    expect(scenario.cause('approve-node-csrs', passes)).toContain('docs/runbooks/not-approved.md');
  });
});
