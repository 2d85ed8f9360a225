import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { EtcdCluster } from '../../test/support/etcd/etcd-cluster.ts';
import { measuredProgram, type ProgramFigures } from './measured-program.ts';

/** `etcdctl snapshot save` into a file. */
export async function savedToFile(etcd: EtcdCluster): Promise<ProgramFigures> {
  const file = join(etcd.directory, 'saved.db');
  const figures = await save(etcd, file);
  rmSync(file);
  return figures;
}

/** The same, then zstd, then curl to S3. */
export async function savedAndSent(etcd: EtcdCluster, s3Url: string): Promise<ProgramFigures> {
  const file = join(etcd.directory, 'saved.db');
  const steps = [
    await save(etcd, file),
    await measuredProgram('zstd', ['-q', '--rm', file], process.env),
    await measuredProgram(
      'curl',
      [
        ...['-sS', '--fail', '--cacert', join(etcd.directory, 'ca.crt')],
        ...['--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', 'AKIAOPERATOR:x'],
        ...['-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', '-T', `${file}.zst`, `${s3Url}/snapshots/saved.db.zst`],
      ],
      process.env,
    ),
  ];
  rmSync(`${file}.zst`);
  const sum = (pick: (one: ProgramFigures) => number) => steps.reduce((all, one) => all + pick(one), 0);
  return {
    seconds: sum((one) => one.seconds),
    cpuSeconds: sum((one) => one.cpuSeconds),
    peakMiB: Math.max(...steps.map((one) => one.peakMiB)),
  };
}

/**
 * `etcdbrctl snapshot`, uncompressed, to S3: it takes one when it starts, and then goes on by its schedule. Nothing where there is no such program.
 * https://github.com/gardener/etcd-backup-restore/blob/master/docs/deployment/getting_started.md
 */
export async function savedByEtcdbrctl(etcd: EtcdCluster, s3Url: string): Promise<readonly ProgramFigures[]> {
  const program = etcdbrctl();
  if (program === undefined) return [];
  const parameters = [
    'snapshot',
    '--storage-provider=S3',
    '--store-container=snapshots',
    '--store-prefix=etcdbr',
    `--snapstore-temp-directory=${etcd.directory}`,
    `--endpoints=${etcd.member().url}`,
    ...['cacert=ca', 'cert=client', 'key=client'].map((flag) => certificateFlag(flag, etcd.directory)),
    '--insecure-transport=false',
    '--insecure-skip-tls-verify=false',
    '--schedule=0 0 1 1 *',
    '--delta-snapshot-period=0s',
    '--compress-snapshots=false',
  ];
  const environment = {
    ...process.env,
    AWS_APPLICATION_CREDENTIALS: credentialsFor(etcd.directory, s3Url),
    SSL_CERT_FILE: join(etcd.directory, 'ca.crt'),
  };
  return [await measuredProgram(program, parameters, environment, /Successfully saved full snapshot/)];
}

function save(etcd: EtcdCluster, file: string): Promise<ProgramFigures> {
  const tls = ['cacert=ca', 'cert=client', 'key=client'].map((flag) => certificateFlag(flag, etcd.directory));
  const parameters = [`--endpoints=${etcd.member().url}`, ...tls, 'snapshot', 'save', file];
  return measuredProgram(etcd.release.etcdctl, parameters, { ...process.env, ETCDCTL_API: '3' });
}

/** `--cacert=<directory>/ca.crt` of `cacert=ca`. */
function certificateFlag(flag: string, directory: string): string {
  const [name = '', file = ''] = flag.split('=');
  return `--${name}=${join(directory, `${file}.${name === 'key' ? 'key' : 'crt'}`)}`;
}

function etcdbrctl(): string | undefined {
  const { ETCDBRCTL, PATH = '' } = process.env;
  if (ETCDBRCTL) return ETCDBRCTL;
  return PATH.split(delimiter)
    .map((directory) => join(directory, 'etcdbrctl'))
    .find((path) => existsSync(path));
}

/** A file for each value, as a Secret is mounted. */
function credentialsFor(directory: string, endpoint: string): string {
  const folder = join(directory, 'aws-credentials');
  mkdirSync(folder, { recursive: true });
  const values = {
    accessKeyID: 'AKIAOPERATOR',
    secretAccessKey: 'x',
    region: 'us-east-1',
    s3ForcePathStyle: 'true',
    endpoint,
  };
  for (const [name, value] of Object.entries(values)) writeFileSync(join(folder, name), value);
  return folder;
}
