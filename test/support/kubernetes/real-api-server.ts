import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CertificateAuthority,
  type CertificateSubject,
  type KeyedCertificate,
  serviceAccountKeys,
} from '../../../rehearsal/processes/certificate-authority.ts';
import { ChildProcesses } from '../../../rehearsal/processes/child-processes.ts';
import { freePorts } from '../../../src/processes/free-ports.ts';
import { HttpClient } from './http-client.ts';

/** A real etcd and kube-apiserver, and a controller-manager where there is one, for the time of a test. */
export interface RealApiServer {
  readonly url: string;
  /** The cluster's authority, PEM: verifies the server, and signs the kubelets' certificates. */
  readonly ca: string;
  /** Whether a controller-manager runs. */
  readonly hasControllers: boolean;
  /** Client URL of its etcd, plain HTTP on the loopback interface. */
  readonly etcdUrl: string;
  /** A client certificate: the common name is the user, the organizations are the groups. */
  issue(subject: CertificateSubject): Promise<KeyedCertificate>;
  /** Stops and starts the API server alone: its watch cache begins anew, clients lose their connections. */
  restart(): Promise<void>;
  /** Kills the processes and removes the directory. */
  stop(): Promise<void>;
}

/** A slow machine under load; an idle one needs a third. */
const readyWithinMs = 50_000;

/**
 * Starts a cluster without nodes from the binaries of `KUBEBUILDER_ASSETS`: TLS, Node and RBAC authorizers, NodeRestriction,
 * bootstrap tokens, and with a controller-manager also signing. Set as `kubeadm init` sets it.
 * @throws Error with the end of the log when a process ends or nothing is ready in time; everything is cleaned up first.
 */
export async function startRealApiServer(assets: string): Promise<RealApiServer> {
  const directory = await mkdtemp(join(tmpdir(), 'real-api-server-'));
  const processes = new ChildProcesses(directory);
  const stop = async () => {
    await processes.stopAll();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return await start(assets, directory, processes, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  assets: string,
  directory: string,
  processes: ChildProcesses,
  stop: () => Promise<void>,
): Promise<RealApiServer> {
  const [etcdPort, peerPort, apiPort, managerPort] = await freePorts(4);
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const url = `https://127.0.0.1:${apiPort}`;
  const ca = await CertificateAuthority.create('kubernetes');
  const file = await writePki(directory, ca);
  processes.start('etcd', join(assets, 'etcd'), etcdArguments(directory, etcdUrl, `http://127.0.0.1:${peerPort}`));
  const admin = await ca.issue({ commonName: 'contract-preparation', organizations: ['system:masters'] });
  const startApiServer = async () => {
    processes.start(
      'kube-apiserver',
      join(assets, 'kube-apiserver'),
      apiServerArguments(file, etcdUrl, Number(apiPort)),
    );
    await untilReady(url, { ca: ca.certificate, ...admin }, processes);
  };
  await startApiServer();
  const manager = join(assets, 'kube-controller-manager');
  const hasControllers = existsSync(manager);
  if (hasControllers) {
    await writeFile(file('controller-manager.conf'), await kubeconfig(url, ca));
    processes.start('kube-controller-manager', manager, controllerManagerArguments(file, Number(managerPort)));
  }
  const restart = async () => {
    await processes.stop('kube-apiserver');
    await startApiServer();
  };
  return { url, ca: ca.certificate, hasControllers, etcdUrl, issue: (subject) => ca.issue(subject), restart, stop };
}

/** Writes keys and certificates and gives the way to their paths. */
async function writePki(directory: string, ca: CertificateAuthority): Promise<(name: string) => string> {
  const file = (name: string) => join(directory, name);
  const serving = await ca.issue({
    commonName: 'kube-apiserver',
    ipAddresses: ['127.0.0.1', '10.96.0.1'],
    dnsNames: ['localhost', 'kubernetes'],
  });
  const serviceAccounts = serviceAccountKeys();
  const contents = {
    'ca.crt': ca.certificate,
    'ca.key': ca.key,
    'apiserver.crt': serving.certificate,
    'apiserver.key': serving.key,
    'sa.pub': serviceAccounts.publicKey,
    'sa.key': serviceAccounts.privateKey,
  };
  for (const [name, text] of Object.entries(contents)) await writeFile(file(name), text, { mode: 0o600 });
  return file;
}

/** It may lose everything: no fsync, which is what makes it start quickly. */
function etcdArguments(directory: string, clientUrl: string, peerUrl: string): string[] {
  return flags({
    'data-dir': join(directory, 'etcd'),
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `default=${peerUrl}`,
    'unsafe-no-fsync': 'true',
  });
}

/** ServiceAccount admission is off: pods are made here before any controller could make their service account. */
function apiServerArguments(file: (name: string) => string, etcdUrl: string, port: number): string[] {
  return flags({
    'etcd-servers': etcdUrl,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'endpoint-reconciler-type': 'none',
    'secure-port': String(port),
    'tls-cert-file': file('apiserver.crt'),
    'tls-private-key-file': file('apiserver.key'),
    'client-ca-file': file('ca.crt'),
    'authorization-mode': 'Node,RBAC',
    'enable-bootstrap-token-auth': 'true',
    'enable-admission-plugins': 'NodeRestriction',
    'disable-admission-plugins': 'ServiceAccount',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': file('sa.pub'),
    'service-account-signing-key-file': file('sa.key'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'allow-privileged': 'true',
  });
}

/** Nodes here have no kubelet: the grace period keeps them from turning NotReady while a test looks at something else. */
function controllerManagerArguments(file: (name: string) => string, port: number): string[] {
  const config = file('controller-manager.conf');
  return flags({
    kubeconfig: config,
    'authentication-kubeconfig': config,
    'authorization-kubeconfig': config,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'leader-elect': 'false',
    controllers: '*,bootstrap-signer-controller,token-cleaner-controller',
    'cluster-signing-cert-file': file('ca.crt'),
    'cluster-signing-key-file': file('ca.key'),
    'root-ca-file': file('ca.crt'),
    'service-account-private-key-file': file('sa.key'),
    'use-service-account-credentials': 'true',
    'node-monitor-grace-period': '1h',
  });
}

async function kubeconfig(url: string, ca: CertificateAuthority): Promise<string> {
  const identity = await ca.issue({ commonName: 'system:kube-controller-manager' });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'contract', cluster: { server: url, 'certificate-authority-data': base64(ca.certificate) } }],
    users: [
      {
        name: 'manager',
        user: { 'client-certificate-data': base64(identity.certificate), 'client-key-data': base64(identity.key) },
      },
    ],
    contexts: [{ name: 'contract', context: { cluster: 'contract', user: 'manager' } }],
    'current-context': 'contract',
  });
}

async function untilReady(
  url: string,
  credentials: KeyedCertificate & { readonly ca: string },
  processes: ChildProcesses,
): Promise<void> {
  const client = new HttpClient(url, credentials);
  const deadline = Date.now() + readyWithinMs;
  try {
    while (!(await answersReady(client))) {
      await processes.assertAllRun();
      if (Date.now() > deadline)
        throw new Error(`not ready after ${readyWithinMs} ms. ${await processes.logOf('kube-apiserver')}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    client.close();
  }
}

async function answersReady(client: HttpClient): Promise<boolean> {
  try {
    return (await client.send('GET', '/readyz')).status === 200;
  } catch {
    return false; // not listening yet
  }
}

/** Ports that were free a moment ago; all are held while one looks for the next, so that they differ. */
function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
