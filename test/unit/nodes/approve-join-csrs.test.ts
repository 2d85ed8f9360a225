import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approveJoinCsrs } from '../../../src/nodes/approve-join-csrs.ts';
import { checkJoin } from '../../../src/nodes/check-join.ts';
import type { PendingCsr } from '../../../src/nodes/ports.ts';
import { clientCsr, kubeletSubject, newKeys, servingCsr } from '../../support/nodes/certificate-request-builder.ts';
import { FakeAws } from '../../support/nodes/fake-aws.ts';
import { FakeKubernetes } from '../../support/nodes/fake-kubernetes.ts';
import {
  aMembership,
  anInstance,
  aPolicy,
  instanceId,
  later,
  noon,
  privateDnsName,
} from '../../support/nodes/healthy.ts';
import { type Fuse, interruptible, killedAtEveryCall } from '../../support/nodes/interruptible.ts';

const tokenId = 'abc123';
const parameterName = `/tender/join/demo/${instanceId}`;
const input = { instanceId, nodeName: privateDnsName, tokenId, tokenSpent: false };
const differentKeys = 'one token was used with different keys, so more than one machine has it';

type Keys = Awaited<ReturnType<typeof newKeys>>;

describe('approveJoinCsrs', () => {
  let aws: FakeAws;
  let kubernetes: FakeKubernetes;
  let keys: Keys;
  let client: PendingCsr;
  let serving: PendingCsr;
  let forged: PendingCsr;

  beforeAll(async () => {
    keys = await newKeys();
    client = await clientCsr(tokenId, { keys });
    serving = await servingCsr();
    forged = await clientCsr(tokenId, { keys, subject: kubeletSubject('ip-10-0-9-99.ec2.internal') });
  });
  beforeEach(() => prepare());

  function prepare(...csrs: PendingCsr[]) {
    aws = new FakeAws();
    kubernetes = new FakeKubernetes();
    kubernetes.state.csrs = csrs;
    const token = { id: tokenId, secret: '', description: '', expiresAt: later(900).toISOString(), group: '' };
    kubernetes.state.tokens.set(tokenId, token);
    kubernetes.state.tokens.set('other1', { ...token, id: 'other1' });
    aws.state.parameters.set(parameterName, { text: 'secret', tags: {} });
    aws.state.parameters.set('/tender/join/demo/i-other', { text: 'secret', tags: {} });
  }
  const approve = (changes: Partial<typeof input> | { tokenId: undefined } = {}, fuse?: Fuse) =>
    approveJoinCsrs({ ...input, ...changes }, ports(fuse), 'demo');
  const ports = (fuse: Fuse = { calls: 0, killAt: 0, moment: 'before' }) => ({
    groups: interruptible(aws.groups, fuse),
    instances: interruptible(aws.instances, fuse),
    parameters: interruptible(aws.parameters, fuse),
    csrs: interruptible(kubernetes.csrs, fuse),
    tokens: interruptible(kubernetes.tokens, fuse),
    events: interruptible(kubernetes.events, fuse),
  });
  const look = (tokenSpent: boolean) =>
    checkJoin(
      {
        ...input,
        cluster: 'demo',
        owner: 'me',
        tokenSpent,
        role: 'worker',
        needsOffer: false,
        apiServerWasAway: false,
        joinBy: later(900).toISOString(),
      },
      {
        instances: aws.instances,
        nodes: kubernetes.nodes,
        pods: kubernetes.pods,
        csrs: kubernetes.csrs,
        leaving: { leaves: async () => false },
      },
      aPolicy(),
      noon,
    );
  const offered = () => [kubernetes.state.tokens.has(tokenId), aws.state.parameters.has(parameterName)];
  const events = () => kubernetes.state.events.map(({ reason }) => reason);
  function expectOthersUntouched() {
    expect(kubernetes.state.tokens.has('other1')).toBe(true);
    expect(aws.state.parameters.has('/tender/join/demo/i-other')).toBe(true);
  }

  it('approves the first request with its token, takes the offer back, and tells the node', async () => {
    prepare(client);
    expect(await approve()).toEqual({ approved: [client.name], refused: [], tokenSpent: true });
    expect(kubernetes.state.decisions.get(client.name)).toEqual({
      decision: 'approved',
      message: `Tender: it is the request of ${instanceId}`,
    });
    expect(offered()).toEqual([false, false]);
    expect(events()).toEqual(['CertificateApproved']);
    expectOthersUntouched();
  });

  it('approves a serving request without taking the offer back', async () => {
    prepare(serving);
    expect(await approve()).toEqual({ approved: [serving.name], refused: [], tokenSpent: false });
    expect(offered()).toEqual([true, true]);
  });

  it('judges serving requests of an instance that joins without a token of ours', async () => {
    prepare(serving, client);
    expect(await approve({ tokenId: undefined })).toMatchObject({ approved: [serving.name], tokenSpent: false });
    expect(kubernetes.decisionOn(client.name)).toBeUndefined();
  });

  it('denies a serving request for an address that is not its own, and the join goes on', async () => {
    const foreign = await servingCsr({ names: [{ type: 'ip', value: '10.96.0.1' }] });
    prepare(foreign);
    const reasons = ["IP address 10.96.0.1 is not the instance's"];
    expect(await approve()).toEqual({ approved: [], refused: [{ csr: foreign.name, reasons }], tokenSpent: false });
    expect(kubernetes.decisionOn(foreign.name)).toBe('denied');
    expect([offered(), events()]).toEqual([[true, true], ['CertificateRefused']]);
  });

  it('denies a serving request of an instance that is on its way out, and waits where it is too early to say', async () => {
    prepare(serving);
    aws.with(anInstance(), aMembership({ lifecycleState: 'Terminating:Wait' }));
    expect((await approve()).refused[0]?.reasons).toEqual([
      'the instance is Terminating:Wait, neither at its launch hook nor in service',
    ]);
    prepare(serving);
    aws.with(anInstance(), aMembership({ lifecycleState: 'Pending' }));
    await expect(approve()).rejects.toMatchObject({ name: 'InstanceNotVisible' });
  });

  it('denies a client request in the name of another node, takes the offer back, and fails by name', async () => {
    prepare(forged);
    await expect(approve()).rejects.toMatchObject({
      name: 'JoinRefused',
      message: expect.stringContaining('common name system:node:ip-10-0-9-99.ec2.internal is not'),
    });
    expect([kubernetes.decisionOn(forged.name), offered()]).toEqual(['denied', [false, false]]);
    expectOthersUntouched();
  });

  it('denies a serving request asked with the token: a token is good for a client certificate only', async () => {
    const odd = await servingCsr({}, { username: client.username, groups: client.groups });
    prepare(odd, client);
    expect(await approve()).toMatchObject({ approved: [client.name], refused: [{ csr: odd.name }] });
  });

  it('leaves requests of other tokens and other nodes alone', async () => {
    const others = [
      await clientCsr('other1', {}, { name: 'other-token' }),
      await servingCsr({}, { name: 'other-node', username: 'system:node:ip-10-0-1-24.ec2.internal' }),
    ];
    prepare(...others);
    expect(await approve()).toEqual({ approved: [], refused: [], tokenSpent: false });
    expect(kubernetes.state.decisions.size).toBe(0);
  });

  it('refuses every request of a token that two machines have', async () => {
    const second = await clientCsr(tokenId, {}, { name: 'node-csr-2' });
    prepare(client, second);
    await expect(approve()).rejects.toMatchObject({
      name: 'JoinRefused',
      message: expect.stringContaining(differentKeys),
    });
    expect([kubernetes.decisionOn(client.name), kubernetes.decisionOn(second.name)]).toEqual(['denied', 'denied']);
    expect(offered()).toEqual([false, false]);
  });

  describe.each([false, true])('after its request was approved (the execution knows: %s)', (tokenSpent) => {
    async function askAgain(with_: Keys | undefined) {
      prepare(client);
      await approve();
      const again = await clientCsr(tokenId, with_ ? { keys: with_ } : {}, { name: 'node-csr-2' });
      kubernetes.state.csrs.push(again);
      return again;
    }

    it('approves another one with the same key: it is the same machine', async () => {
      const again = await askAgain(keys);
      expect(await approve({ tokenSpent })).toEqual({ approved: [again.name], refused: [], tokenSpent: true });
    });

    it('refuses another one with another key, although the first certificate is out', async () => {
      const again = await askAgain(undefined);
      await expect(approve({ tokenSpent })).rejects.toMatchObject({
        name: 'JoinRefused',
        message: expect.stringContaining(differentKeys),
      });
      expect([kubernetes.decisionOn(client.name), kubernetes.decisionOn(again.name)]).toEqual(['approved', 'denied']);
    });
  });

  it('refuses a request of a spent token when nothing tells any more whose key it was', async () => {
    prepare(client);
    await expect(approve({ tokenSpent: true })).rejects.toMatchObject({
      name: 'JoinRefused',
      message: expect.stringContaining('it is spent'),
    });
  });

  it('fails when somebody else approved what Tender refuses, and takes the offer back', async () => {
    prepare(forged);
    await kubernetes.csrs.approve(forged.name, 'looks fine');
    await expect(approve()).rejects.toMatchObject({ name: 'JoinRefused' });
    expect([kubernetes.decisionOn(forged.name), offered()]).toEqual(['approved', [false, false]]);
  });

  it('fails when somebody denied its request, and takes the offer back', async () => {
    prepare(client);
    await kubernetes.csrs.deny(client.name, 'not today');
    await expect(approve()).rejects.toMatchObject({
      name: 'JoinRefused',
      message: expect.stringContaining('somebody denied its client certificate'),
    });
    expect(offered()).toEqual([false, false]);
  });

  it('does not judge what a node asks for to renew its client certificate: that is the controller-manager’s', async () => {
    const renewals = [
      await clientCsr(tokenId, {}, { name: 'renewal', username: `system:node:${privateDnsName}` }),
      await clientCsr(
        tokenId,
        { subject: [{ CN: ['x'] }] },
        { name: 'odd', username: `system:node:${privateDnsName}` },
      ),
    ];
    prepare(...renewals);
    expect((await look(false)).pendingCsrs).toBe(0);
    expect(await approve()).toEqual({ approved: [], refused: [], tokenSpent: false });
    expect([kubernetes.state.decisions.size, offered()]).toEqual([0, [true, true]]);
  });

  it('does not judge for an instance that EC2 does not show', async () => {
    prepare(client);
    aws.state.instances.clear();
    await expect(approve()).rejects.toMatchObject({ name: 'InstanceNotVisible' });
    expect(kubernetes.state.decisions.size).toBe(0);
  });

  describe('that died', () => {
    it('finishes when it runs again, wherever it died: the token never outlives its request', async () => {
      const calls = await killedAtEveryCall({
        prepare: () => prepare(client, serving),
        run: (fuse) => approve({}, fuse),
        assess: (answer, died) => {
          expect(answer.tokenSpent, died).toBe(true);
          expect(offered(), died).toEqual([false, false]);
          expect(kubernetes.decisionOn(client.name), died).toBe('approved');
          expect(kubernetes.decisionOn(serving.name), died).toBe('approved');
          expectOthersUntouched();
        },
      });
      expect(calls).toBeGreaterThanOrEqual(8);
    });

    it('still refuses when it runs again, wherever it died', async () => {
      const calls = await killedAtEveryCall({
        prepare: () => prepare(forged),
        run: (fuse) =>
          approve({}, fuse).then(
            () => 'joined',
            (error: Error) => (error.name === 'Killed' ? Promise.reject(error) : error.name),
          ),
        assess: (outcome, died) => {
          expect(outcome, died).toBe('JoinRefused');
          expect(offered(), died).toEqual([false, false]);
          expect(kubernetes.decisionOn(forged.name), died).toBe('denied');
        },
      });
      expect(calls).toBeGreaterThanOrEqual(6);
    });

    it.each(['approved', 'denied'] as const)(
      'is asked for again by the next look when its request is %s',
      async (how) => {
        prepare(client);
        await (how === 'approved' ? kubernetes.csrs.approve : kubernetes.csrs.deny)(client.name, 'and died');
        expect(await look(false)).toMatchObject({ next: 'approve', pendingCsrs: 1 });
      },
    );

    it('is not asked for again when the token is spent', async () => {
      prepare(client);
      await approve();
      expect(await look(true)).toMatchObject({ next: 'wait', pendingCsrs: 0 });
    });
  });
});
