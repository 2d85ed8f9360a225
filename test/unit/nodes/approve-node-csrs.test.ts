import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approveNodeCsrs } from '../../../src/nodes/approve-node-csrs.ts';
import type { JoinPolicy, PendingCsr } from '../../../src/nodes/ports.ts';
import { clientCsr, kubeletSubject, servingCsr } from '../../support/nodes/certificate-request-builder.ts';
import { FakeAws } from '../../support/nodes/fake-aws.ts';
import { FakeKubernetes } from '../../support/nodes/fake-kubernetes.ts';
import {
  aMembership,
  anInstance,
  aPolicy,
  groupName,
  instanceId,
  privateDnsName,
} from '../../support/nodes/healthy.ts';
import { type Fuse, interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';

const neighbourName = 'ip-10-0-1-24.ec2.internal';

describe('approveNodeCsrs', () => {
  let aws: FakeAws;
  let kubernetes: FakeKubernetes;
  let own: PendingCsr;
  let foreign: PendingCsr;

  beforeAll(async () => {
    own = await servingCsr();
    const names = [{ type: 'ip', value: '10.0.1.99' }] as const;
    foreign = await servingCsr({ names }, { name: 'foreign' });
  });
  beforeEach(() => prepare());

  function prepare(...csrs: PendingCsr[]) {
    aws = new FakeAws(anInstance(), aMembership({ lifecycleState: 'InService' }));
    kubernetes = new FakeKubernetes();
    kubernetes.state.csrs = csrs;
  }
  const pass = (changes: Partial<JoinPolicy> = {}, fuse: Fuse = { calls: 0, killAt: 0, moment: 'before' }) =>
    approveNodeCsrs(
      {
        groups: interruptible(aws.groups, fuse),
        instances: interruptible(aws.instances, fuse),
        csrs: interruptible(kubernetes.csrs, fuse),
      },
      aPolicy(changes),
    );

  it('approves the serving certificate of a node in service', async () => {
    prepare(own);
    expect(await pass()).toEqual({ approved: [own.name], denied: [], leftAlone: 0 });
    expect(kubernetes.decisionOn(own.name)).toBe('approved');
  });

  it.each([
    ['Pending:Wait', 'approved'],
    ['InService', 'approved'],
    ['Pending', undefined],
    ['Pending:Proceed', undefined],
    ['Warmed:Pending:Wait', undefined],
    ['Warmed:Stopped', undefined],
    ['Standby', undefined],
    ['Detaching', undefined],
    ['Terminating:Wait', undefined],
    ['Terminated', undefined],
  ] as const)('of an instance that is %s: %s', async (lifecycleState, decision) => {
    prepare(own);
    aws.with(anInstance(), aMembership({ lifecycleState }));
    await pass();
    expect(kubernetes.decisionOn(own.name)).toBe(decision);
  });

  it('denies a name or an address that is not the instance’s, and says why', async () => {
    prepare(foreign);
    const reasons = ["IP address 10.0.1.99 is not the instance's"];
    expect(await pass()).toEqual({ approved: [], denied: [{ csr: 'foreign', reasons }], leftAlone: 0 });
    expect(kubernetes.state.decisions.get('foreign')).toEqual({
      decision: 'denied',
      message: `Tender: ${reasons[0]}`,
    });
  });

  it('denies a node the names of its neighbour', async () => {
    const neighbour = anInstance({
      instanceId: 'i-neighbour',
      privateDnsName: neighbourName,
      privateIpAddress: '10.0.1.24',
      addresses: ['10.0.1.24'],
      dnsNames: [neighbourName],
    });
    const wanted = await servingCsr({ names: [{ type: 'dns', value: neighbourName }] });
    prepare(wanted);
    aws.with(neighbour, aMembership({ lifecycleState: 'InService' }));
    expect((await pass()).denied).toHaveLength(1);
  });

  it('denies the common name of a neighbour', async () => {
    prepare(await servingCsr({ subject: kubeletSubject(neighbourName) }));
    expect((await pass()).denied).toHaveLength(1);
  });

  it('leaves nodes of another cluster’s groups alone, also when they ask for what is not theirs', async () => {
    prepare(own, foreign);
    aws.state.tags.set(groupName, { 'tender:cluster': 'other', 'tender:role': 'worker' });
    expect(await pass()).toEqual({ approved: [], denied: [], leftAlone: 2 });
    expect(kubernetes.state.decisions.size).toBe(0);
  });

  it('leaves nodes of groups without our tags alone', async () => {
    prepare(own);
    aws.state.tags.clear();
    expect(await pass()).toMatchObject({ approved: [], leftAlone: 1 });
  });

  it('leaves an instance alone that EC2 does not show any more', async () => {
    prepare(own);
    aws.state.instances.clear();
    expect(await pass()).toMatchObject({ approved: [], leftAlone: 1 });
  });

  it('never judges client requests', async () => {
    prepare(
      await clientCsr('abc123'),
      await clientCsr('abc123', {}, { name: 'renewal', username: `system:node:${privateDnsName}` }),
    );
    expect(await pass()).toEqual({ approved: [], denied: [], leftAlone: 0 });
    expect(kubernetes.state.decisions.size).toBe(0);
  });

  it('does not even ask where the cluster approves by itself', async () => {
    prepare(own);
    kubernetes.state.reachable = false;
    expect(await pass({ csrApproval: 'off' })).toEqual({ approved: [], denied: [], leftAlone: 0 });
  });

  it('follows the cluster’s rule for names', async () => {
    const named = await servingCsr(
      { subject: kubeletSubject(instanceId), names: [{ type: 'ip', value: '10.0.1.23' }] },
      { name: 'by-id', username: `system:node:${instanceId}` },
    );
    prepare(named, own);
    expect(await pass({ nodeNames: 'instance-id' })).toEqual({ approved: ['by-id'], denied: [], leftAlone: 1 });
  });

  it('decides the rest when it runs again, wherever it died', async () => {
    const calls = await killedAtEveryCall({
      prepare: () => prepare(own, foreign),
      run: (fuse) => pass({}, fuse),
      assess: (_answer, died) => {
        expect([kubernetes.decisionOn(own.name), kubernetes.decisionOn('foreign')], died).toEqual([
          'approved',
          'denied',
        ]);
      },
    });
    expect(calls).toBe(5);
  });
});
