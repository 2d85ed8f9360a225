import { describe, expect, it } from 'vitest';
import {
  type CertificateSigningRequest,
  type ClusterNode,
  conditionOf,
} from '../../../../simulator/kubernetes/api/objects.ts';
import { KUBEADM_TOKEN_GROUP } from '../../../../simulator/kubernetes/auth/bootstrap-policy.ts';
import { kubeadmNode } from '../../../../simulator/kubernetes/node/kubeadm-node.ts';
import { FAILURE_TAG } from '../../../../simulator/kubernetes/node/node-failures.ts';
import { parseCertificateRequest } from '../../../../simulator/kubernetes/pki/certificates.ts';
import { joinConfiguration, TestMachine, testCluster } from './test-cluster.ts';

const CSRS = 'certificatesigningrequests.certificates.k8s.io';

function prepared(group = KUBEADM_TOKEN_GROUP) {
  const context = testCluster();
  const { cluster, world } = context;
  cluster.seed.kubeadm();
  cluster.seed.networkPlugin();
  const machine = new TestMachine(cluster, 7);
  const token = cluster.seed.bootstrapToken({ id: 'abcdef', secret: '0123456789abcdef', groups: [group] });
  machine.parameters.set(`/tender/join/${machine.instanceId}`, joinConfiguration(cluster, token));
  const program = kubeadmNode({ heartbeatsOf: () => cluster.heartbeats });
  const requests = () => cluster.store.list<CertificateSigningRequest>(CSRS);
  const theNode = () => cluster.store.find<ClusterNode>('nodes', machine.privateDnsName);
  return { ...context, cluster, world, machine, program, token, requests, theNode };
}

function isReady(node: ClusterNode | undefined): boolean {
  return node !== undefined && conditionOf(node, 'Ready')?.status === 'True';
}

describe('a machine that joins with kubeadm', () => {
  it('waits for its parameter, joins with the token, and is Ready once the network plugin runs on it', async () => {
    const { machine, program, world, theNode } = prepared();
    const value = machine.parameters.get(`/tender/join/${machine.instanceId}`) ?? '';
    machine.parameters.clear();
    program.start(machine);
    await world.advance(60_000);
    expect(theNode()).toBeUndefined();

    machine.parameters.set(`/tender/join/${machine.instanceId}`, value);
    await world.until('the node is Ready', () => isReady(theNode()), 120_000);

    const node = theNode();
    expect(node?.metadata.labels).toMatchObject({ pool: 'blue', 'kubernetes.io/hostname': machine.privateDnsName });
    expect(node?.spec.providerID).toBe('aws:///us-east-1a/i-1');
    expect(node?.spec.taints?.map(({ key }) => key)).toContain('example.com/joining');
    expect(machine.answers(10256)).toBe(true);
  });

  it('leaves its serving request for somebody else to approve', async () => {
    const { machine, program, world, requests, theNode } = prepared();
    program.start(machine);
    await world.until('the node is Ready', () => isReady(theNode()), 120_000);
    await world.advance(60_000);

    const serving = requests().find(({ spec }) => spec.signerName === 'kubernetes.io/kubelet-serving');
    expect(serving?.spec.username).toBe(`system:node:${machine.privateDnsName}`);
    expect(serving?.status?.conditions).toBeUndefined();
  });

  it('waits for an approver when its token is in a group that nothing auto-approves', async () => {
    const group = 'system:bootstrappers:tender';
    const { machine, program, world, cluster, requests, theNode } = prepared(group);
    for (const [binding, role] of [
      ['a', 'system:node-bootstrapper'],
      ['b', 'kubeadm:get-nodes'],
    ]) {
      cluster.seed.object('clusterrolebindings.rbac.authorization.k8s.io', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: `tender-${binding}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'Group', name: group }],
      } as never);
    }
    for (const role of ['kubeadm:kubelet-config', 'kubeadm:nodes-kubeadm-config']) {
      cluster.seed.object('rolebindings.rbac.authorization.k8s.io', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: `tender-${role}`, namespace: 'kube-system' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
        subjects: [{ kind: 'Group', name: group }],
      } as never);
    }
    program.start(machine);
    await world.advance(90_000);

    expect(requests().map(({ spec, status }) => [spec.username, status?.conditions])).toEqual([
      ['system:bootstrap:abcdef', undefined],
    ]);
    expect(theNode()).toBeUndefined();
  });

  it.each([
    ['wrong-ca-hash', /none of the public keys/],
    ['never-boots-kubelet', /status=1\/FAILURE/],
    ['no-join-parameter-access', /AccessDeniedException/],
  ])('says why it never joins when it fails by %s', async (failure, words) => {
    const { machine, program, world, theNode } = prepared();
    machine.tagged = { [FAILURE_TAG]: failure };
    program.start(machine);
    await world.advance(600_000);

    expect(theNode()).toBeUndefined();
    expect(machine.lines.join('\n')).toMatch(words);
  });

  it('asks for a serving certificate with an address that is not its own when it fails so', async () => {
    const { machine, program, world, requests } = prepared();
    machine.tagged = { [FAILURE_TAG]: 'csr-with-foreign-ip' };
    program.start(machine);
    await world.until('it asks', () => requests().length === 2, 120_000);
    const serving = requests().find(({ spec }) => spec.signerName === 'kubernetes.io/kubelet-serving');
    const pem = Buffer.from(serving?.spec.request ?? '', 'base64').toString('utf8');
    expect(parseCertificateRequest(pem).ipAddresses).toEqual([machine.privateIpAddress, '10.99.99.99']);
  });

  it("asks for the name of another node when it fails so, and kubeadm's own group is approved all the same", async () => {
    const { machine, program, world, requests } = prepared();
    machine.tagged = { [FAILURE_TAG]: 'csr-for-another-node' };
    program.start(machine);
    await world.until('it asks', () => requests()[0]?.status?.certificate !== undefined, 120_000);
    const pem = Buffer.from(requests()[0]?.spec.request ?? '', 'base64').toString('utf8');
    expect(parseCertificateRequest(pem).subject.commonName).toBe('system:node:somebody-else');
  });

  it('stays NotReady and closed when its network plugin never works', async () => {
    const { machine, program, world, theNode } = prepared();
    machine.tagged = { [FAILURE_TAG]: 'cni-never-ready' };
    program.start(machine);
    await world.advance(300_000);
    expect(isReady(theNode())).toBe(false);
    expect(machine.answers(10256)).toBe(false);
  });

  it('is Ready but answers no load balancer when its port fails', async () => {
    const { machine, program, world, theNode } = prepared();
    machine.tagged = { [FAILURE_TAG]: 'never-healthy-port' };
    program.start(machine);
    await world.until('the node is Ready', () => isReady(theNode()), 120_000);
    expect(machine.answers(10256)).toBe(false);
  });

  it('takes as many seconds longer as its tag says', async () => {
    const { machine, program, world, theNode } = prepared();
    machine.tagged = { [FAILURE_TAG]: 'slow:400' };
    program.start(machine);
    await world.advance(400_000);
    expect(theNode()).toBeUndefined();
    await world.until('the node is Ready', () => isReady(theNode()), 120_000);
  });

  it('is not idle work for the world while it waits for its parameter', async () => {
    const { machine, program, world } = prepared();
    machine.parameters.clear();
    program.start(machine);
    await world.untilIdle(3_600_000);
    expect(machine.journalOf('cloud-init').join('\n')).toContain('waiting for the join configuration');
  });

  it('falls silent after it was Ready when its kubelet dies', async () => {
    const { machine, program, world, cluster, theNode } = prepared();
    machine.tagged = { [FAILURE_TAG]: 'kubelet-dies-after-ready' };
    program.start(machine);
    await world.until('the node is Ready', () => isReady(theNode()), 120_000);
    await world.until(
      'the node is Unknown',
      () => conditionOf(theNode() ?? { status: {} }, 'Ready')?.status === 'Unknown',
      120_000,
    );

    expect(theNode()?.spec.taints?.map(({ key }) => key)).toContain('node.kubernetes.io/unreachable');
    expect(cluster.openWatches).toBe(0);
  });

  it('whose kubelet was stopped is Ready again once systemd starts another one', async () => {
    const { machine, program, world, theNode } = prepared();
    const running = program.start(machine);
    await world.until('the node is Ready', () => isReady(theNode()), 120_000);
    running.unit?.('stop', 'kubelet');
    await world.until('the node is silent', () => !isReady(theNode()), 120_000);
    expect(running.inactiveUnits?.()).toEqual(['kubelet']);
    running.unit?.('restart', 'containerd');
    await world.advance(30_000);
    expect(isReady(theNode())).toBe(false);

    running.unit?.('restart', 'kubelet');
    await world.until('the node is Ready', () => isReady(theNode()), 60_000);

    expect(running.inactiveUnits?.()).toEqual([]);
    await world.advance(180_000);
    expect(isReady(theNode())).toBe(true);
  });

  it('that never got its configuration is not helped by a restart', async () => {
    const { machine, program, world, theNode } = prepared();
    machine.tagged = { [FAILURE_TAG]: 'never-boots-kubelet' };
    const running = program.start(machine);
    await world.advance(60_000);
    running.unit?.('restart', 'kubelet');
    await world.advance(60_000);
    expect(theNode()).toBeUndefined();
    expect(running.inactiveUnits?.()).toEqual(['kubelet']);
  });
});
