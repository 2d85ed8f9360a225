import type { Machine } from '../../../../simulator/instances/machine.ts';
import type { KubeObject, ObjectMeta } from '../../../../simulator/kubernetes/api/objects.ts';
import type { ControllerOptions } from '../../../../simulator/kubernetes/controllers/cluster-controllers.ts';
import { SimulatedCluster } from '../../../../simulator/kubernetes/simulated-cluster.ts';
import type { HttpResponse } from '../../../../simulator/wire/http.ts';
import { World } from '../../../../simulator/world/world.ts';

export const HOST = 'api.demo.example.com';

/** A cluster with a client for each identity that a test needs. */
export interface TestCluster {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly admin: TestClient;
  as(user: string, groups?: readonly string[]): TestClient;
  withToken(token: string): TestClient;
  readonly anonymous: TestClient;
}

/** An answer, its body parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every kind
  readonly body: any;
}

export class TestClient {
  readonly #cluster: SimulatedCluster;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #certificate: string | undefined;

  constructor(cluster: SimulatedCluster, headers: Readonly<Record<string, string>>, certificate?: string) {
    this.#cluster = cluster;
    this.#headers = headers;
    this.#certificate = certificate;
  }

  async raw(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    return this.#cluster.handle(
      {
        method,
        host: HOST,
        port: 6443,
        path,
        headers: { ...this.#headers, ...headers },
        body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
        ...(this.#certificate !== undefined && { clientCertificate: this.#certificate }),
        ...(signal && { signal }),
      },
      { kind: 'outside', name: '' },
    );
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.raw(method, path, body, headers);
    const text = response.body instanceof Uint8Array ? Buffer.from(response.body).toString('utf8') : '';
    const json = response.headers['content-type']?.startsWith('application/json');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.call('POST', path, body);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.call('PUT', path, body);
  }

  patch(path: string, body: unknown, type = 'strategic-merge-patch'): Promise<Answer> {
    return this.call('PATCH', path, body, { 'content-type': `application/${type}+json` });
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.call('DELETE', path, body);
  }
}

export function testCluster(options: { seed?: string; controllers?: ControllerOptions } = {}): TestCluster {
  const world = new World({ seed: options.seed ?? 'kubernetes' });
  const controllers = options.controllers ?? {};
  const cluster = new SimulatedCluster({ world, name: 'demo', host: HOST, controllers });
  const as = (user: string, groups: readonly string[] = []) =>
    new TestClient(cluster, {}, cluster.clientCertificate(user, groups).certificate);
  return {
    world,
    cluster,
    as,
    admin: as('kubernetes-admin', ['system:masters']),
    withToken: (token) => new TestClient(cluster, { authorization: `Bearer ${token}` }),
    anonymous: new TestClient(cluster, {}),
  };
}

export function node(name: string, metadata: Partial<ObjectMeta> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, ...metadata } };
}

export function pod(name: string, metadata: Partial<ObjectMeta> = {}, spec: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'main', image: 'app' }], ...spec },
  } as KubeObject;
}

/** A machine on whose disk, journal and ports a test can look. */
export class TestMachine implements Machine {
  readonly world: World;
  readonly instanceId: string;
  readonly instanceArn: string;
  readonly region = 'us-east-1';
  readonly availabilityZone = 'us-east-1a';
  readonly imageId = 'ami-1';
  readonly instanceType = 'm7g.xlarge';
  readonly subnetId = 'subnet-1';
  readonly privateIpAddress: string;
  readonly privateDnsName: string;
  bootId = '11111111-2222-4333-8444-555555555555';
  readonly files = new Map<string, string>();
  readonly lines: string[] = [];
  readonly ports = new Set<string>();
  readonly parameters = new Map<string, string>();
  tagged: Record<string, string> = {};
  connected = true;
  readonly #cluster: SimulatedCluster;
  userData: string;

  constructor(cluster: SimulatedCluster, number: number, userData = 'JOIN_PARAMETER=/tender/join/{instance-id}') {
    this.world = cluster.world;
    this.#cluster = cluster;
    this.instanceId = `i-${String(number).padStart(17, '0')}`;
    this.instanceArn = `arn:aws:ec2:us-east-1:111122223333:instance/${this.instanceId}`;
    this.privateIpAddress = `10.0.1.${number}`;
    this.privateDnsName = `ip-10-0-1-${number}.ec2.internal`;
    this.userData = userData;
  }

  tags(): Readonly<Record<string, string>> {
    return this.tagged;
  }

  console(line: string): void {
    this.lines.push(`console: ${line}`);
  }

  journal(unit: string, line: string): void {
    this.lines.push(`${unit}: ${line}`);
  }

  journalOf(unit: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(`${unit}: `));
  }

  writeFile(path: string, text: string): void {
    this.files.set(path, text);
  }

  async aws(_prefix: string, _operation: string, input: unknown): Promise<unknown> {
    const value = this.parameters.get((input as { Name: string }).Name);
    if (value === undefined) throw Object.assign(new Error('no such parameter'), { code: 'ParameterNotFound' });
    return { Parameter: { Value: value } };
  }

  http(request: Parameters<Machine['http']>[0]): Promise<HttpResponse> {
    if (!this.connected) return Promise.reject(new Error('ETIMEDOUT'));
    return this.#cluster.handle(request, { kind: 'instance', name: this.instanceId });
  }

  answers(port: number): boolean {
    return this.connected && this.ports.has(String(port));
  }

  listen(port: number | { from: number; to: number }, open: boolean): void {
    const key = typeof port === 'number' ? String(port) : `${port.from}-${port.to}`;
    if (open) this.ports.add(key);
    else this.ports.delete(key);
  }

  reboot(): void {}

  systemctl(): void {}

  inactiveUnits(): readonly string[] {
    return [];
  }
}

/** A join configuration as a node finds it in its parameter. */
export function joinConfiguration(cluster: SimulatedCluster, token: string, extra = ''): string {
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: ${HOST}:6443
    token: ${token}
    caCertHashes: ["${cluster.caCertHash}"]
nodeRegistration:
  taints:
  - key: example.com/joining
    effect: NoSchedule
  kubeletExtraArgs:
  - name: node-labels
    value: pool=blue
  - name: provider-id
    value: aws:///us-east-1a/i-1
  - name: cloud-provider
    value: external
${extra}`;
}
