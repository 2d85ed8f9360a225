import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { bundleProgram } from '../scripts/build/bundle-functions.ts';
import { EtcdCluster } from '../test/support/etcd/etcd-cluster.ts';
import { anyEtcd } from '../test/support/etcd/etcd-releases.ts';
import { type Alongside, withCpuOfAll } from './rig/cpu-of-all.ts';
import type { ProgramFigures } from './rig/measured-program.ts';
import { printResult } from './rig/result-line.ts';
import { KEY_ARN, type S3Process, startS3 } from './rig/s3-process.ts';
import { savedAndSent, savedByEtcdbrctl, savedToFile } from './rig/snapshot-peers.ts';
import { median, rounded } from './rig/statistics.ts';

const HELP = `Measures a snapshot of a real etcd over mTLS into S3 over TLS, end to end: health of the members, hash, zstd, multipart upload, reading back, record.
Against (a) etcdctl snapshot save into a file, which proves nothing and leaves the machine with the file, (b) the same, then zstd, then curl to the same S3, and
(c) etcdbrctl snapshot, uncompressed, to the same S3, where there is one: in PATH, or where the variable ETCDBRCTL says. All take turns on one machine, so that a busy one moves all. Prints one JSON line for each size.

  npx node bench/etcd-snapshot.ts [--mebibytes 256,1024] [--rounds 3]

Says as well what etcd and S3 took of the same cores meanwhile, and what that makes at the least: the CPU seconds of all, divided by the cores.

  --mebibytes  sizes of the database
  --rounds     how often each is measured; the median counts
  --help       this text

Fails when ours takes more than 1.3 of (a), 0.7 of (b) or 0.65 of (c), more CPU seconds than (b), or more than 256 MiB of memory.
Needs etcd (the newest that is found), zstd and curl.
`;

const budgets = { toFile: 1.3, toS3: 0.7, etcdbrctl: 0.65, peakMiB: 256 };
const root = resolve(import.meta.dirname, '..');
const MiB = 1024 * 1024;
const run = promisify(execFile);

const { values } = parseArgs({
  options: {
    mebibytes: { type: 'string', default: '256,1024' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean' },
  },
});
if (values.help) process.stdout.write(HELP);
else await main(values.mebibytes.split(',').map(Number), Number(values.rounds));

interface OurFigures extends ProgramFigures {
  readonly databaseBytes: number;
  readonly storedBytes: number;
}

async function main(sizes: readonly number[], rounds: number): Promise<void> {
  const { title, release } = anyEtcd();
  if (!release) throw new Error(`etcd-snapshot ${title}`);
  const folder = mkdtempSync(join(tmpdir(), 'one-snapshot-'));
  const program = await bundleProgram(root, join(root, 'bench/rig/one-snapshot.ts'), folder);
  for (const size of sizes) {
    const etcd = await EtcdCluster.start(release, { quotaBytes: 8 * 1024 * MiB });
    const { key, certificate } = await etcd.issue({ commonName: 's3', ipAddresses: ['127.0.0.1'] });
    const s3 = await startS3({ key, cert: certificate });
    try {
      await fill(etcd, size);
      await measure(etcd, s3, program, size, rounds);
    } finally {
      s3.stop();
      await etcd.stop();
    }
  }
  rmSync(folder, { recursive: true, force: true });
}

/** As manifests are: half of each value says the same as the others, half is noise. */
async function fill(etcd: EtcdCluster, mebibytes: number): Promise<void> {
  const writer = etcd.writer();
  const same = Buffer.from('{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default"}}'.repeat(800)).subarray(
    0,
    32 * 1024,
  );
  for (let index = 0; index < mebibytes * 16; index += 1)
    await writer.put(`/registry/pods/default/pod-${index}`, Buffer.concat([same, randomBytes(32 * 1024)]));
  writer.close();
}

async function measure(
  etcd: EtcdCluster,
  s3: S3Process,
  program: string,
  mebibytes: number,
  rounds: number,
): Promise<void> {
  const ours: (OurFigures & Alongside)[] = [];
  const toFile: (ProgramFigures & Alongside)[] = [];
  const toS3: (ProgramFigures & Alongside)[] = [];
  const byEtcdbrctl: ProgramFigures[] = [];
  for (let round = 0; round < rounds; round += 1) {
    toFile.push(await withCpuOfAll(etcd, s3, () => savedToFile(etcd)));
    await s3.clear();
    toS3.push(await withCpuOfAll(etcd, s3, () => savedAndSent(etcd, s3.url)));
    await s3.clear();
    byEtcdbrctl.push(...(await savedByEtcdbrctl(etcd, s3.url)));
    await s3.clear();
    ours.push(await withCpuOfAll(etcd, s3, () => oursOnce(etcd, s3, program)));
  }
  report({ ours, toFile, toS3, byEtcdbrctl }, mebibytes, etcd.release.version);
}

/** What was measured, a list of rounds each. */
interface Rounds {
  readonly ours: readonly (OurFigures & Alongside)[];
  readonly toFile: readonly (ProgramFigures & Alongside)[];
  readonly toS3: readonly (ProgramFigures & Alongside)[];
  /** Empty where there is no etcdbrctl. */
  readonly byEtcdbrctl: readonly ProgramFigures[];
}

function report({ ours, toFile, toS3, byEtcdbrctl }: Rounds, mebibytes: number, version: string): void {
  const seconds = (some: readonly ProgramFigures[]) => median(some.map((one) => one.seconds));
  const cpu = (some: readonly ProgramFigures[]) => median(some.map((one) => one.cpuSeconds));
  const peak = (some: readonly ProgramFigures[]) => Math.max(...some.map((one) => one.peakMiB));
  const ratioToS3 = seconds(ours) / seconds(toS3);
  const ratioToEtcdbrctl = byEtcdbrctl.length > 0 ? seconds(ours) / seconds(byEtcdbrctl) : undefined;
  printResult({
    name: 'etcd-snapshot',
    unit: `seconds for a snapshot of ${mebibytes} MiB`,
    ours: rounded(seconds(ours)),
    peer: rounded(seconds(toFile)),
    peerName: 'etcdctl snapshot save to a file, which is neither compressed, nor uploaded, nor verified',
    budget: rounded(budgets.toFile * seconds(toFile)),
    ok:
      seconds(ours) <= budgets.toFile * seconds(toFile) &&
      ratioToS3 <= budgets.toS3 &&
      (ratioToEtcdbrctl ?? 0) <= budgets.etcdbrctl &&
      cpu(ours) <= cpu(toS3) &&
      peak(ours) <= budgets.peakMiB,
    secondsWithZstdAndUpload: rounded(seconds(toS3)),
    ratioToThat: rounded(ratioToS3),
    cpuSeconds: rounded(cpu(ours)),
    cpuSecondsOfPeer: rounded(cpu(toFile)),
    cpuSecondsWithZstdAndUpload: rounded(cpu(toS3)),
    ...shared('', ours),
    ...shared('OfPeer', toFile),
    ...shared('WithZstdAndUpload', toS3),
    peakMiB: rounded(peak(ours)),
    peakMiBOfPeer: rounded(peak(toFile)),
    peakMiBWithZstdAndUpload: rounded(peak(toS3)),
    ...(ratioToEtcdbrctl !== undefined && {
      secondsOfEtcdbrctl: rounded(seconds(byEtcdbrctl)),
      ratioToEtcdbrctl: rounded(ratioToEtcdbrctl),
      cpuSecondsOfEtcdbrctl: rounded(cpu(byEtcdbrctl)),
      peakMiBOfEtcdbrctl: rounded(peak(byEtcdbrctl)),
    }),
    databaseMiB: rounded((ours[0]?.databaseBytes ?? 0) / MiB, 4),
    storedMiB: rounded((ours[0]?.storedBytes ?? 0) / MiB, 4),
    etcd: version,
    rounds: ours.length,
  });
}

/** What etcd and S3 took of the same cores, and the seconds that it takes at the least when all cores of the machine work all the time. */
function shared(whose: string, some: readonly (ProgramFigures & Alongside)[]): Record<string, number> {
  const sums = some.map(({ cpuSeconds, etcdCpuSeconds, s3CpuSeconds }) => cpuSeconds + etcdCpuSeconds + s3CpuSeconds);
  return {
    [`cpuSecondsOfEtcd${whose}`]: rounded(median(some.map((one) => one.etcdCpuSeconds))),
    [`cpuSecondsOfS3${whose}`]: rounded(median(some.map((one) => one.s3CpuSeconds))),
    [`leastSeconds${whose}`]: rounded(median(sums) / availableParallelism()),
  };
}

async function oursOnce(etcd: EtcdCluster, s3: S3Process, program: string): Promise<OurFigures> {
  const { url, ...tls } = etcd.target();
  const { stdout } = await run(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      NODE_EXTRA_CA_CERTS: join(etcd.directory, 'ca.crt'),
      AWS_ENDPOINT_URL: s3.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIAOPERATOR',
      AWS_SECRET_ACCESS_KEY: 'x',
      SNAPSHOT_BUCKET: 'snapshots',
      SNAPSHOT_KEY_ARN: KEY_ARN,
      ETCD_URL: url,
      ETCD_TLS: JSON.stringify(tls),
      CLUSTER: 'demo',
    },
  });
  return JSON.parse(stdout) as OurFigures;
}
