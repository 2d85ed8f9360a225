import { beforeEach, describe, expect, it } from 'vitest';
import { collectDiagnosis } from '../../../src/nodes/collect-diagnosis.ts';
import { failedOnce, joinedOnce } from '../../../src/nodes/join-evidence.ts';
import { failedJoinVerdict, judgeFailedJoin } from '../../../src/nodes/judge-failed-join.ts';
import type { Commands, EvidenceStore } from '../../../src/nodes/ports.ts';
import { redact } from '../../../src/runtime/redact.ts';
import { FakeAws } from '../../support/nodes/fake-aws.ts';
import { FakeKubernetes } from '../../support/nodes/fake-kubernetes.ts';
import { fakeEvidence } from '../../support/nodes/fake-stores.ts';
import { aNode, groupName, instanceId, noon, privateDnsName } from '../../support/nodes/healthy.ts';

const key = 'evidence/demo/lt-0aa/7.json';
const template = { id: 'lt-0aa', version: '7' };
const failure = (id: string) => ({ instanceId: id, at: noon.toISOString(), why: 'time is up' });

describe('evidence of failed joins', () => {
  let store: EvidenceStore;
  beforeEach(() => {
    store = fakeEvidence();
  });

  it('counts each instance once, however often the step runs', async () => {
    expect(await failedOnce(store, key, failure('i-1'))).toBe(1);
    expect(await failedOnce(store, key, failure('i-1'))).toBe(1);
    expect(await failedOnce(store, key, failure('i-2'))).toBe(2);
  });

  it('counts all that fail at the same moment', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, index) => failedOnce(store, key, failure(`i-${index}`))));
    expect((await store.read(key))?.evidence.failuresInARow).toBe(8);
  });

  it('is forgotten when an instance joins', async () => {
    await failedOnce(store, key, failure('i-1'));
    await joinedOnce(store, key);
    expect(await failedOnce(store, key, failure('i-2'))).toBe(1);
  });

  it('remembers the ten newest', async () => {
    for (let index = 0; index < 12; index += 1) await failedOnce(store, key, failure(`i-${index}`));
    const evidence = (await store.read(key))?.evidence;
    expect(evidence?.failuresInARow).toBe(12);
    expect(evidence?.failed.map((one) => one.instanceId)).toEqual(Array.from({ length: 10 }, (_, i) => `i-${i + 2}`));
  });

  it('writes nothing for a join where nothing failed', async () => {
    await joinedOnce(store, key);
    expect(await store.read(key)).toBeUndefined();
  });
});

describe('judgeFailedJoin', () => {
  it('abandons two, keeps the third to look at, and tells a person', async () => {
    const store = fakeEvidence();
    const judge = (id: string) =>
      judgeFailedJoin(
        { cluster: 'demo', instanceId: id, template, runsWorkloads: false, counts: true, why: 'x' },
        store,
        noon,
      );
    expect(await judge('i-1')).toMatchObject({ result: 'ABANDON', page: false });
    expect(await judge('i-2')).toMatchObject({ result: 'ABANDON', page: false });
    expect(await judge('i-3')).toMatchObject({
      result: 'CONTINUE',
      page: true,
      why: expect.stringContaining('lt-0aa version 7'),
    });
  });

  it('counts nothing against an image when the instance went away of itself', async () => {
    const store = fakeEvidence();
    const gone = { cluster: 'demo', instanceId: 'i-1', template, runsWorkloads: false, counts: false, why: 'gone' };
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await judgeFailedJoin(gone, store, noon)).toMatchObject({ result: 'ABANDON', page: false });
    }
  });

  it('never abandons a node that runs workloads', () => {
    expect(failedJoinVerdict(1, true, template)).toMatchObject({ result: 'CONTINUE', page: true });
  });
});

describe('collectDiagnosis', () => {
  let aws: FakeAws;
  let kubernetes: FakeKubernetes;
  let commands: Commands;
  beforeEach(() => {
    aws = new FakeAws();
    kubernetes = new FakeKubernetes().with(aNode());
    commands = aws.commands;
  });
  const broken = (name: string) => async () => {
    throw Object.assign(new Error('it broke'), { name });
  };
  async function collected(input: { commandId?: string; commandProblem?: string } = { commandId: 'c-1' }) {
    const ports = { ...aws, commands, nodes: kubernetes.nodes, redact };
    const of = { cluster: 'demo', instanceId, nodeName: privateDnsName, groupName, why: 'time is up', ...input };
    const { diagnosis } = await collectDiagnosis(of, ports, noon);
    expect(diagnosis).toBe(`s3://state/diagnosis/demo/${instanceId}/${noon.toISOString()}.json`);
    return [...aws.state.documents.values()][0];
  }

  it('writes console, logs, node and activities to one document', async () => {
    expect(await collected()).toMatchObject({
      why: 'time is up',
      console: { value: 'Linux version 6.12' },
      logs: { value: { status: 'Success', output: 'kubelet: started' } },
      node: { name: privateDnsName },
      activities: { value: [{ status: 'MidLifecycleAction' }] },
    });
  });

  it('names what cannot be had, and writes the rest', async () => {
    kubernetes.state.reachable = false;
    commands = { result: broken('AwsThrottled') };
    expect(await collected()).toMatchObject({
      node: { problem: 'ClusterUnreachable: connect ETIMEDOUT' },
      logs: { problem: 'AwsThrottled: it broke' },
      console: { value: 'Linux version 6.12' },
    });
  });

  it('says why an instance took no command, and that a node never registered', async () => {
    kubernetes.state.nodes.clear();
    const document = await collected({ commandProblem: 'no SSM agent' });
    expect(document).toMatchObject({ logs: { problem: 'no SSM agent' }, node: 'it never registered' });
  });

  it('holds no token and no key, not even one that the end of a log cuts off', async () => {
    aws.state.console = 'kubeadm join --token abc123.0123456789abcdef\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE';
    const document = await collected();
    expect(JSON.stringify(document)).not.toMatch(/0123456789abcdef"|\.0123456789abcdef|MHcCAQEE/);
    expect(document).toMatchObject({
      console: { value: expect.stringContaining('abc123.[redacted]') },
      activities: {},
    });
  });
});
