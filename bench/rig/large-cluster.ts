import { createHash } from 'node:crypto';
import { type Fillings, stencil } from './stencil.ts';

/** How the cluster is at a time. */
export interface ClusterState {
  readonly nodes: number;
  readonly pods: number;
  /** ISO 8601. Nodes that are well have renewed their lease within the last ten seconds. */
  readonly at: string;
  /** Since when sick nodes are silent: three of ten, in all groups and zones alike. null: all are well. */
  readonly sickSince: string | null;
}

/** One DNS pod for so many nodes, as the usual autoscaler of it has them. */
const NODES_PER_DNS_POD = 16;
const IMAGES = 50;
const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
const GROUPS = 10;
/** The account that it lies in. */
export const ACCOUNT = '111111111111';
/** A target group of workers. */
export const targetGroupArn = `arn:aws:elasticloadbalancing:us-east-1:${ACCOUNT}:targetgroup/large-ingress/0123456789abcdef`;
const CREATED = '2026-10-02T09:14:27Z';

/** Of the node's name and its machine: what Kubernetes, EC2 and Auto Scaling say alike. */
export interface Place {
  readonly name: string;
  readonly address: string;
  readonly instanceId: string;
  readonly zone: string;
  readonly group: string;
}

/** The node of this number, from 0. */
export function placeOf(index: number): Place {
  const address = `10.${32 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  return {
    name: `ip-${address.replaceAll('.', '-')}.ec2.internal`,
    address,
    instanceId: `i-${hex('instance', index, 17)}`,
    zone: ZONES[index % ZONES.length] ?? '',
    group: `large-workers-${index % GROUPS}`,
  };
}

/** Names of its Auto Scaling groups. */
export const groupNames: readonly string[] = Array.from({ length: GROUPS }, (_, index) => `large-workers-${index}`);

/** Whether the node of this number is among those that are silent when some are. */
export function isAmongSick(index: number): boolean {
  return Math.floor(index / GROUPS) % 10 < 3;
}

/** The same noise for the same things, as hexadecimal digits. */
export function hex(what: string, index: number, digits: number): string {
  return createHash('sha256').update(`${what} ${index}`).digest('hex').slice(0, digits);
}

function uid(what: string, index: number): string {
  const digits = hex(what, index, 32);
  return [8, 12, 16, 20, 32].map((end, part, ends) => digits.slice(part === 0 ? 0 : ends[part - 1], end)).join('-');
}

/** The Node of this number as a list has it, JSON. */
export function nodeJson(index: number, { at, sickSince }: ClusterState): string {
  const sick = sickSince !== null && isAmongSick(index);
  const place = placeOf(index);
  const fillings: Fillings = {
    ...place,
    uid: uid('node', index),
    version: 400_000_000 + index,
    boot: uid('boot', index),
    machine: hex('machine', index, 32),
    images: imagesOf(index),
    heardAt: beforeOf(sick ? sickSince : at, index % 300),
    ...(sick
      ? { status: 'Unknown', since: secondOf(sickSince), ...SILENT }
      : { status: 'True', since: CREATED, ...WELL }),
  };
  return nodeOf(fillings);
}

const WELL = { reason: 'KubeletReady', message: 'kubelet is posting ready status' };
const SILENT = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };

/** The Lease of the node of this number as a list has it, JSON. */
export function leaseJson(index: number, { at, sickSince }: ClusterState): string {
  const sick = sickSince !== null && isAmongSick(index);
  // The node controller waits 40 s before it says that a node is silent.
  const renewedAt = sick ? beforeOf(sickSince, 40) : beforeOf(at, index % 10);
  const fillings = {
    ...placeOf(index),
    uid: uid('lease', index),
    ofNode: uid('node', index),
    version: 500_000_000 + index,
  };
  return leaseOf({ ...fillings, renewedAt: renewedAt.replace('Z', '.482913Z') });
}

/** DaemonSets of the cluster as a list has them, JSON. */
export function daemonSetsJson({ nodes, sickSince }: ClusterState): readonly string[] {
  const silent = sickSince === null ? 0 : Array.from({ length: nodes }, (_, index) => index).filter(isAmongSick).length;
  return DAEMON_SETS.map((name, index) =>
    daemonSetOf({ name, uid: uid('daemonset', index), desired: nodes, ready: nodes - silent }),
  );
}

/** Names of DaemonSets, each with one pod a node. */
const DAEMON_SETS = ['cilium', 'kube-proxy', 'ebs-csi-node'];
/** `namespace/name` of what the registry entry requires. */
export const requiredDaemonSets: readonly string[] = DAEMON_SETS.map((name) => `kube-system/${name}`);

/** How many DNS pods the cluster has. They are its first pods. */
export function dnsPods({ nodes }: ClusterState): number {
  return Math.ceil(nodes / NODES_PER_DNS_POD);
}

/** The Pod of this number as a list has it, JSON. */
export function podJson(index: number, state: ClusterState): string {
  const dns = index < dnsPods(state);
  const place = placeOf(index % state.nodes);
  const app = `team-${index % 40}-service-${index % 400}`;
  return podOf({
    name: dns
      ? `coredns-7c65d6cfc9-${hex('pod', index, 5)}`
      : `${app}-${hex('replicaset', index % 400, 10)}-${hex('pod', index, 5)}`,
    namespace: dns ? 'kube-system' : `team-${index % 40}`,
    app: dns ? 'kube-dns' : app,
    hash: hex('replicaset', index % 400, 10),
    owner: uid('replicaset', index % 400),
    uid: uid('pod', index),
    version: 600_000_000 + index,
    node: place.name,
    host: place.address,
    address: `10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
    container: hex('container', index, 64),
    digest: hex('image', index % 400, 64),
    volume: hex('volume', index, 5),
  });
}

function beforeOf(time: string, seconds: number): string {
  return secondOf(new Date(Date.parse(time) - seconds * 1000).toISOString());
}

// As Kubernetes writes times: without fractions.
function secondOf(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

// A kubelet lists its fifty largest images; most of them are on its neighbours, too.
function imagesOf(index: number): string {
  return Array.from({ length: IMAGES }, (_, position) => imageTexts[(index * 7 + position) % imageTexts.length]).join(
    ',',
  );
}

const imageTexts: readonly string[] = Array.from({ length: 160 }, (_, index) => {
  const repository = `111111111111.dkr.ecr.us-east-1.amazonaws.com/team-${index % 40}/service-${index}`;
  const names = [`${repository}@sha256:${hex('image', index, 64)}`, `${repository}:v1.${index % 30}.${index % 7}`];
  return JSON.stringify({ names, sizeBytes: 38_212_733 + index * 1_204_117 });
});

/** `f:` fields as managedFields have them. */
function fieldsOf(paths: readonly string[]): object {
  return Object.fromEntries(paths.map((path) => [`f:${path}`, {}]));
}

function managed(manager: string, fields: object, subresource?: string): object {
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: CREATED,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource && { subresource }),
  };
}

const conditionFields = (types: readonly string[], fields: readonly string[]) =>
  Object.fromEntries(types.map((type) => [`k:{"type":"${type}"}`, { '.': {}, ...fieldsOf(fields) }]));

const PRESSURES = {
  MemoryPressure: ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  DiskPressure: ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  PIDPressure: ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
} as const;

const RESOURCES = { 'ephemeral-storage': '95551679124', 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', pods: '110' };

const nodeOf = stencil(
  JSON.stringify({
    metadata: {
      name: '@name@',
      uid: '@uid@',
      resourceVersion: '@version@',
      creationTimestamp: CREATED,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/instance-type': 'm6i.4xlarge',
        'beta.kubernetes.io/os': 'linux',
        'failure-domain.beta.kubernetes.io/region': 'us-east-1',
        'failure-domain.beta.kubernetes.io/zone': '@zone@',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': '@name@',
        'kubernetes.io/os': 'linux',
        'node-role.kubernetes.io/worker': '',
        'node.kubernetes.io/instance-type': 'm6i.4xlarge',
        'topology.ebs.csi.aws.com/zone': '@zone@',
        'topology.kubernetes.io/region': 'us-east-1',
        'topology.kubernetes.io/zone': '@zone@',
      },
      annotations: {
        'alpha.kubernetes.io/provided-node-ip': '@address@',
        'csi.volume.kubernetes.io/nodeid': '{"csi.tigera.io":"@name@","ebs.csi.aws.com":"@instanceId@"}',
        'node.alpha.kubernetes.io/ttl': '300',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
      managedFields: [
        managed('aws-cloud-controller-manager', {
          'f:metadata': {
            'f:labels': fieldsOf([
              'beta.kubernetes.io/instance-type',
              'failure-domain.beta.kubernetes.io/region',
              'failure-domain.beta.kubernetes.io/zone',
              'node.kubernetes.io/instance-type',
              'topology.kubernetes.io/region',
              'topology.kubernetes.io/zone',
            ]),
          },
          'f:spec': fieldsOf(['providerID']),
        }),
        managed('kubelet', {
          'f:metadata': {
            'f:annotations': { '.': {}, ...fieldsOf(['volumes.kubernetes.io/controller-managed-attach-detach']) },
            'f:labels': {
              '.': {},
              ...fieldsOf([
                'beta.kubernetes.io/arch',
                'beta.kubernetes.io/os',
                'kubernetes.io/arch',
                'kubernetes.io/hostname',
                'kubernetes.io/os',
              ]),
            },
          },
        }),
        managed('kube-controller-manager', {
          'f:metadata': { 'f:annotations': fieldsOf(['node.alpha.kubernetes.io/ttl']) },
          'f:spec': { 'f:podCIDR': {}, 'f:podCIDRs': { '.': {}, 'v:"10.128.0.0/24"': {} } },
        }),
        managed(
          'kubelet',
          {
            'f:metadata': { 'f:annotations': fieldsOf(['csi.volume.kubernetes.io/nodeid']) },
            'f:status': {
              'f:allocatable': fieldsOf([...Object.keys(RESOURCES), 'cpu', 'memory']),
              'f:capacity': fieldsOf([...Object.keys(RESOURCES), 'cpu', 'memory']),
              'f:conditions': conditionFields(
                [...Object.keys(PRESSURES), 'Ready'],
                ['lastHeartbeatTime', 'lastTransitionTime', 'message', 'reason', 'status', 'type'],
              ),
              'f:images': {},
              'f:nodeInfo': fieldsOf([
                'bootID',
                'containerRuntimeVersion',
                'kernelVersion',
                'kubeletVersion',
                'osImage',
              ]),
            },
          },
          'status',
        ),
      ],
    },
    spec: { podCIDR: '10.128.0.0/24', podCIDRs: ['10.128.0.0/24'], providerID: 'aws:///@zone@/@instanceId@' },
    status: {
      capacity: { ...RESOURCES, cpu: '16', memory: '64458932Ki' },
      allocatable: { ...RESOURCES, cpu: '15890m', memory: '61441204Ki' },
      conditions: [
        ...Object.entries(PRESSURES).map(([type, [reason, message]]) => ({
          type,
          status: 'False',
          lastHeartbeatTime: '@heardAt@',
          lastTransitionTime: CREATED,
          reason,
          message,
        })),
        {
          type: 'Ready',
          status: '@status@',
          lastHeartbeatTime: '@heardAt@',
          lastTransitionTime: '@since@',
          reason: '@reason@',
          message: '@message@',
        },
      ],
      addresses: [
        { type: 'InternalIP', address: '@address@' },
        { type: 'InternalDNS', address: '@name@' },
        { type: 'Hostname', address: '@name@' },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: '@machine@',
        systemUUID: '@boot@',
        bootID: '@boot@',
        kernelVersion: '6.12.48-57.96.amzn2023.x86_64',
        osImage: 'Amazon Linux 2023.9.20261012',
        containerRuntimeVersion: 'containerd://2.1.4',
        kubeletVersion: 'v1.36.3',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
      images: ['@images@'],
      runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: true } }],
    },
  }).replace('["@images@"]', '[@images@]'),
);

const leaseOf = stencil({
  metadata: {
    name: '@name@',
    namespace: 'kube-node-lease',
    uid: '@uid@',
    resourceVersion: '@version@',
    creationTimestamp: CREATED,
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: '@name@', uid: '@ofNode@' }],
    managedFields: [
      managed('kubelet', {
        'f:metadata': { 'f:ownerReferences': { '.': {}, 'k:{"uid":"@ofNode@"}': {} } },
        'f:spec': fieldsOf(['holderIdentity', 'leaseDurationSeconds', 'renewTime']),
      }),
    ],
  },
  spec: { holderIdentity: '@name@', leaseDurationSeconds: 40, renewTime: '@renewedAt@' },
});

const daemonSetOf = stencil(
  JSON.stringify({
    metadata: {
      name: '@name@',
      namespace: 'kube-system',
      uid: '@uid@',
      resourceVersion: '398211733',
      generation: 4,
      creationTimestamp: CREATED,
    },
    spec: { selector: { matchLabels: { 'k8s-app': '@name@' } }, revisionHistoryLimit: 10 },
    status: { desiredNumberScheduled: '@desired@', currentNumberScheduled: '@desired@', numberReady: '@ready@' },
  })
    .replaceAll('"@desired@"', '@desired@')
    .replaceAll('"@ready@"', '@ready@'),
);

const PROBE = {
  initialDelaySeconds: 5,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};
const IMAGE = '111111111111.dkr.ecr.us-east-1.amazonaws.com/@app@';
const containerOf = (name: string, port: number) => ({
  name,
  image: `${IMAGE}:v1.4.2`,
  args: ['--config=/etc/service/config.yaml', `--listen=:${port}`, '--log-format=json'],
  ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
  env: [
    { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } },
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://collector.observability.svc:4317' },
  ],
  resources: { limits: { memory: '512Mi' }, requests: { cpu: '250m', memory: '512Mi' } },
  volumeMounts: [
    { name: 'kube-api-access-@volume@', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ],
  livenessProbe: { httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' }, ...PROBE },
  readinessProbe: { httpGet: { path: '/readyz', port: 'http', scheme: 'HTTP' }, ...PROBE },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
});
const statusOf = (name: string, id: string) => ({
  name,
  state: { running: { startedAt: CREATED } },
  lastState: {},
  ready: true,
  restartCount: 0,
  image: `${IMAGE}:v1.4.2`,
  imageID: `${IMAGE}@sha256:@digest@`,
  containerID: `containerd://${id}`,
  started: true,
});
const containerFields = {
  '.': {},
  ...fieldsOf([
    'args',
    'env',
    'image',
    'imagePullPolicy',
    'livenessProbe',
    'name',
    'ports',
    'readinessProbe',
    'resources',
  ]),
};

const podOf = stencil(
  JSON.stringify({
    metadata: {
      name: '@name@',
      generateName: '@app@-@hash@-',
      namespace: '@namespace@',
      uid: '@uid@',
      resourceVersion: '@version@',
      creationTimestamp: CREATED,
      labels: { 'k8s-app': '@app@', 'app.kubernetes.io/name': '@app@', 'pod-template-hash': '@hash@' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: '@app@-@hash@',
          uid: '@owner@',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [
        managed('kube-controller-manager', {
          'f:metadata': {
            'f:generateName': {},
            'f:labels': fieldsOf(['k8s-app', 'app.kubernetes.io/name', 'pod-template-hash']),
            'f:ownerReferences': { '.': {}, 'k:{"uid":"@owner@"}': {} },
          },
          'f:spec': {
            'f:containers': { 'k:{"name":"service"}': containerFields },
            ...fieldsOf([
              'dnsPolicy',
              'enableServiceLinks',
              'restartPolicy',
              'schedulerName',
              'securityContext',
              'serviceAccount',
            ]),
          },
        }),
        managed(
          'kubelet',
          {
            'f:status': {
              'f:conditions': conditionFields(
                ['ContainersReady', 'Initialized', 'PodReadyToStartContainers', 'Ready'],
                ['lastProbeTime', 'lastTransitionTime', 'status', 'type'],
              ),
              ...fieldsOf(['containerStatuses', 'hostIP', 'hostIPs', 'phase', 'podIP', 'podIPs', 'startTime']),
            },
          },
          'status',
        ),
      ],
    },
    spec: {
      volumes: [
        {
          name: 'kube-api-access-@volume@',
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            ],
          },
        },
      ],
      containers: [containerOf('service', 8080)],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      nodeName: '@node@',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {
      phase: 'Running',
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        (type) => ({
          type,
          status: 'True',
          lastProbeTime: null,
          lastTransitionTime: CREATED,
        }),
      ),
      hostIP: '@host@',
      hostIPs: [{ ip: '@host@' }],
      podIP: '@address@',
      podIPs: [{ ip: '@address@' }],
      startTime: CREATED,
      containerStatuses: [statusOf('service', '@container@')],
      qosClass: 'Burstable',
    },
  }),
);
