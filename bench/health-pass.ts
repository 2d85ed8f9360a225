import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CertificateAuthority, type KeyedCertificate } from '../rehearsal/processes/certificate-authority.ts';
import { bundleProgram } from '../scripts/build/bundle-functions.ts';
import { type ApiServerDoor, bareTransfer } from './rig/bare-transfer.ts';
import type { PassFigures } from './rig/health-passes.ts';
import type { ApiServerRequest, Traffic } from './rig/large-api-server.ts';
import type { AwsEnvironment, AwsRequest } from './rig/large-aws.ts';
import { type ClusterState, requiredDaemonSets, targetGroupArn } from './rig/large-cluster.ts';
import { measuredProgram, type ProgramFigures } from './rig/measured-program.ts';
import { type MonthOfPasses, monthOfPasses } from './rig/month-of-passes.ts';
import { kubectlPath } from './rig/real-kubectl.ts';
import { printResult } from './rig/result-line.ts';
import { type RigProcess, startRigProcess } from './rig/rig-process.ts';
import { rounded } from './rig/statistics.ts';

const HELP = `Measures health passes over a large cluster, with what the function check-health is made of, in a process of its own: a first pass (cold), one over nodes that are
all well, one in which three of ten nodes have just gone silent, and one eight minutes later, when they are sick and the breakers hold their repairs. The slowest
counts. Nodes with their fifty images have 17 KB each, pods 5 KB. The peer is kubectl get nodes -o json and kubectl get pods -A -o json of the same API server, output to
/dev/null. Prints two JSON lines, the second of what passes over 100 nodes cost in a month.

  npx node bench/health-pass.ts [--nodes 5000] [--pods 150000] [--kubectl-pods 15000] [--addresses 1] [--minutes 120]

  --nodes         how many nodes the cluster has
  --pods          how many pods it has
  --kubectl-pods  how many of them kubectl gets; it would need some 17 GiB for 150,000. Its seconds and CPU are scaled from that, and the line says so
  --addresses     private addresses of each instance: with network plugins that take them from the VPC, EC2's answers are several times as long
  --minutes       simulated minutes from which the month is reckoned
  --help          this text

The API server and AWS are processes of their own, over TLS: nodes, leases, pods, instances, Auto Scaling groups and target health are written as the real ones write
them; S3, Parameter Store, Secrets Manager, SNS and Step Functions are the local cloud's. etcd, classic load balancers and CloudWatch alarms are not asked: their answers
do not grow with the cluster. Latency is that of one machine.

Fails when a pass takes more than 0.2 of kubectl's time, its process more than 400 MiB, or passes more than $3 a month for compute and requests. Without kubectl
(KUBEBUILDER_ASSETS or PATH) the peer is the bare transfer of the same lists, and the budget 1.6 of it, since kubectl takes eight times as long as that.
`;

const budgets = { ofKubectl: 0.2, ofTransfer: 1.6, peakMiB: 400, dollars: 3 };
const MiB = 1024 * 1024;
const MINUTE_MS = 60_000;
const NODES = '/api/v1/nodes';
const PODS = '/api/v1/pods';
const root = resolve(import.meta.dirname, '..');

/** Written before anybody asks, so that no client waits for the rig. */
const listsOfPass = [
  `${NODES}?limit=500`,
  '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases?resourceVersion=0',
  '/apis/apps/v1/daemonsets?resourceVersion=0',
  '/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns&resourceVersion=0',
];

/** Lambda gives a whole CPU at this much memory: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. */
const MEGABYTES_OF_A_CPU = 1769;
/** memorySize of the functions in serverless.yml. */
const FUNCTION_MEGABYTES = 512;
/** As Lambda's runtime starts Node in a function of that size: a tenth of it for young objects, the rest for old ones. */
const LAMBDA_HEAP = [
  `--max-semi-space-size=${Math.floor(FUNCTION_MEGABYTES / 20)}`,
  `--max-old-space-size=${Math.floor(FUNCTION_MEGABYTES * 0.9)}`,
];

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5000' },
    pods: { type: 'string', default: '150000' },
    'kubectl-pods': { type: 'string', default: '15000' },
    addresses: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '120' },
    help: { type: 'boolean' },
  },
});
if (values.help) process.stdout.write(HELP);
else await main(Number(values.nodes), Number(values.pods), Number(values['kubectl-pods']));

/** A rigged cluster, and the program that makes passes over it. */
interface Rig {
  readonly program: string;
  readonly authority: KeyedCertificate;
  readonly authorityFile: string;
  readonly certificate: KeyedCertificate;
  readonly apiServer: RigProcess;
  readonly folder: string;
  readonly door: ApiServerDoor;
}

async function main(nodes: number, pods: number, kubectlPods: number): Promise<void> {
  const rig = await openRig();
  try {
    const large = await passesOver(rig, nodes, pods);
    const peer = await peerOf(rig, nodes, pods, kubectlPods);
    printLarge(large, peer, nodes, pods);
    printMonth(await passesOver(rig, 100, 3000), await monthOfPasses(Number(values.minutes)));
  } finally {
    rig.apiServer.stop();
    rmSync(rig.folder, { recursive: true, force: true });
  }
}

async function openRig(): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'health-pass-'));
  const program = await bundleProgram(root, join(root, 'bench/rig/health-passes.ts'), folder);
  const authority = await CertificateAuthority.create('rig-ca');
  const certificate = await authority.issue({ commonName: 'rig', ipAddresses: ['127.0.0.1'] });
  const authorityFile = join(folder, 'ca.crt');
  writeFileSync(authorityFile, authority.certificate);
  const apiServer = startRigProcess(join(root, 'bench/rig/large-api-server.ts'));
  const listen: ApiServerRequest = { listen: { key: certificate.key, cert: certificate.certificate } };
  const { url } = await apiServer.ask<{ readonly url: string }>(listen);
  const door = { url, certificateAuthority: authority.certificate };
  return { program, authority, authorityFile, certificate, apiServer, folder, door };
}

/** What passes took, and what they asked. */
interface Passes {
  readonly figures: readonly PassFigures[];
  /** Of the last pass. */
  readonly kubernetes: Traffic;
  readonly aws: Pick<Traffic, 'requests' | 'bytes'>;
}

async function passesOver(rig: Rig, nodes: number, pods: number): Promise<Passes> {
  const aws = startRigProcess(join(root, 'bench/rig/large-aws.ts'));
  const begin: AwsRequest = {
    listen: { key: rig.certificate.key, cert: rig.certificate.certificate },
    nodes,
    addresses: Number(values.addresses),
    entry: entryOf(rig.door),
  };
  const environment = await aws.ask<AwsEnvironment>(begin);
  const program = startRigProcess(rig.program, {
    PATH: process.env.PATH,
    NODE_EXTRA_CA_CERTS: rig.authorityFile,
    NODE_OPTIONS: LAMBDA_HEAP.join(' '),
    ...environment,
  });
  try {
    const from = Date.now();
    const time = (minutes: number) => new Date(from + minutes * MINUTE_MS).toISOString();
    const pass = async (minutes: number, sickSince: string | null) => {
      await show(rig.apiServer, { nodes, pods, at: time(minutes), sickSince }, listsOfPass);
      await Promise.all([rig.apiServer.ask('traffic'), aws.ask('traffic')]);
      return program.ask<PassFigures>({ at: time(minutes) });
    };
    const figures: PassFigures[] = [];
    for (const [minutes, sickSince] of [
      [0, null],
      [1, null],
      [2, time(1.5)],
      [10, time(1.5)],
    ] as const)
      figures.push(await pass(minutes, sickSince));
    return { figures, kubernetes: await rig.apiServer.ask('traffic'), aws: await aws.ask('traffic') };
  } finally {
    program.stop();
    aws.stop();
  }
}

function entryOf({ url, certificateAuthority }: ApiServerDoor): Readonly<Record<string, unknown>> {
  return {
    name: 'large',
    kubernetes: { endpoint: url, certificateAuthority },
    join: { requiredDaemonSets },
    roles: { worker: { targetGroups: [{ arn: targetGroupArn }] } },
  };
}

async function show(apiServer: RigProcess, state: ClusterState, inAdvance: readonly string[]): Promise<void> {
  const request: ApiServerRequest = { show: state, inAdvance };
  await apiServer.ask(request);
}

/** What somebody takes who gets all nodes and all pods. */
interface Peer {
  readonly name: string;
  readonly seconds: number;
  readonly budget: number;
  readonly transferSeconds: number;
  readonly more: Readonly<Record<string, unknown>>;
}

async function peerOf(rig: Rig, nodes: number, pods: number, kubectlPods: number): Promise<Peer> {
  const at = new Date().toISOString();
  const lists = [`${NODES}?limit=500`, `${PODS}?limit=500`];
  await show(rig.apiServer, { nodes, pods, at, sickSince: null }, lists);
  const transferSeconds = (await bareTransfer(rig.door, NODES)) + (await bareTransfer(rig.door, PODS));
  const kubectl = kubectlPath();
  if (kubectl === undefined) {
    const name = 'the bare transfer of the lists of all nodes and all pods; kubectl is not installed';
    return { name, seconds: transferSeconds, budget: budgets.ofTransfer * transferSeconds, transferSeconds, more: {} };
  }
  const some = Math.min(pods, kubectlPods);
  await show(rig.apiServer, { nodes, pods: some, at, sickSince: null }, lists);
  const ofNodes = await kubectlGet(rig, kubectl, ['nodes']);
  const ofPods = await kubectlGet(rig, kubectl, ['pods', '-A']);
  const scale = pods / some;
  const seconds = ofNodes.seconds + ofPods.seconds * scale;
  const name = `kubectl get nodes -o json, measured, and kubectl get pods -A -o json, ${some} pods measured, times ${rounded(scale)}`;
  return {
    name,
    seconds,
    budget: budgets.ofKubectl * seconds,
    transferSeconds,
    more: {
      kubectlNodes: figuresOf(ofNodes),
      [`kubectl${some}Pods`]: figuresOf(ofPods),
      cpuSecondsOfPeer: rounded(ofNodes.cpuSeconds + ofPods.cpuSeconds * scale),
    },
  };
}

function kubectlGet(rig: Rig, kubectl: string, what: readonly string[]): Promise<ProgramFigures> {
  const { url } = rig.door;
  const door = ['--server', url, '--certificate-authority', rig.authorityFile, '--token', 'rig'];
  const cache = ['--cache-dir', join(rig.folder, 'cache')];
  return measuredProgram(kubectl, ['get', ...what, '-o', 'json', ...door, ...cache], {
    PATH: process.env.PATH,
    HOME: rig.folder,
    KUBECONFIG: join(rig.folder, 'no-kubeconfig'),
  });
}

function figuresOf({ seconds, cpuSeconds, peakMiB }: ProgramFigures) {
  return { seconds: rounded(seconds), cpuSeconds: rounded(cpuSeconds), peakMiB: rounded(peakMiB) };
}

function printLarge({ figures, kubernetes, aws }: Passes, peer: Peer, nodes: number, pods: number): void {
  const each = (pick: (one: PassFigures) => number) => figures.map((one) => rounded(pick(one)));
  const ours = Math.max(...figures.map(({ seconds }) => seconds));
  const peakMiB = Math.max(...figures.map((one) => one.peakMiB));
  const problems = figures.flatMap(({ outcome }) => outcome.problems);
  printResult({
    name: 'health-pass',
    unit: `seconds for the slowest of four passes over ${nodes} nodes and ${pods} pods`,
    ours: rounded(ours),
    peer: rounded(peer.seconds),
    peerName: peer.name,
    budget: rounded(peer.budget),
    ok: ours <= peer.budget && peakMiB <= budgets.peakMiB && problems.length === 0,
    seconds: each((one) => one.seconds),
    cpuSeconds: each((one) => one.cpuSeconds),
    peakMiB: each((one) => one.peakMiB),
    peakMiBBudget: budgets.peakMiB,
    findings: figures.map(({ outcome }) => outcome.findings),
    breakersOpen: figures.map(({ outcome }) => outcome.breakers.filter(({ open }) => open).length),
    problems,
    kubernetesRequests: kubernetes.requests,
    kubernetesMiB: rounded(kubernetes.bytes / MiB),
    kubernetesMiBUnpacked: rounded(kubernetes.unpackedBytes / MiB),
    awsRequests: aws.requests,
    awsMiB: rounded(aws.bytes / MiB),
    bareTransferSeconds: rounded(peer.transferSeconds),
    ...peer.more,
  });
}

function printMonth({ figures }: Passes, month: MonthOfPasses): void {
  const { health, everything, passes, lambdaMsPerPass, callsPerPass, dollarsMetrics } = month;
  const cpuSeconds = figures[1]?.cpuSeconds ?? Number.NaN;
  const lambdaSeconds = cpuSeconds * (MEGABYTES_OF_A_CPU / FUNCTION_MEGABYTES) + lambdaMsPerPass / 1000;
  const scale = (lambdaSeconds * 1000) / lambdaMsPerPass;
  const withCpu = health.parts.lambdaGigabyteSeconds * scale + health.parts.lambdaInvocations;
  printResult({
    name: 'health-pass-dollars',
    unit: 'dollars a month for compute and requests of passes each minute over 100 nodes',
    ours: rounded(withCpu),
    peer: budgets.dollars,
    peerName: 'what a month may cost',
    budget: budgets.dollars,
    ok: withCpu <= budgets.dollars,
    dollarsByTheLocalCloud: rounded(health.compute),
    dollarsOfParts: Object.fromEntries(Object.entries(health.parts).map(([part, value]) => [part, rounded(value)])),
    dollarsMetrics: rounded(dollarsMetrics),
    dollarsAllIn: rounded(withCpu + health.rest + dollarsMetrics),
    dollarsOfQuietClusterCompute: rounded(everything.compute),
    dollarsOfQuietClusterAllInWithoutMetrics: rounded(everything.total),
    passes,
    callsPerPass: rounded(callsPerPass),
    lambdaMsPerPassByTheLocalCloud: rounded(lambdaMsPerPass),
    cpuSecondsPerPass: rounded(cpuSeconds),
    lambdaMsPerPassWithCpu: rounded(lambdaSeconds * 1000),
  });
}
