import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdCluster } from '../../support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../../support/etcd/etcd-releases.ts';
import { describeEtcd, rehearseEtcd, snapshot, snapshotBucket } from '../../support/etcd/etcd-scenario.ts';
import { pages } from '../../support/scenarios/scenario.ts';

const { title, release } = anyEtcd();
const MINUTE_MS = 60_000;

describe.skipIf(!release)(title, () => {
  let etcd: EtcdCluster;
  let other: EtcdCluster;
  beforeAll(async () => {
    if (!release) return;
    [etcd, other] = await Promise.all([EtcdCluster.start(release), EtcdCluster.start(release)]);
    const writer = etcd.writer();
    await writer.put('/a', 'a');
    writer.close();
  });
  afterAll(() => Promise.all([etcd?.stop(), other?.stop()]));

  it('of another cluster: a person is told, what there is stays, and newHistory goes on', async () => {
    const scenario = await rehearseEtcd(etcd);
    await snapshot(scenario);
    const before = snapshotBucket(scenario).keys();
    const { SecretList } = await scenario.operate<{ SecretList: { Name: string; ARN: string }[] }>(
      'secretsmanager',
      'ListSecrets',
      {},
    );
    const secretArn = SecretList.find(({ Name }) => Name === 'tender/demo-etcd')?.ARN;
    await scenario.operate('secretsmanager', 'PutSecretValue', { SecretId: secretArn, SecretString: other.secret });
    await describeEtcd(scenario, other);
    // Warm functions believe what they read for five minutes.
    await scenario.world.advance(6 * MINUTE_MS);

    expect(await snapshot(scenario)).toMatchObject({
      error: 'SnapshotNotTaken',
      cause: expect.stringMatching(/EtcdClusterReplaced: [\s\S]*docs\/runbooks\/snapshot-not-taken\.md$/),
    });
    expect(snapshotBucket(scenario).keys()).toEqual(before);
    expect(pages(scenario)).toMatchObject([{ subject: 'Tender: no snapshot of etcd of cluster demo' }]);
    expect(await snapshot(scenario, { newHistory: true })).toMatchObject({ outcome: 'taken', pruned: { kept: 2 } });
  });

  it.each(['PutObject', 'GetObject'])(
    'where %s is not allowed: a canary finds it before anything is read of etcd',
    async (denied) => {
      const scenario = await rehearseEtcd(etcd);
      const fault = {
        kind: 'error',
        code: 'AccessDenied',
        message: `not authorized to ${denied}`,
        status: 403,
      } as const;
      const isOurs = (functionName = '') => functionName.endsWith('take-snapshot');
      scenario.plant(({ operation, functionName }) => operation === denied && isOurs(functionName), fault);

      expect(await snapshot(scenario)).toMatchObject({
        error: 'SnapshotNotTaken',
        cause: expect.stringContaining(`not authorized to ${denied}`),
      });
      const uploads = scenario.cloud.dispatcher.meter
        .lines()
        .filter(({ operation }) => operation === 's3:CreateMultipartUpload');
      expect(uploads).toEqual([]);
    },
  );

  it('while no member answers: nobody is told as long as the newest one is young, and somebody once it is not', async () => {
    const scenario = await rehearseEtcd(etcd);
    await snapshot(scenario);
    await etcd.kill('m1');

    expect(await snapshot(scenario, {}, 200)).toMatchObject({
      error: 'SnapshotNotTaken',
      cause: expect.stringContaining('EtcdQuorumNotSeen'),
    });
    expect(pages(scenario)).toEqual([]);
    await scenario.world.advance(31 * MINUTE_MS);
    expect(await snapshot(scenario, {}, 200)).toMatchObject({ error: 'SnapshotNotTaken' });
    expect(pages(scenario)).toHaveLength(1);
  });

  it('of an etcd that the registry does not describe, or of no cluster at all: that is for whoever asked', async () => {
    const scenario = await rehearseEtcd(other);
    const Name = '/tender/clusters/demo';
    const { Parameter } = await scenario.operate<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name });
    const { etcd: _, ...entry } = JSON.parse(Parameter.Value);
    await scenario.operate('ssm', 'PutParameter', { Name, Overwrite: true, Value: JSON.stringify(entry) });

    expect(await snapshot(scenario, {}, 20)).toMatchObject({ cause: expect.stringContaining('EtcdNotDescribed') });
    expect(await snapshot(scenario, { cluster: 'dmeo' }, 20)).toMatchObject({
      cause: expect.stringContaining('Did you mean "demo"'),
    });
    expect(pages(scenario)).toEqual([]);
  });
});
