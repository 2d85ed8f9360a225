import { describe, expect, it } from 'vitest';
import { failingInstances } from '../../../rehearsal/demo-cluster.ts';
import type { CertificateSigningRequest } from '../../../simulator/kubernetes/api/objects.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { hookAnswers, rehearse } from '../../support/scenarios/scenario.ts';

function requests({ cluster }: FaultScenario, condition: 'Approved' | 'Denied'): CertificateSigningRequest[] {
  return cluster.kubernetes.store
    .list<CertificateSigningRequest>('certificatesigningrequests.certificates.k8s.io')
    .filter(({ status }) => status?.conditions?.some(({ type }) => type === condition));
}

function reasons(csrs: readonly CertificateSigningRequest[]): string[] {
  return csrs.map(({ status }) => status?.conditions?.map(({ message }) => message).join() ?? '');
}

describe('a certificate request', () => {
  it('for an address that is not the instance’s is denied with that reason, and the node joins without it', async () => {
    const scenario = await rehearse({ node: { failures: () => ({ name: 'csr-with-foreign-ip' }) } });
    const instanceId = await scenario.launch();
    await scenario.comesToRest();

    const denied = requests(scenario, 'Denied');
    expect(denied.length).toBeGreaterThan(0);
    for (const reason of reasons(denied)) expect(reason).toBe("Tender: IP address 10.99.99.99 is not the instance's");
    for (const { spec, status } of denied) {
      expect(spec.signerName).toBe('kubernetes.io/kubelet-serving');
      expect(status).not.toHaveProperty('certificate');
    }
    expect(requests(scenario, 'Approved').map(({ spec }) => spec.signerName)).toEqual([
      'kubernetes.io/kube-apiserver-client-kubelet',
    ]);
    expect(scenario.outcomes()).toEqual(['SUCCEEDED']);
    expect(scenario.isHealthyNode(instanceId)).toBe(true);
    expect(JSON.stringify(scenario.output('node-bootstrap').refusedCsrs)).toContain('10.99.99.99');
    expect(scenario.leftovers()).toEqual([]);
  });

  it('for the name of another node ends the join: denied, revoked, abandoned', async () => {
    const scenario = await rehearse({
      node: { failures: failingInstances((ordinal) => (ordinal === 1 ? { name: 'csr-for-another-node' } : undefined)) },
    });
    const instanceId = await scenario.launchOnce();
    await scenario.comesToRest();

    expect(scenario.outcomes()).toEqual(['FAILED NodeNotBootstrapped']);
    expect(hookAnswers(scenario)).toEqual([`ABANDON ${instanceId}`]);
    expect(scenario.cause()).toContain(`JoinRefused: Tender refused the join of ${instanceId}`);
    expect(scenario.cause()).toContain('common name system:node:somebody-else is not system:node:ip-');
    expect(reasons(requests(scenario, 'Denied'))).toEqual([
      expect.stringContaining('common name system:node:somebody-else'),
    ]);
    expect(requests(scenario, 'Approved')).toEqual([]);
    expect(scenario.cluster.kubernetes.store.list('nodes')).toEqual([]);
    expect(scenario.leftovers()).toEqual([]);
  });
});
