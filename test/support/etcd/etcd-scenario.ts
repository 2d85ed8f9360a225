import { setTimeout as sleep } from 'node:timers/promises';
import { currentVersion } from '../../../simulator/s3/bucket.ts';
import { pkiId, pkiKey, pkiLookKey } from '../../../src/etcd/names.ts';
import type { FaultScenario } from '../scenarios/fault-scenario.ts';
import { rehearse, type ScenarioOptions } from '../scenarios/scenario.ts';
import { sealedPki } from './cluster-pki.ts';
import type { EtcdCluster } from './etcd-cluster.ts';

const registryEntry = '/tender/clusters/demo';

/** A cluster of the local cloud whose etcd is a real one. Snapshots are taken by hand. */
export async function rehearseEtcd(
  etcd: EtcdCluster,
  { snapshots, ...options }: ScenarioOptions & { readonly snapshots?: object } = {},
): Promise<FaultScenario> {
  const scenario = await rehearse({ schedules: false, ...options });
  await registerEtcd(scenario, etcd, { ...(snapshots && { snapshots }) });
  return scenario;
}

/** Makes a real etcd that of the cluster: the secret with its certificates, and the registry entry. */
export async function registerEtcd(
  scenario: FaultScenario,
  etcd: Pick<EtcdCluster, 'secret' | 'urls'>,
  over: object = {},
): Promise<void> {
  const secret = { Name: 'tender/demo-etcd', SecretString: etcd.secret };
  const { ARN } = await scenario.operate<{ ARN: string }>('secretsmanager', 'CreateSecret', secret);
  await describeEtcd(scenario, etcd, { secretArn: ARN, ...over });
}

/** Writes into the registry how etcd is reached, and lets functions reach it. */
export async function describeEtcd(
  scenario: FaultScenario,
  etcd: Pick<EtcdCluster, 'urls'>,
  over: object = {},
): Promise<void> {
  const { Parameter } = await scenario.operate<{ Parameter: { Value: string } }>('ssm', 'GetParameter', {
    Name: registryEntry,
  });
  const entry = JSON.parse(Parameter.Value) as { readonly etcd?: object };
  const described = { ...entry, etcd: { ...entry.etcd, endpoints: etcd.urls, ...over } };
  const put = { Name: registryEntry, Type: 'String', Overwrite: true, Value: JSON.stringify(described) };
  await scenario.operate('ssm', 'PutParameter', put);
  for (const url of etcd.urls) scenario.cloud.network.admitRealServer(new URL(url).host);
}

/** Starts a snapshot from the console and waits for its end, while the world keeps pace with real time; gives its output, or what it failed with. */
export async function snapshot(scenario: FaultScenario, input: object = {}, speed = 1): Promise<unknown> {
  const arn = scenario.startByHand('EtcdSnapshotMachine', { cluster: 'demo', ...input });
  const outcome = outcomeOf(scenario, 'etcd-snapshot', arn);
  await paced(scenario, speed, () => outcome() !== undefined);
  await scenario.world.advance(1_000); // mails are under way
  return resultOf(outcome());
}

/** The same for maintenance. Its pauses pass at once; while a step is under way, the world keeps pace with etcd. */
export async function maintenance(scenario: FaultScenario): Promise<unknown> {
  const waits = () =>
    scenario.events('StateEntered').filter(({ details }) => details.state === 'WaitForTheOthers').length;
  const before = waits();
  const arn = scenario.startByHand('EtcdMaintenanceMachine', { cluster: 'demo' });
  const outcome = outcomeOf(scenario, 'etcd-maintenance', arn);
  for (let skipped = before; outcome() === undefined; skipped += 1) {
    await paced(scenario, 5, () => outcome() !== undefined || waits() > skipped);
    if (outcome() === undefined) await scenario.world.advance(59_000);
  }
  await scenario.world.advance(1_000); // mails are under way
  return resultOf(outcome());
}

async function paced(scenario: FaultScenario, speed: number, until: () => boolean): Promise<void> {
  const stop = new AbortController();
  const pace = scenario.world.pace(speed, stop.signal);
  while (!until()) await sleep(20);
  stop.abort();
  await pace;
}

function outcomeOf({ deployment }: FaultScenario, workflow: string, arn: string) {
  return () => deployment.executions(workflow).find((one) => one.arn === arn)?.run.outcome;
}

function resultOf(ended: ReturnType<ReturnType<typeof outcomeOf>>): unknown {
  return ended?.status === 'SUCCEEDED' ? JSON.parse(ended.output ?? 'null') : ended;
}

/** Starts a drill from the console, or as the schedule does, and waits for its end; gives its output, or what it failed with. */
export async function drill(scenario: FaultScenario, input: object = {}, speed = 1): Promise<unknown> {
  const arn = scenario.startByHand('EtcdDrillMachine', { cluster: 'demo', ...input });
  return ended(scenario, 'etcd-drill', arn, speed);
}

/** Waits for the end of an execution, while the world keeps pace with real time; gives its output, or what it failed with. */
export async function ended(scenario: FaultScenario, workflow: string, arn: string, speed = 1): Promise<unknown> {
  const outcome = outcomeOf(scenario, workflow, arn);
  await paced(scenario, speed, () => outcome() !== undefined);
  await scenario.world.advance(1_000); // mails are under way
  return resultOf(outcome());
}

/** Puts a PKI on the control-plane instance, where kubeadm has it, and gives the id of the instance. */
export async function placePki(scenario: FaultScenario, files: ReadonlyMap<string, string>): Promise<string> {
  const members = () => scenario.cloud.fleet.groups.all.get('demo-control-plane')?.members ?? new Map();
  const machineOf = (id: string) => scenario.cloud.fleet.instances.all.get(id)?.machine;
  await scenario.world.until('a control-plane instance runs', () =>
    [...members().keys()].some((id) => machineOf(id)?.up),
  );
  const [instanceId = ''] = [...members().keys()];
  for (const [name, text] of files) machineOf(instanceId)?.writeFile(`/etc/kubernetes/pki/${name}`, text);
  return instanceId;
}

/** Starts a backup of the PKI from the console, and waits for its end; gives its output, or what it failed with. */
export async function backUpPki(scenario: FaultScenario): Promise<unknown> {
  const arn = scenario.startByHand('PkiBackupMachine', { cluster: 'demo' });
  const outcome = outcomeOf(scenario, 'pki-backup', arn);
  await scenario.world.until('the backup of the PKI ends', () => outcome() !== undefined);
  await scenario.world.advance(1_000);
  return resultOf(outcome());
}

/** A cluster with a real etcd, whose functions have these programs, and whose PKI is backed up. */
export async function rehearseDrills(
  etcd: EtcdCluster,
  files: ReadonlyMap<string, string>,
  {
    programs,
    drills,
    ...options
  }: Parameters<typeof rehearseEtcd>[1] & {
    readonly programs?: string;
    readonly drills?: object;
  },
): Promise<FaultScenario> {
  const cloud = programs === undefined ? {} : { programs };
  const scenario = await rehearseEtcd(etcd, { cloud, ...options });
  if (drills) await describeEtcd(scenario, etcd, { drills });
  await putPki(scenario, files);
  return scenario;
}

/** As if somebody had looked at the PKI now, and found it to be this one. */
async function noteLook(scenario: FaultScenario, fingerprint: string): Promise<void> {
  const look = { at: scenario.world.date().toISOString(), fingerprint };
  const Bucket = scenario.deployment.resource('SnapshotBucket');
  await scenario.operate('s3', 'PutObject', { Bucket, Key: pkiLookKey('demo'), Body: JSON.stringify(look) });
}

/** Puts a backup of this PKI into the bucket, as `pki-backup` would; its machines cost more than a test can wait for. */
export async function putPki(scenario: FaultScenario, files: ReadonlyMap<string, string>): Promise<void> {
  const { cloud, deployment, world } = scenario;
  const sealed = sealedPki(files, cloud.keys.publicKey(cloud.keys.get(deployment.resource('PkiKey'))));
  const id = pkiId(world.date(), sealed.fingerprint);
  const backup = { cluster: 'demo', id, takenAt: world.date().toISOString(), instanceId: 'i-0', ...sealed };
  const Bucket = deployment.resource('SnapshotBucket');
  await scenario.operate('s3', 'PutObject', { Bucket, Key: pkiKey('demo', id), Body: JSON.stringify(backup) });
  await noteLook(scenario, sealed.fingerprint);
}

/** The bucket with the snapshots: the keys that are there now, the bytes of one, and how many uploads are open. */
export function snapshotBucket({ cloud, deployment }: FaultScenario) {
  const bucket = cloud.buckets.get(deployment.resource('SnapshotBucket'));
  return {
    keys: () => [...bucket.versions.keys()].filter((key) => currentVersion(bucket, key)).sort(),
    body: (key: string) => currentVersion(bucket, key)?.body ?? new Uint8Array(),
    encryption: (key: string) => currentVersion(bucket, key)?.encryption,
    writtenAt: (key: string) => currentVersion(bucket, key)?.lastModified,
    uploads: () => bucket.uploads.size,
  };
}
