import { loadAll as loadAllYaml } from 'js-yaml';
import type { HttpRequest } from '../../wire/http.ts';
import type { World } from '../../world/world.ts';
import {
  type ClusterNode,
  conditionOf,
  type KubeObject,
  type Pod,
  type PodDisruptionBudget,
  type PodSpec,
  type Secret,
  type Taint,
  type Toleration,
} from '../api/objects.ts';
import { resourceOfKind } from '../api/resources.ts';
import { installKubeadmPolicy } from '../auth/bootstrap-policy.ts';
import { ApiClient } from '../node/api-client.ts';
import { Kubelet } from '../node/kubelet.ts';
import type { KubeletHost } from '../node/kubelet-host.ts';
import { NODE_IMAGE } from '../node/node-image.ts';
import { patientSend } from '../node/patient-send.ts';
import type { PodTiming } from '../node/pod-timing.ts';
import type { StaticPod } from '../node/static-pods.ts';
import type { SimulatedCluster } from '../simulated-cluster.ts';

/** A bootstrap token to make; the secret part is random unless given. */
export interface SeededToken {
  readonly id: string;
  readonly secret: string;
  readonly groups?: readonly string[];
  /** From now; default: never expires. */
  readonly seconds?: number;
}

/** A node that has no machine. */
export interface HollowNodeOptions {
  readonly roles?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly providerId?: string;
  readonly network?: 'daemonset' | 'built-in';
  readonly podTiming?: PodTiming;
  /** Manifests on its disk; the API shows mirrors of them. */
  readonly staticPods?: readonly StaticPod[];
}

/** A Deployment or StatefulSet and, with one of the limits, its budget. */
export interface SeededDeployment {
  readonly name: string;
  readonly namespace?: string;
  readonly replicas: number;
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  /** Of its pods: `simulation/ignores-sigterm`, `simulation/never-ready`. */
  readonly annotations?: Record<string, string>;
  readonly spec?: Partial<PodSpec>;
}

function hollowHost(world: World, name: string, number: number): KubeletHost {
  const address = `10.1.${Math.floor(number / 250)}.${(number % 250) + 1}`;
  const random = world.random.for(`kubelet:${name}`);
  return {
    world,
    random,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    bootId: random.uuid(),
    machineId: random.hex(32),
    journal: () => {},
    listen: () => {},
    reachable: () => true,
  };
}

function encode(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

/** Builders for scenarios. They write straight into the store, as if it had always been so. */
export class ClusterSeed {
  readonly #cluster: SimulatedCluster;
  #hollow = 0;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  /** Any object. `key` is the plural and group: `daemonsets.apps`. */
  object<T extends KubeObject>(key: string, object: T): T {
    return this.#cluster.store.create(key, object);
  }

  /**
   * The objects of a manifest, YAML documents as `kubectl apply -f` takes them; what is there is replaced.
   * @throws Error for a kind that is not served.
   */
  manifest(text: string): void {
    for (const document of loadAllYaml(text) as (KubeObject | null)[]) {
      if (!document) continue;
      const type = resourceOfKind(document.apiVersion, document.kind);
      if (!type) throw new Error(`${document.apiVersion} ${document.kind} is not served by the simulated API server`);
      const { store } = this.#cluster;
      const { name, namespace } = document.metadata;
      const home = type.namespaced ? (namespace ?? 'default') : undefined;
      const object =
        home === undefined ? document : { ...document, metadata: { ...document.metadata, namespace: home } };
      if (store.find(type.storedAs, name, home)) store.replace(type.storedAs, object);
      else store.create(type.storedAs, object);
    }
  }

  /** What `kubeadm init` leaves: roles and bindings for joining, cluster-info, kubeadm-config, kubelet-config. */
  kubeadm(endpoint = `https://${this.#cluster.host}:6443`): void {
    const { store, name, caCertificate, version } = this.#cluster;
    installKubeadmPolicy(store);
    const authority = Buffer.from(caCertificate).toString('base64');
    const kubeconfig = `apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: ${authority}\n    server: ${endpoint}\n  name: ""\ncontexts: null\ncurrent-context: ""\nkind: Config\nusers: null\n`;
    this.#configMap('kube-public', 'cluster-info', { kubeconfig });
    const configuration = `apiVersion: kubeadm.k8s.io/v1beta4\nclusterName: ${name}\ncontrolPlaneEndpoint: ${endpoint.replace('https://', '')}\nkind: ClusterConfiguration\nkubernetesVersion: v${version}\n`;
    this.#configMap('kube-system', 'kubeadm-config', { ClusterConfiguration: configuration });
    const kubelet =
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nrotateCertificates: true\nserverTLSBootstrap: true\n';
    this.#configMap('kube-system', 'kubelet-config', { kubelet });
  }

  /** A bootstrap token as kubeadm makes one; returns `<id>.<secret>`. */
  bootstrapToken({ id, secret, groups = [], seconds }: SeededToken): string {
    const expiration =
      seconds === undefined
        ? {}
        : { expiration: new Date(this.#cluster.world.now() + seconds * 1000).toISOString().replace('.000Z', 'Z') };
    this.#cluster.store.create<Secret>('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      data: encode({
        'token-id': id,
        'token-secret': secret,
        'usage-bootstrap-authentication': 'true',
        'usage-bootstrap-signing': 'true',
        'auth-extra-groups': groups.join(','),
        ...expiration,
      }),
    });
    return `${id}.${secret}`;
  }

  /** A DaemonSet in kube-system that tolerates everything, as CNI plugins and kube-proxy do. */
  daemonSet(name: string, labels: Readonly<Record<string, string>>, spec: Partial<PodSpec> = {}): KubeObject {
    const tolerations: Toleration[] = [{ operator: 'Exists' }];
    return this.#cluster.store.create('daemonsets.apps', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace: 'kube-system', labels: { ...labels } },
      spec: {
        selector: { matchLabels: { ...labels } },
        template: {
          metadata: { labels: { ...labels } },
          spec: {
            hostNetwork: true,
            priorityClassName: 'system-node-critical',
            tolerations,
            containers: [{ name, image: `registry.k8s.io/${name}:v1` }],
            ...spec,
          },
        },
      },
    } as KubeObject);
  }

  /** A CNI DaemonSet: nodes become Ready when its pod runs on them. */
  networkPlugin(): KubeObject {
    return this.daemonSet('kube-flannel', { 'k8s-app': 'flannel' });
  }

  kubeProxy(): KubeObject {
    return this.daemonSet('kube-proxy', { 'k8s-app': 'kube-proxy' });
  }

  /**
   * A node without a machine: a real kubelet over the API on nothing but a name, Ready within seconds. For tests and
   * benchmarks of what happens inside a cluster. Returns the kubelet, which can be stopped.
   */
  hollowNode(name: string, options: HollowNodeOptions = {}): Kubelet {
    const cluster = this.#cluster;
    const { certificate } = cluster.nodeCertificate(name);
    const send = (request: HttpRequest) => cluster.handle(request, { kind: 'instance', name });
    const api = new ApiClient(patientSend(cluster.world, send), `${cluster.host}:6443`, { certificate });
    this.#hollow += 1;
    const kubelet = new Kubelet(hollowHost(cluster.world, name, this.#hollow), api, {
      ...NODE_IMAGE,
      nodeName: name,
      labels: options.labels ?? {},
      taints: options.taints ?? [],
      externalCloud: false,
      network: options.network ?? 'built-in',
      nodePorts: [],
      servingCertificate: false,
      heartbeats: cluster.heartbeats,
      ...(options.providerId !== undefined && { providerId: options.providerId }),
      ...(options.podTiming && { podTiming: options.podTiming }),
      ...(options.staticPods && { staticPods: options.staticPods }),
    });
    void kubelet.start().then(() => {
      const roles = Object.fromEntries((options.roles ?? []).map((role) => [`node-role.kubernetes.io/${role}`, '']));
      cluster.store.change<ClusterNode>('nodes', name, undefined, (node) => {
        node.metadata.labels = { ...node.metadata.labels, ...roles };
      });
    });
    return kubelet;
  }

  /** The names of the nodes that are Ready now. */
  readyNodes(): string[] {
    const ready = (node: ClusterNode) => conditionOf(node, 'Ready')?.status === 'True';
    return this.#cluster.store
      .list<ClusterNode>('nodes')
      .filter(ready)
      .map((node) => node.metadata.name);
  }

  /** A Deployment in `default` unless told, with a budget of the same name when one of the limits is given. */
  deployment(options: SeededDeployment): KubeObject {
    return this.#workload('Deployment', options, {});
  }

  /** A StatefulSet whose pods each have a volume of their own, `data-<pod>`, of the default class; a budget as with a Deployment. */
  statefulSet(options: SeededDeployment): KubeObject {
    this.storageClass();
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    return this.#workload('StatefulSet', options, { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] });
  }

  #workload(kind: string, options: SeededDeployment, more: object): KubeObject {
    const { name, namespace = 'default', replicas, minAvailable, maxUnavailable, annotations, spec } = options;
    const labels = { app: name };
    const selector = { matchLabels: labels };
    const limits = {
      ...(minAvailable !== undefined && { minAvailable }),
      ...(maxUnavailable !== undefined && { maxUnavailable }),
    };
    if (Object.keys(limits).length > 0) this.budget(name, { namespace, selector, ...limits });
    const template = {
      metadata: { labels, ...(annotations && { annotations }) },
      spec: { containers: [{ name, image: `registry.example.com/${name}:1` }], ...spec },
    };
    return this.object(`${kind.toLowerCase()}s.apps`, {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace, labels },
      spec: { replicas, selector, template, ...more },
    } as KubeObject);
  }

  /** A PodDisruptionBudget, in `default` unless told. */
  budget(name: string, { namespace = 'default', ...spec }: PodDisruptionBudget['spec'] & { namespace?: string }): void {
    this.object<PodDisruptionBudget>('poddisruptionbudgets.policy', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace },
      spec,
    });
  }

  /** A default class whose volumes are made, attached and detached as the EBS driver does. There already is fine. */
  storageClass(name = 'gp3'): void {
    if (this.#cluster.store.find('storageclasses.storage.k8s.io', name)) return;
    this.object('storageclasses.storage.k8s.io', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'ebs.csi.aws.com',
    } as KubeObject);
  }

  /** A claim of the default class, in `default` unless told: for a pod of {@link ClusterSeed.pod}. */
  volumeClaim(name: string, namespace = 'default'): KubeObject {
    this.storageClass();
    return this.object('persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      status: { phase: 'Pending' },
    } as KubeObject);
  }

  /** A pod as it is, already bound when its spec says so. Finalizers hold it after its deletion until somebody removes them. */
  pod(pod: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    spec?: Partial<PodSpec>;
    owner?: KubeObject;
  }): Pod {
    const { name, namespace = 'default', labels, annotations, finalizers, spec, owner } = pod;
    return this.#cluster.store.create<Pod>('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        ...(labels && { labels }),
        ...(annotations && { annotations }),
        ...(finalizers && { finalizers }),
        ...(owner && {
          ownerReferences: [
            {
              apiVersion: owner.apiVersion,
              kind: owner.kind,
              name: owner.metadata.name,
              uid: owner.metadata.uid ?? '',
              controller: true,
            },
          ],
        }),
      },
      spec: {
        containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }],
        terminationGracePeriodSeconds: 30,
        ...spec,
      },
      status: { phase: 'Pending' },
    });
  }

  #configMap(namespace: string, name: string, data: Record<string, string>): void {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
    this.#cluster.store.create<KubeObject>('configmaps', object);
  }
}
