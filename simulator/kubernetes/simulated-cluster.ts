import { randomBytes } from 'node:crypto';
import type { HttpEndpoint, HttpRequest, HttpResponse, RequestOrigin } from '../wire/http.ts';
import type { World } from '../world/world.ts';
import { AdmissionPolicies } from './admission/admission-policies.ts';
import { ApiServer, type Outage } from './api/api-server.ts';
import type { KubeObject, Pod } from './api/objects.ts';
import { resourceOf } from './api/resources.ts';
import { Store } from './api/store.ts';
import { Authenticator, type AwsAccessEntry, type AwsTokenCheck } from './auth/authentication.ts';
import { Authorizer } from './auth/authorization.ts';
import { installBootstrapPolicy } from './auth/bootstrap-policy.ts';
import { restrictNode } from './auth/node-restriction.ts';
import type { User } from './auth/user.ts';
import { ClusterControllers, type ControllerOptions } from './controllers/cluster-controllers.ts';
import type { ControllerContext } from './controllers/controller-context.ts';
import { Heartbeats } from './node/heartbeats.ts';
import { NodeProblems } from './node/node-problems.ts';
import { CertificateAuthority, newKeyPair, privateKeyPem } from './pki/certificates.ts';
import { ClusterSeed } from './seed/cluster-seed.ts';

export interface SimulatedClusterOptions {
  readonly world: World;
  /** What the log and fault rules call it. */
  readonly name: string;
  /** `api.demo.example.com`. */
  readonly host: string;
  /** Default 1.36.2. */
  readonly version?: string;
  /** What IAM tokens must be made for; default the name. */
  readonly clusterId?: string;
  readonly authenticateAwsToken?: AwsTokenCheck;
  readonly awsAccess?: readonly AwsAccessEntry[];
  readonly controllers?: ControllerOptions;
}

/** A key and a certificate, PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly privateKey: string;
}

const CERTIFICATES_FROM = Date.UTC(2020, 0, 1);
const ownAddresses = ['127.0.0.1', '10.96.0.1'];
const THIRTY_YEARS_MS = 30 * 31_557_600_000;

/**
 * One simulated Kubernetes: an API server that plain kubectl works with, and the controllers behind it, on virtual time.
 *
 * Certificates and keys are real; they appear nowhere in the log. The server's and the administrator's are valid from
 * 2020 to 2050, so that they also hold on real sockets, whatever the world's clock says.
 */
export class SimulatedCluster implements HttpEndpoint {
  readonly name: string;
  readonly host: string;
  readonly version: string;
  readonly world: World;
  readonly store: Store;
  readonly authority: CertificateAuthority;
  readonly controllers: ClusterControllers;
  /** Renews the leases of simulated kubelets all at once. */
  readonly heartbeats: Heartbeats;
  /** What detectors on nodes have found: conditions that latch. */
  readonly problems: NodeProblems;
  /** Builders for scenarios: nodes that are there already, kubeadm's objects, DaemonSets, Deployments. */
  readonly seed: ClusterSeed;
  readonly #server: ApiServer;
  readonly #authenticator: Authenticator;

  constructor(options: SimulatedClusterOptions) {
    const { world, name, host } = options;
    this.world = world;
    this.name = name;
    this.host = host;
    this.version = options.version ?? '1.36.2';
    this.store = new Store(world, `kubernetes:${name}`);
    this.authority = new CertificateAuthority('kubernetes', CERTIFICATES_FROM);
    this.#authenticator = new Authenticator({
      store: this.store,
      authority: this.authority,
      clusterId: options.clusterId ?? name,
      issuer: `https://${host}`,
      ...(options.authenticateAwsToken && { authenticateAwsToken: options.authenticateAwsToken }),
      ...(options.awsAccess && { awsAccess: options.awsAccess }),
    });
    const authorizer = new Authorizer(this.store);
    const policies = new AdmissionPolicies(this.store, authorizer);
    const log = this.log.bind(this);
    this.#server = new ApiServer({
      world,
      name,
      host,
      version: this.version,
      store: this.store,
      authenticator: this.#authenticator,
      authorizer,
      log,
      admit: (request) => {
        restrictNode(request, this.store);
        policies.admit(request);
      },
    });
    installBootstrapPolicy(this.store);
    const context: ControllerContext = { world, store: this.store, log };
    this.heartbeats = new Heartbeats(context, () => this.#server.isDown);
    this.problems = new NodeProblems(context);
    this.controllers = new ClusterControllers(context, {
      ...options.controllers,
      authorizer,
      authority: this.authority,
      isDown: () => this.#server.isDown,
      deletePod: (pod, graceSeconds) => this.deletePod(pod, graceSeconds),
    });
    this.seed = new ClusterSeed(this);
  }

  /** The CA, PEM. */
  get caCertificate(): string {
    return this.authority.certificate;
  }

  /** The names and addresses in the API server's certificate. */
  get serverNames(): readonly string[] {
    return [...this.#dnsNames, ...ownAddresses];
  }

  /** `sha256:<hex>` of the CA's public key, as kubeadm pins it. */
  get caCertHash(): string {
    return this.authority.hash;
  }

  handle(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse> {
    return this.#server.handle(request, origin);
  }

  /** The API server stops answering: connections are refused, or nothing ever comes. Controllers stand still with it. */
  down(outage: Outage = 'refused'): void {
    this.log('ApiServerDown', { outage });
    this.#server.down(outage);
  }

  up(): void {
    this.#server.up();
    this.log('ApiServerUp', {});
    this.controllers.resume();
  }

  /** Watches that are open now. */
  get openWatches(): number {
    return this.#server.openWatches;
  }

  /** A client certificate of the cluster's CA: CN is the user, each O a group. Valid until 2050. */
  clientCertificate(user: string, groups: readonly string[]): TlsIdentity {
    const pair = newKeyPair();
    const certificate = this.authority.issue({
      subject: { commonName: user, organizations: groups },
      publicKey: pair.publicKey,
      usages: ['client auth'],
      notBefore: CERTIFICATES_FROM,
      notAfter: CERTIFICATES_FROM + THIRTY_YEARS_MS,
    });
    return { certificate, privateKey: privateKeyPem(pair) };
  }

  /** The client certificate of a node, for a year from now: what a finished bootstrap leaves on its disk. */
  nodeCertificate(nodeName: string): TlsIdentity {
    const pair = newKeyPair();
    const now = this.world.now();
    const certificate = this.authority.issue({
      subject: { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] },
      publicKey: pair.publicKey,
      usages: ['client auth'],
      notBefore: now - 300_000,
      notAfter: now + 365 * 86_400_000,
    });
    return { certificate, privateKey: privateKeyPem(pair) };
  }

  /** What an HTTPS listener serves; `names` and addresses are added to the cluster's own host, localhost and 127.0.0.1. */
  serverCertificate(names: readonly string[] = [], ipAddresses: readonly string[] = []): TlsIdentity {
    const pair = newKeyPair();
    const certificate = this.authority.issue({
      subject: { commonName: 'kube-apiserver' },
      publicKey: pair.publicKey,
      usages: ['server auth'],
      dnsNames: [...new Set([...this.#dnsNames, ...names])],
      ipAddresses: [...new Set([...ownAddresses, ...ipAddresses])],
      notBefore: CERTIFICATES_FROM,
      notAfter: CERTIFICATES_FROM + THIRTY_YEARS_MS,
    });
    return { certificate, privateKey: privateKeyPem(pair) };
  }

  /** A kubeconfig of kubernetes-admin (system:masters), with the key inside. */
  adminKubeconfig(serverUrl: string): string {
    const { certificate, privateKey } = this.clientCertificate('kubernetes-admin', ['system:masters']);
    const credentials = [
      `    client-certificate-data: ${base64(certificate)}`,
      `    client-key-data: ${base64(privateKey)}`,
    ];
    return this.#kubeconfig(serverUrl, credentials);
  }

  /** A kubeconfig with a bearer token. */
  tokenKubeconfig(serverUrl: string, token: string): string {
    return this.#kubeconfig(serverUrl, [`    token: ${token}`]);
  }

  /** Lets a new fixed token stand for a user; returns it. It is random: never log it. */
  addStaticToken(user: User, token: string = randomBytes(24).toString('base64url')): string {
    this.#authenticator.addToken(token, user);
    return token;
  }

  /** Takes back a token that addStaticToken gave; whoever still uses it is answered 401. */
  revokeStaticToken(token: string): void {
    this.#authenticator.removeToken(token);
  }

  /** Maps an IAM principal to a user, as aws-auth or an EKS access entry does. */
  addAwsAccess(entry: AwsAccessEntry): void {
    this.#authenticator.addAwsAccess(entry);
  }

  /** A token of a service account, which is made when it is not there. */
  issueServiceAccountToken(namespace: string, name: string, seconds = 365 * 86_400): string {
    const account =
      this.store.find<KubeObject>('serviceaccounts', name, namespace) ??
      this.store.create<KubeObject>('serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace },
      });
    return this.#authenticator.issueServiceAccountToken(namespace, name, account.metadata.uid ?? '', seconds);
  }

  /** Deletes a pod as a DELETE request would. */
  deletePod(pod: Pod, graceSeconds?: number): void {
    const options = graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds };
    this.#server.resources.deleteObject(resourceOf('pods'), pod, options);
  }

  /** Writes to the world's log as this cluster. */
  log(event: string, details: Record<string, unknown>): void {
    this.world.history.record(`kubernetes:${this.name}`, event, details);
  }

  get #dnsNames(): readonly string[] {
    return [this.host, 'localhost', 'kubernetes', 'kubernetes.default.svc'];
  }

  #kubeconfig(serverUrl: string, credentials: readonly string[]): string {
    return [
      'apiVersion: v1',
      'kind: Config',
      'clusters:',
      `- name: ${this.name}`,
      '  cluster:',
      `    server: ${serverUrl}`,
      `    certificate-authority-data: ${base64(this.caCertificate)}`,
      'users:',
      '- name: user',
      '  user:',
      ...credentials,
      'contexts:',
      `- name: ${this.name}`,
      `  context: { cluster: ${this.name}, user: user }`,
      `current-context: ${this.name}`,
      '',
    ].join('\n');
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
