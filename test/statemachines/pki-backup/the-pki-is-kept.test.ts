import { beforeAll, describe, expect, it } from 'vitest';
import { clusterPki } from '../../support/etcd/cluster-pki.ts';
import { backUpPki, placePki, snapshotBucket } from '../../support/etcd/etcd-scenario.ts';
import type { FaultScenario } from '../../support/scenarios/fault-scenario.ts';
import { pages, rehearse, trace } from '../../support/scenarios/scenario.ts';
import { unusedPermissions } from '../../support/scenarios/unused-permissions.ts';

const DAY_MS = 86_400_000;
let files: ReadonlyMap<string, string>;
beforeAll(async () => {
  files = await clusterPki();
});

/** A cluster with one control-plane instance, whose etcd is described, and is never asked here. */
async function withControlPlane(): Promise<FaultScenario> {
  const secretArn = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd-AbCdEf';
  const scenario = await rehearse({ schedules: false, controlPlane: 1, entry: { etcd: { secretArn } } });
  await placePki(scenario, files);
  return scenario;
}

const logLines = ({ cloud }: FaultScenario) =>
  cloud.logs
    .groups()
    .flatMap(({ streams }) => [...streams.values()])
    .flatMap(({ events }) => events.map(({ message }) => message));
const backups = (scenario: FaultScenario) =>
  snapshotBucket(scenario)
    .keys()
    .filter((key) => key.startsWith('pki/demo/') && !key.endsWith('looked.json'));

describe('the PKI of a cluster', () => {
  it('is kept encrypted, once for each change, and stands in no history, log or object in the clear', async () => {
    const scenario = await withControlPlane();

    expect(await backUpPki(scenario)).toMatchObject({ outcome: 'kept', absent: [] });
    expect(trace(scenario, 0, 'pki-backup')).toEqual([
      ...['PlanPkiBackup', 'StartPkiBackup', 'WaitForNode', 'KeepPki', 'WhatCameOfIt', 'PkiKept'],
    ]);
    expect(await backUpPki(scenario)).toEqual({ outcome: 'unchanged' });
    expect(backups(scenario)).toHaveLength(1);
    const [key = ''] = backups(scenario);
    expect(snapshotBucket(scenario).encryption(key)).toMatchObject({ algorithm: 'aws:kms' });

    const everything = [
      ...scenario.deployment.executions('pki-backup').map(({ run }) => JSON.stringify(run.history)),
      ...logLines(scenario),
      ...snapshotBucket(scenario)
        .keys()
        .map((each) => Buffer.from(snapshotBucket(scenario).body(each)).toString()),
    ].join('\n');
    const secrets = [...files].filter(([name]) => name.endsWith('.key')).flatMap(([, text]) => text.split('\n'));
    expect(
      secrets.filter((line) => line.length > 30 && !line.startsWith('-')).filter((line) => everything.includes(line)),
    ).toEqual([]);
    expect(everything).toContain('step done');

    await placePki(scenario, await clusterPki());
    expect(await backUpPki(scenario)).toMatchObject({ outcome: 'kept' });
    expect(backups(scenario)).toHaveLength(2);
    expect(pages(scenario)).toEqual([]);
  });

  it('cannot be read where there is no kubeadm: a person is told once nobody could look for a day, and the reason has no secret', async () => {
    const scenario = await withControlPlane();
    await backUpPki(scenario);
    scenario.plant(({ operation }) => operation === 'SendCommand', {
      kind: 'error',
      code: 'InvalidInstanceId',
      message: 'no agent',
      status: 400,
    });

    expect(await backUpPki(scenario)).toMatchObject({
      error: 'PkiNotKept',
      cause: expect.stringContaining('no agent'),
    });
    expect(pages(scenario)).toEqual([]);
    await scenario.world.advance(1.1 * DAY_MS);
    scenario.plant(({ operation }) => operation === 'SendCommand', {
      kind: 'error',
      code: 'InvalidInstanceId',
      message: 'no agent',
      status: 400,
    });
    expect(await backUpPki(scenario)).toMatchObject({
      cause: expect.stringMatching(/docs\/runbooks\/pki-not-kept\.md$/),
    });
    expect(pages(scenario)).toMatchObject([{ subject: 'Tender: the PKI of cluster demo is not backed up' }]);

    const own = /^(PlanPkiBackup|KeepPki|PkiBackupMachine) /;
    await placePki(scenario, await clusterPki());
    await backUpPki(scenario);
    expect(unusedPermissions([scenario]).filter((name) => own.test(name))).toEqual([]);
  });

  it('of a cluster without control-plane instances is refused, and nobody is told', async () => {
    const secretArn = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:tender/demo-etcd-AbCdEf';
    const scenario = await rehearse({ schedules: false, entry: { etcd: { secretArn } } });

    expect(await backUpPki(scenario)).toMatchObject({ cause: expect.stringContaining('PkiNotReachable') });
    expect(pages(scenario)).toEqual([]);
  });
});
