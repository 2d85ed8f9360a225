import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../../rehearsal/processes/certificate-authority.ts';
import { bootstrapTokenId } from '../../../src/nodes/bootstrap-token.ts';
import { tokenOf } from '../../../src/nodes/join-configuration.ts';
import { offerJoin } from '../../../src/nodes/offer-join.ts';
import type { JoinPolicy } from '../../../src/nodes/ports.ts';
import { takeBack } from '../../../src/nodes/withdraw-offer.ts';
import { FakeAws } from '../../support/nodes/fake-aws.ts';
import { FakeKubernetes } from '../../support/nodes/fake-kubernetes.ts';
import { aPolicy, execution, instanceId, later, noon } from '../../support/nodes/healthy.ts';
import { type Fuse, interruptible } from '../../support/nodes/interruptible.ts';

const input = { instanceId, role: 'worker', execution } as const;
const parameterName = `/tender/join/demo/${instanceId}`;
const never: Fuse = { calls: 0, killAt: 0, moment: 'before' };

describe('offerJoin', () => {
  let policy: JoinPolicy;
  let aws: FakeAws;
  let kubernetes: FakeKubernetes;
  let secrets: number;

  beforeAll(async () => {
    const { certificate } = await CertificateAuthority.create('kubernetes');
    policy = aPolicy({
      kubernetes: { endpoint: 'https://api.demo.example.com:6443', certificateAuthority: certificate },
    });
  });
  beforeEach(() => {
    aws = new FakeAws();
    kubernetes = new FakeKubernetes();
    secrets = 0;
  });

  const ports = (fuse: Fuse = { ...never }) => ({
    instances: interruptible(aws.instances, fuse),
    parameters: interruptible(aws.parameters, fuse),
    tokens: interruptible(kubernetes.tokens, fuse),
    bindings: interruptible(kubernetes.bindings, fuse),
    randomText: (characters: number) => {
      secrets += 1;
      return String(secrets).padStart(characters, 's');
    },
  });
  const offer = (fuse?: Fuse, of: { instanceId: string; role: 'worker'; execution: string } = input) =>
    offerJoin(of, ports(fuse), policy, noon);

  /** One token is alive, and the parameter holds just that one. */
  function expectOneOffer() {
    const tokens = [...kubernetes.state.tokens.values()];
    expect(tokens).toHaveLength(1);
    const [token] = tokens;
    expect(tokenOf(aws.state.parameters.get(parameterName)?.text ?? '')).toEqual({
      id: token?.id,
      secret: token?.secret,
    });
  }

  it('mints one short-lived token of our group, and tells only its id', async () => {
    const told = await offer();
    const tokenId = bootstrapTokenId('demo', instanceId, execution);
    expect(told).toEqual({ tokenId, parameterName });
    expect(kubernetes.state.tokens.get(tokenId)).toEqual({
      id: tokenId,
      secret: 'sssssssssssssss1',
      description: `Tender: ${instanceId} joins demo`,
      expiresAt: later(900).toISOString(),
      group: 'system:bootstrappers:tender',
    });
  });

  it('tags the parameter with the cluster and the only instance that may read it', async () => {
    await offer();
    expect(aws.state.parameters.get(parameterName)?.tags).toEqual({
      'tender:cluster': 'demo',
      'tender:instance-arn': `arn:aws:ec2:us-east-1:111111111111:instance/${instanceId}`,
    });
    expectOneOffer();
  });

  it('changes nothing that a node goes by when it runs again', async () => {
    const first = await offer();
    const text = aws.state.parameters.get(parameterName)?.text;
    expect(await offer()).toEqual(first);
    expect(aws.state.parameters.get(parameterName)?.text).toBe(text);
    expectOneOffer();
  });

  describe.each(['before', 'after'] as const)('killed %s a call', (moment) => {
    it('has one token alive that agrees with the parameter once it ran again, wherever it was killed', async () => {
      const whole: Fuse = { calls: 0, killAt: 0, moment };
      await offer(whole);
      expect(whole.calls).toBeGreaterThanOrEqual(5);
      for (let killAt = 1; killAt <= whole.calls; killAt += 1) {
        aws = new FakeAws();
        kubernetes = new FakeKubernetes();
        await expect(offer({ calls: 0, killAt, moment })).rejects.toThrow(/^(before|after) /);
        expect(kubernetes.state.tokens.size).toBeLessThanOrEqual(1);
        await offer();
        expectOneOffer();
      }
    });

    it('agrees in the end when the second run is killed too', async () => {
      for (let first = 1; first <= 5; first += 1) {
        for (let second = 1; second <= 7; second += 1) {
          aws = new FakeAws();
          kubernetes = new FakeKubernetes();
          await offer({ calls: 0, killAt: first, moment }).catch(() => undefined);
          await offer({ calls: 0, killAt: second, moment }).catch(() => undefined);
          await offer();
          expectOneOffer();
        }
      }
    });
  });

  it('agrees with itself when two runs overlap', async () => {
    await Promise.all([offer(), offer()]);
    expectOneOffer();
  });

  it('replaces what an earlier execution left for the same instance', async () => {
    await offer(undefined, { ...input, execution: 'an-earlier-one' });
    const earlier = bootstrapTokenId('demo', instanceId, 'an-earlier-one');
    await takeBack({ cluster: 'demo', instanceId, execution: 'an-earlier-one' }, ports());
    await offer();
    expect(kubernetes.state.tokens.has(earlier)).toBe(false);
    expectOneOffer();
  });

  it('replaces a parameter of an earlier execution, and one that nobody can read', async () => {
    for (const text of [
      'discovery: { bootstrapToken: { token: abcdef.0123456789abcdef } }',
      '{ no: yaml',
      'null',
      '',
    ]) {
      aws.state.parameters.set(parameterName, { text, tags: {} });
      await offer();
      expectOneOffer();
    }
  });

  it.each(['Group system:bootstrappers:tender', 'Group system:bootstrappers', 'Group system:authenticated'])(
    'mints nothing where a binding approves %s by itself, and names the binding',
    async (group) => {
      kubernetes.state.bindings = [{ binding: 'auto', clusterRole: 'nodeclient', groups: ['User a', group] }];
      await expect(offer()).rejects.toMatchObject({
        name: 'AutoApproveBindingFound',
        message: expect.stringContaining('auto (ClusterRole nodeclient)'),
      });
      expect([kubernetes.state.tokens.size, aws.state.parameters.size]).toEqual([0, 0]);
    },
  );

  it("does not mind bindings for kubeadm's own group and for the masters", async () => {
    const groups = ['Group system:bootstrappers:kubeadm:default-node-token', 'Group system:masters'];
    kubernetes.state.bindings = [{ binding: 'kubeadm', clusterRole: 'nodeclient', groups }];
    await offer();
    expectOneOffer();
  });

  it('mints nothing for an instance that EC2 does not show yet', async () => {
    aws.state.instances.clear();
    await expect(offer()).rejects.toMatchObject({ name: 'InstanceNotVisible' });
    expect(kubernetes.state.tokens.size).toBe(0);
  });

  it('is taken back whole, twice without harm', async () => {
    await offer();
    await takeBack({ cluster: 'demo', ...input }, ports());
    await takeBack({ cluster: 'demo', ...input }, ports());
    expect([kubernetes.state.tokens.size, aws.state.parameters.size]).toEqual([0, 0]);
  });

  it('is taken back in AWS even when the API server does not answer', async () => {
    await offer();
    kubernetes.state.reachable = false;
    await expect(takeBack({ cluster: 'demo', ...input }, ports())).rejects.toMatchObject({
      name: 'ClusterUnreachable',
    });
    expect(aws.state.parameters.size).toBe(0);
  });
});
