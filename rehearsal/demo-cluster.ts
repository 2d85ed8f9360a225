import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CreateAutoScalingGroupType, LifecycleHookSpecification, Tag } from '@aws-sdk/client-auto-scaling';
import { loadAll } from 'js-yaml';
import type { Machine, Program } from '../simulator/instances/machine.ts';
import type { SimulatedMachine } from '../simulator/instances/simulated-machine.ts';
import { conditionOf, type KubeObject, type Pod } from '../simulator/kubernetes/api/objects.ts';
import type { ControllerOptions } from '../simulator/kubernetes/controllers/cluster-controllers.ts';
import { controlPlaneNode, selfBootstrappedNode } from '../simulator/kubernetes/node/certified-node.ts';
import { type KubeadmNodeOptions, kubeadmNode } from '../simulator/kubernetes/node/kubeadm-node.ts';
import type { PodTiming } from '../simulator/kubernetes/node/pod-timing.ts';
import { SimulatedCluster } from '../simulator/kubernetes/simulated-cluster.ts';
import { clusterTokenCheck } from '../simulator/sts/cluster-tokens.ts';
import { type Application, applicationManifest, NODE_PORT, startSecondsOf } from './application.ts';
import { LoadGenerator, type LoadOptions } from './load/load-generator.ts';
import { driven, type LocalDeployment } from './local-deployment.ts';

/** What a rehearsed cluster looks like; everything has a default that works. */
export interface DemoClusterOptions {
  readonly name?: string;
  /** Instances of the worker group to begin with. Default 2. */
  readonly workers?: number;
  /** Default 3. 0 leaves the group out. */
  readonly controlPlane?: number;
  readonly maxWorkers?: number;
  /** Seconds of the worker group's launch hook. Default 300. */
  readonly heartbeatTimeout?: number;
  /** Seconds an instance has to join, 120 at least. Default: the registry's, 900. */
  readonly joinTimeoutSeconds?: number;
  /** How the worker image behaves: failures, boot times. */
  readonly node?: Omit<KubeadmNodeOptions, 'heartbeatsOf'>;
  /** How Tender proves to the API server who it is. Default `token`; `iam` is a role of its own, `tender-access-<name>` (S42). */
  readonly auth?: 'token' | 'kubeconfig' | 'iam';
  /** Fields of the entry's `kubernetes` that replace the usual ones. */
  readonly kubernetes?: Readonly<Record<string, unknown>>;
  /** Whether the entry is an object in the state bucket that the parameter refers to. Default false. */
  readonly entryInBucket?: boolean;
  /** Fields of the registry entry that replace the usual ones. */
  readonly entry?: Readonly<Record<string, unknown>>;
  /** How often a health pass looks at the cluster, in minutes; 0: never. Default 0, since each pass costs as much as ten other steps. */
  readonly healthMinutes?: number;
  /** Whether workers wait for the NLB and the classic load balancer. Default true. */
  readonly gated?: boolean;
  /** Whether nodes join by themselves, with credentials of their own. Default false. */
  readonly selfJoining?: boolean;
  /** Written to the registry as it is, instead of a good entry. */
  readonly brokenEntry?: string;
  /** The cluster's own controllers: without a cloud controller, approving like EKS. */
  readonly controllers?: ControllerOptions;
  /** Tags of the worker group that replace the usual ones; undefined takes one off. */
  readonly workerTags?: Readonly<Record<string, string | undefined>>;
  /** Name of the worker group's launch hook. Default `tender-launch`. */
  readonly launchHook?: string;
  /** The worker group's terminate hook, `tender-terminate` with 300 s and CONTINUE. Default: there is none. */
  readonly terminateHook?: boolean | LifecycleHookSettings;
  /** Whether workers are spot instances. Default false. */
  readonly spot?: boolean;
  /** Fields of the request that creates the worker group, in place of the usual ones: policies, more hooks, sizes. */
  readonly group?: Partial<CreateAutoScalingGroupType>;
  /** Seconds of the classic load balancer's connection draining. Default: it has none, and cuts connections at deregistration. */
  readonly connectionDrainingSeconds?: number;
  /** An application behind the load balancers, there before the first worker; with `ready` spread over all. Default: there is none. */
  readonly application?: Application;
  /**
   * Whether workers need no bootstrap: they join by themselves, there is no launch hook, and the cluster is made with all of
   * them in service and healthy behind the load balancers. A tenth of the cost of workers that Tender bootstraps. Default false.
   */
  readonly ready?: boolean;
  /** How long containers take to start and to stop. Default 1–4 s and 1–3 s, or as long as their open requests. */
  readonly podTiming?: PodTiming;
  /** Worker groups beside the usual one; with `ready` only. */
  readonly moreGroups?: readonly WorkerGroup[];
  /**
   * Whether control-plane nodes that are launched later join by kubeadm, as `join.controlPlane: kubeadm` has it, behind a launch hook; `joinEtcd` adds their
   * member of etcd, which takes `etcdSeconds` more. Default: they are there at once.
   */
  readonly controlPlaneJoins?: {
    readonly joinEtcd?: (machine: Machine) => Promise<void>;
    readonly etcdSeconds?: number;
  };
  /** Whether an NLB leads to the API server: Auto Scaling itself registers control-plane nodes with it. Default false. */
  readonly apiLoadBalancer?: boolean;
}

/** A further group of workers, with the usual one's hooks. */
export interface WorkerGroup {
  /** What follows the cluster's name: `spot` for `demo-spot`. */
  readonly name: string;
  readonly nodes: number;
  /** Letters of zones, `a`. Default: all. */
  readonly zones?: readonly string[];
  readonly spot?: boolean;
  /** Fields of the request that creates it, in place of the usual ones. */
  readonly group?: Partial<CreateAutoScalingGroupType>;
}

/** What a scenario may choose about a hook of the worker group. */
export interface LifecycleHookSettings {
  readonly name?: string;
  readonly heartbeatTimeout?: number;
  readonly defaultResult?: 'CONTINUE' | 'ABANDON';
}

/** Who Tender is in the cluster; deploy/kubernetes/rbac.yaml gives the group its rights. */
const identity = { username: 'tender', groups: ['tender:controllers'] } as const;
const deploy = resolve(import.meta.dirname, '..', 'deploy');
const rbac = resolve(deploy, 'kubernetes', 'rbac.yaml');
const instancePolicy = resolve(deploy, 'node', 'instance-policy.json');

function schedulesOf({ entry }: DemoClusterOptions): object {
  const schedules = entry?.schedules;
  return typeof schedules === 'object' && schedules !== null ? schedules : {};
}

/** A kubeadm cluster on the local cloud: its API server, groups, load balancers, registry entry and Tender's identity in it. */
export class DemoCluster {
  readonly name: string;
  readonly deployment: LocalDeployment;
  readonly kubernetes: SimulatedCluster;
  readonly workersGroup: string;
  /** All groups of workers, {@link DemoCluster.workersGroup} first. */
  readonly workerGroups: string[];
  targetGroupArn = '';
  loadBalancerArn = '';
  classicName = '';
  /** The target group of the API server's load balancer, when there is one. */
  apiTargetGroupArn = '';
  /** The secret with Tender's credential for this cluster; empty with `iam`. */
  secretArn = '';
  /** Tender's bearer token, while its credential is one. */
  token = '';

  readonly #loads: LoadGenerator[] = [];

  private constructor(deployment: LocalDeployment, name: string, controllers: ControllerOptions = {}) {
    const { cloud } = deployment;
    const instances = cloud.fleet.instances;
    this.deployment = deployment;
    this.name = name;
    this.workersGroup = `${name}-workers`;
    this.workerGroups = [this.workersGroup];
    this.kubernetes = new SimulatedCluster({
      world: cloud.world,
      name,
      host: `api.${name}.example.com`,
      authenticateAwsToken: clusterTokenCheck(cloud.world, cloud.credentials),
      controllers: {
        // The cloud controller deletes a Node when EC2 says that its instance is gone.
        instanceExists: (providerId) => {
          const state = instances.all.get(providerId.split('/').at(-1) ?? '')?.state;
          return state !== undefined && state !== 'terminated';
        },
        ...controllers,
      },
    });
    cloud.network.attach(this.kubernetes.host, this.kubernetes);
  }

  /** Makes the cluster and lets its first nodes come into service. */
  static async create(deployment: LocalDeployment, options: DemoClusterOptions = {}): Promise<DemoCluster> {
    const cluster = new DemoCluster(deployment, options.name ?? 'demo', options.controllers);
    cluster.#timing = options.podTiming ?? {};
    cluster.#fillKubernetes(options);
    await driven(deployment.cloud, () => cluster.#fillAws(options));
    if (options.ready) await cluster.#becomeReady(options.application);
    if (options.controlPlaneJoins) await cluster.#hookControlPlane();
    cluster.#made = true;
    return cluster;
  }

  /** From now on control-plane instances wait until they are nodes. */
  async #hookControlPlane(): Promise<void> {
    const { cloud } = this.deployment;
    const name = `${this.name}-control-plane`;
    const { groups, instances } = cloud.fleet;
    const wanted = groups.all.get(name)?.desired;
    const serves = ({ state, instanceId }: { readonly state: string; readonly instanceId: string }) =>
      state === 'InService' && instances.all.get(instanceId)?.machine.up === true;
    const isThere = () => [...(groups.all.get(name)?.members.values() ?? [])].filter(serves).length === wanted;
    await cloud.world.until('the control plane is there', isThere);
    const hook = {
      AutoScalingGroupName: name,
      LifecycleHookName: 'tender-launch',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
      HeartbeatTimeout: 300,
      DefaultResult: 'ABANDON',
    };
    await driven(cloud, () => cloud.operate('autoscaling', 'PutLifecycleHook', hook));
  }

  /** Sets how many workers there are to be. */
  scaleTo(workers: number): Promise<unknown> {
    const { cloud } = this.deployment;
    const input = { AutoScalingGroupName: this.workersGroup, DesiredCapacity: workers };
    return driven(cloud, () => cloud.operate('autoscaling', 'SetDesiredCapacity', input));
  }

  /** The workers that are in service now. */
  inService(): string[] {
    return this.members('InService');
  }

  /** The machines of the control plane. */
  controlPlane(): SimulatedMachine[] {
    const { groups, instances } = this.deployment.cloud.fleet;
    const members = groups.all.get(`${this.name}-control-plane`)?.members ?? new Map<string, unknown>();
    return [...members.keys()].flatMap((id) => instances.all.get(id)?.machine ?? []);
  }

  /** Instance ids of workers in this lifecycle state. */
  members(state: string): string[] {
    const { all } = this.deployment.cloud.fleet.groups;
    const members = this.workerGroups.flatMap((name) => [...(all.get(name)?.members.values() ?? [])]);
    return members.filter((member) => member.state === state).map(({ instanceId }) => instanceId);
  }

  /**
   * Sends requests to the application, through the NLB and the classic load balancer unless told otherwise, from now on.
   * Its pods answer what they have begun before they stop.
   */
  sendLoad(options: Partial<LoadOptions> = {}): LoadGenerator {
    const { cloud } = this.deployment;
    const place = { world: cloud.world, fleet: cloud.fleet, kubernetes: this.kubernetes };
    const load = new LoadGenerator(place, {
      doors: [
        { kind: 'v2', name: `${this.name}-nlb`, loadBalancerArn: this.loadBalancerArn, port: 80 },
        { kind: 'classic', name: this.classicName, port: 80 },
      ],
      ...options,
    });
    this.#loads.push(load);
    load.start();
    return load;
  }

  /** How long a pod of these nodes takes to start, and to stop: until it has answered its last request. */
  readonly podTiming: PodTiming = {
    startSeconds: (pod) => startSecondsOf(pod) ?? this.#timing.startSeconds?.(pod),
    stopSeconds: (pod) => {
      const seconds = this.#loads.flatMap((load) => load.secondsToFinish(pod) ?? []);
      return seconds.length === 0 ? this.#timing.stopSeconds?.(pod) : Math.max(...seconds);
    },
  };
  #timing: PodTiming = {};
  #made = false;

  #fillKubernetes({ application, ready }: DemoClusterOptions): void {
    const { seed, store } = this.kubernetes;
    seed.kubeadm();
    seed.networkPlugin();
    seed.kubeProxy();
    for (const object of accessRules()) if (!exists(store, object)) seed.object(storeKey(object), object);
    if (application && !ready) this.deploy(application);
  }

  /** Makes the application, as `kubectl apply` would. */
  deploy(application: Application): void {
    this.kubernetes.seed.manifest(applicationManifest(application));
  }

  async #fillAws(options: DemoClusterOptions): Promise<void> {
    const { cloud } = this.deployment;
    const subnets =
      cloud.fleet.network.subnets.size > 0
        ? [...cloud.fleet.network.subnets.values()]
        : cloud.fleet.network.layOut(cloud.region, letters(cloud.zones, cloud.region));
    const subnetIds = subnets.map((subnet) => subnet.subnetId);
    await this.#makeNodeRole();
    await this.#makeLoadBalancers(subnetIds, options);
    if (options.apiLoadBalancer) await this.#makeApiLoadBalancer(subnetIds);
    await this.#register(options);
    this.#registerImages(options);
    await this.#makeGroup('control-plane', 'control-plane', options.controlPlane ?? 3, subnetIds, {
      ...(options.apiLoadBalancer && { TargetGroupARNs: [this.apiTargetGroupArn] }),
    });
    const { spot = false, group, workerTags } = options;
    await this.#makeGroup(
      'workers',
      'workers',
      options.workers ?? 2,
      subnetIds,
      {
        MaxSize: options.maxWorkers ?? Math.max(10, options.workers ?? 0),
        LifecycleHookSpecificationList: workerHooks(options),
        ...(workerTags && { Tags: groupTags({ ...this.#tags('workers'), ...workerTags }) }),
        ...group,
      },
      spot,
    );
    for (const more of options.moreGroups ?? []) await this.#makeWorkerGroup(more, options);
  }

  async #makeWorkerGroup(
    { name, nodes, zones, spot = false, group }: WorkerGroup,
    options: DemoClusterOptions,
  ): Promise<void> {
    const subnets = [...this.deployment.cloud.fleet.network.subnets.values()];
    const chosen = subnets.filter(({ availabilityZone }) => zones?.includes(availabilityZone.slice(-1)) ?? true);
    const settings = { MaxSize: Math.max(10, nodes), LifecycleHookSpecificationList: workerHooks(options), ...group };
    const subnetIds = chosen.map(({ subnetId }) => subnetId);
    await this.#makeGroup(name, 'workers', nodes, subnetIds, settings, spot);
    this.workerGroups.push(`${this.name}-${name}`);
  }

  /** Lets all workers come into service, registers them, and waits until they are healthy and their pods run. */
  async #becomeReady(application: Application | undefined): Promise<void> {
    const { cloud } = this.deployment;
    const { groups, loadBalancing, classic } = cloud.fleet;
    const wanted = this.workerGroups.reduce((sum, name) => sum + (groups.all.get(name)?.desired ?? 0), 0);
    const { store, seed } = this.kubernetes;
    const areThere = () => this.inService().length === wanted && seed.readyNodes().length >= wanted;
    await cloud.world.until('all workers are ready', areThere);
    if (application) this.deploy(application);
    const group = loadBalancing.targetGroup(this.targetGroupArn);
    loadBalancing.register(
      group,
      this.inService().map((Id) => ({ Id })),
    );
    classic.register(this.classicName, this.inService());
    const targets = [...group.targets.values(), ...classic.balancer(this.classicName).instances.values()];
    const isSettled = () =>
      targets.every(({ verdict }) => verdict === 'healthy') &&
      store.list<Pod>('pods').every((pod) => conditionOf(pod, 'Ready')?.status === 'True');
    await cloud.world.until('all workers are healthy targets', isSettled);
  }

  /** The role that nodes have: each may read its own join parameter and no other (S41). */
  async #makeNodeRole(): Promise<void> {
    const { cloud } = this.deployment;
    const role = `${this.name}-node`;
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    await cloud.operate('iam', 'CreateRole', { RoleName: role, AssumeRolePolicyDocument: JSON.stringify(trust) });
    await cloud.operate('iam', 'PutRolePolicy', {
      RoleName: role,
      PolicyName: 'join',
      PolicyDocument: this.#joinPolicy(),
    });
    await cloud.operate('iam', 'CreateInstanceProfile', { InstanceProfileName: role });
    await cloud.operate('iam', 'AddRoleToInstanceProfile', { InstanceProfileName: role, RoleName: role });
  }

  /** deploy/node/instance-policy.json with its placeholders filled in; IAM's own variables have a colon in their name. */
  #joinPolicy(): string {
    const { cloud, stack } = this.deployment;
    const values: Readonly<Record<string, string>> = {
      Partition: 'aws',
      Region: cloud.region,
      Account: cloud.account,
      Cluster: this.name,
      KeyArn: String(stack.outputs.JoinKeyArn),
    };
    return readFileSync(instancePolicy, 'utf8').replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  }

  async #makeLoadBalancers(subnetIds: readonly string[], options: DemoClusterOptions): Promise<void> {
    const { cloud } = this.deployment;
    const nlb = await this.#makeNetworkLoadBalancer(subnetIds, {
      name: 'nlb',
      port: 80,
      group: 'workers',
      targetPort: NODE_PORT,
    });
    this.loadBalancerArn = nlb.loadBalancerArn;
    this.targetGroupArn = nlb.targetGroupArn;
    this.classicName = `${this.name}-classic`;
    await cloud.operate('elasticloadbalancing', 'CreateLoadBalancer', {
      LoadBalancerName: this.classicName,
      Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstanceProtocol: 'TCP', InstancePort: NODE_PORT }],
      Subnets: subnetIds,
      Tags: [this.#ownTag],
    });
    await cloud.operate('elasticloadbalancing', 'ConfigureHealthCheck', {
      LoadBalancerName: this.classicName,
      HealthCheck: {
        Target: `TCP:${NODE_PORT}`,
        Interval: 10,
        Timeout: 5,
        UnhealthyThreshold: 2,
        HealthyThreshold: 2,
      },
    });
    if (options.connectionDrainingSeconds === undefined) return;
    await cloud.operate('elasticloadbalancing', 'ModifyLoadBalancerAttributes', {
      LoadBalancerName: this.classicName,
      LoadBalancerAttributes: { ConnectionDraining: { Enabled: true, Timeout: options.connectionDrainingSeconds } },
    });
  }

  async #makeApiLoadBalancer(subnetIds: readonly string[]): Promise<void> {
    const { targetGroupArn } = await this.#makeNetworkLoadBalancer(subnetIds, {
      name: 'api',
      port: 6443,
      group: 'api',
      targetPort: 6443,
    });
    this.apiTargetGroupArn = targetGroupArn;
  }

  async #makeNetworkLoadBalancer(
    subnetIds: readonly string[],
    { name, port, group, targetPort }: { name: string; port: number; group: string; targetPort: number },
  ): Promise<{ loadBalancerArn: string; targetGroupArn: string }> {
    const { cloud } = this.deployment;
    const elb = <Output>(operation: string, input: object) =>
      cloud.operate<Output>('elasticloadbalancingv2', operation, input);
    const { LoadBalancers } = await elb<{ LoadBalancers: { LoadBalancerArn: string }[] }>('CreateLoadBalancer', {
      Name: `${this.name}-${name}`,
      Type: 'network',
      Subnets: subnetIds,
      Tags: [this.#ownTag],
    });
    const { TargetGroups } = await elb<{ TargetGroups: { TargetGroupArn: string }[] }>('CreateTargetGroup', {
      Name: `${this.name}-${group}`,
      Protocol: 'TCP',
      Port: targetPort,
      VpcId: [...cloud.fleet.network.vpcs.keys()][0],
      TargetType: 'instance',
      Tags: [this.#ownTag],
    });
    const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? '';
    const TargetGroupArn = TargetGroups[0]?.TargetGroupArn ?? '';
    await elb('CreateListener', {
      LoadBalancerArn,
      Port: port,
      Protocol: 'TCP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    });
    return { loadBalancerArn: LoadBalancerArn, targetGroupArn: TargetGroupArn };
  }

  /** What says that a load balancer or a target group belongs to this cluster. */
  get #ownTag(): { Key: string; Value: string } {
    return { Key: 'tender:cluster', Value: this.name };
  }

  /** Gives Tender a new token in place of the one it has: the secret changes, and the old one is refused from now on. */
  rotateToken(): Promise<void> {
    return driven(this.deployment.cloud, async () => {
      const old = this.token;
      this.token = this.kubernetes.addStaticToken(identity);
      await this.deployment.cloud.operate('secretsmanager', 'PutSecretValue', {
        SecretId: this.secretArn,
        SecretString: this.token,
      });
      this.kubernetes.revokeStaticToken(old);
    });
  }

  /** Makes Tender's identity in the cluster, and gives the entry's `kubernetes.auth`. */
  async #introduce(auth: DemoClusterOptions['auth'] = 'token'): Promise<object> {
    if (auth === 'iam') return this.#trustRole();
    if (auth === 'token') this.token = this.kubernetes.addStaticToken(identity);
    const { ARN } = await this.deployment.cloud.operate<{ ARN: string }>('secretsmanager', 'CreateSecret', {
      Name: `tender/${this.name}`,
      SecretString: auth === 'token' ? this.token : this.#kubeconfig(),
    });
    this.secretArn = ARN;
    return { kind: auth, secretArn: ARN };
  }

  /** One role for all functions: each has its own, and they may assume those named tender-access-*. */
  async #trustRole(): Promise<object> {
    const { cloud } = this.deployment;
    const principal = { AWS: `arn:aws:iam::${cloud.account}:root` };
    const { Role } = await cloud.operate<{ Role: { Arn: string } }>('iam', 'CreateRole', {
      RoleName: `tender-access-${this.name}`,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
      }),
    });
    this.kubernetes.addAwsAccess({ arn: Role.Arn, ...identity });
    return { kind: 'iam', clusterId: this.name, roleArn: Role.Arn };
  }

  #kubeconfig(): string {
    const { certificate, privateKey } = this.kubernetes.clientCertificate(identity.username, identity.groups);
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(privateKey) };
    return JSON.stringify({
      'current-context': this.name,
      contexts: [{ name: this.name, context: { cluster: this.name, user: identity.username } }],
      users: [{ name: identity.username, user }],
    });
  }

  /** The registry entry, and Tender's identity in the cluster. */
  async #register(options: DemoClusterOptions): Promise<void> {
    const auth = await this.#introduce(options.auth);
    const gate = options.gated ?? true;
    const entry = {
      name: this.name,
      kubernetes: {
        endpoint: `https://${this.kubernetes.host}:6443`,
        certificateAuthority: this.kubernetes.caCertificate,
        auth,
        ...options.kubernetes,
      },
      join: {
        requiredDaemonSets: ['kube-system/kube-flannel', 'kube-system/kube-proxy'],
        ...(options.joinTimeoutSeconds !== undefined && { timeoutSeconds: options.joinTimeoutSeconds }),
      },
      roles: {
        worker: {
          labels: { 'example.com/pool': 'workers' },
          targetGroups: [{ arn: this.targetGroupArn, gate }],
          classicLoadBalancers: [{ name: this.classicName, gate }],
        },
        ...(options.apiLoadBalancer && { 'control-plane': { targetGroups: [{ arn: this.apiTargetGroupArn }] } }),
      },
      ...((options.selfJoining || options.ready) && { bootstrap: 'self' }),
      ...options.entry,
      schedules: { healthMinutes: options.healthMinutes ?? 0, ...schedulesOf(options) },
    };
    const text = options.brokenEntry ?? JSON.stringify(entry);
    await this.deployment.cloud.operate('ssm', 'PutParameter', {
      Name: `/tender/clusters/${this.name}`,
      Type: 'String',
      Value: options.entryInBucket ? await this.#intoBucket(text) : text,
      Overwrite: true,
    });
  }

  async #intoBucket(text: string): Promise<string> {
    const { cloud } = this.deployment;
    const Bucket = this.deployment.resource('StateBucket');
    const Key = `registry/${this.name}.json`;
    await cloud.operate('s3', 'PutObject', { Bucket, Key, Body: Buffer.from(text) });
    return `s3://${Bucket}/${Key}`;
  }

  #registerImages(options: DemoClusterOptions): void {
    const { fleet } = this.deployment.cloud;
    const heartbeatsOf = this.#heartbeatsOf;
    this.#options = options;
    fleet.registerImage({
      imageId: this.imageId('workers'),
      name: `${this.name}-workers-1`,
      program: this.#workerProgram(options),
    });
    fleet.registerImage({
      imageId: this.imageId('control-plane'),
      name: `${this.name}-control-plane-1`,
      program: this.#controlPlaneProgram(options, heartbeatsOf),
    });
  }

  readonly #heartbeatsOf = (host: string) => (host === this.kubernetes.host ? this.kubernetes.heartbeats : undefined);
  #options: DemoClusterOptions = {};

  /**
   * Publishes another image for workers, and gives the launch template of their group a version with it.
   *
   * @param node how it behaves: it may fail to join
   */
  async publishImage(
    number: number,
    node: DemoClusterOptions['node'] = {},
  ): Promise<{ imageId: string; version: string }> {
    const { cloud } = this.deployment;
    const imageId = `${this.imageId('workers').slice(0, -1)}${number % 10}`;
    const program = this.#workerProgram({ ...this.#options, node: { ...this.#options.node, ...node } });
    cloud.fleet.registerImage({
      imageId,
      name: `${this.name}-workers-${number}`,
      creationDate: `2026-02-${String(number).padStart(2, '0')}T00:00:00.000Z`,
      program,
    });
    const input = {
      LaunchTemplateName: this.workersGroup,
      SourceVersion: '$Latest',
      LaunchTemplateData: { ImageId: imageId },
    };
    const created = () =>
      cloud.operate<{ LaunchTemplateVersion: { VersionNumber: number } }>('ec2', 'CreateLaunchTemplateVersion', input);
    const { LaunchTemplateVersion } = await driven(cloud, created);
    return { imageId, version: String(LaunchTemplateVersion.VersionNumber) };
  }

  #workerProgram(options: DemoClusterOptions): Program {
    const heartbeatsOf = this.#heartbeatsOf;
    return options.ready
      ? selfBootstrappedNode(this.kubernetes, {
          bootSeconds: 0,
          externalCloud: false,
          credentials: 'token',
          servingCertificate: false,
          network: 'daemonset',
          labels: { 'example.com/pool': 'workers' },
          podTiming: { ...this.podTiming, ...options.node?.podTiming },
          ...(options.node?.failures && { failures: options.node.failures }),
          ...(options.node?.staticPods && { staticPods: options.node.staticPods }),
        })
      : options.selfJoining
        ? selfBootstrappedNode(this.kubernetes, {
            network: 'daemonset',
            podTiming: this.podTiming,
            ...(options.node?.failures && { failures: options.node.failures }),
          })
        : kubeadmNode({ heartbeatsOf, podTiming: this.podTiming, ...options.node });
  }

  /** Nodes that are launched before the cluster is made are there at once: somebody ran `kubeadm init` and joined the others. */
  #controlPlaneProgram(
    { controlPlaneJoins }: DemoClusterOptions,
    heartbeatsOf: KubeadmNodeOptions['heartbeatsOf'],
  ): Program {
    const first = controlPlaneNode(this.kubernetes, { bootSeconds: 0, podTiming: this.podTiming });
    if (!controlPlaneJoins) return first;
    const later = kubeadmNode({
      ...(heartbeatsOf && { heartbeatsOf }),
      podTiming: this.podTiming,
      controlPlane: { cluster: this.kubernetes, ...controlPlaneJoins },
    });
    return { start: (machine) => (this.#made ? later : first).start(machine) };
  }

  /** The image that instances of this group are launched from. */
  imageId(group: 'workers' | 'control-plane'): string {
    const digits = Buffer.from(`${this.name}/${group}`).toString('hex').slice(0, 17).padEnd(17, '0');
    return `ami-${digits}`;
  }

  async #makeGroup(
    ownName: string,
    group: 'workers' | 'control-plane',
    size: number,
    subnetIds: readonly string[],
    more: Partial<CreateAutoScalingGroupType>,
    spot = false,
  ): Promise<void> {
    const { cloud } = this.deployment;
    const name = `${this.name}-${ownName}`;
    await cloud.operate('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: name,
      LaunchTemplateData: {
        ImageId: this.imageId(group),
        InstanceType: 'm7g.large',
        ...(spot && { InstanceMarketOptions: { MarketType: 'spot' } }),
        IamInstanceProfile: { Name: `${this.name}-node` },
        UserData: Buffer.from(`#!/bin/sh\nJOIN_PARAMETER=/tender/join/${this.name}/{instance-id}\n`).toString('base64'),
      },
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: [this.#ownTag] }],
    });
    await cloud.operate('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: name,
      MinSize: 0,
      MaxSize: 5,
      DesiredCapacity: size,
      VPCZoneIdentifier: subnetIds.join(','),
      LaunchTemplate: { LaunchTemplateName: name, Version: '1' },
      Tags: groupTags(this.#tags(group)),
      ...more,
    });
  }

  #tags(group: 'workers' | 'control-plane'): Readonly<Record<string, string>> {
    return { 'tender:cluster': this.name, 'tender:role': group === 'workers' ? 'worker' : 'control-plane' };
  }
}

/** The failure that a scenario has chosen for instances by the order of their launch, from 1. */
export function failingInstances(
  choose: (ordinal: number) => ReturnType<NonNullable<KubeadmNodeOptions['failures']>>,
): NonNullable<KubeadmNodeOptions['failures']> {
  const ordinals = new Map<string, number>();
  return (machine: Machine) => {
    const ordinal = ordinals.get(machine.instanceId) ?? ordinals.size + 1;
    ordinals.set(machine.instanceId, ordinal);
    return choose(ordinal);
  };
}

let rules: readonly KubeObject[] | undefined;

/** deploy/kubernetes/rbac.yaml, read once in a process. */
function accessRules(): readonly KubeObject[] {
  rules ??= (loadAll(readFileSync(rbac, 'utf8')) as (KubeObject | null)[]).filter((object) => object !== null);
  return rules;
}

function workerHooks({
  launchHook,
  heartbeatTimeout,
  terminateHook,
  ready,
}: DemoClusterOptions): LifecycleHookSpecification[] {
  const { name, heartbeatTimeout: seconds, defaultResult } = typeof terminateHook === 'object' ? terminateHook : {};
  const launch: LifecycleHookSpecification = {
    LifecycleHookName: launchHook ?? 'tender-launch',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    HeartbeatTimeout: heartbeatTimeout ?? 300,
    DefaultResult: 'ABANDON',
  };
  const terminate: LifecycleHookSpecification = {
    LifecycleHookName: name ?? 'tender-terminate',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    HeartbeatTimeout: seconds ?? 300,
    DefaultResult: defaultResult ?? 'CONTINUE',
  };
  return [...(ready ? [] : [launch]), ...(terminateHook ? [terminate] : [])];
}

function groupTags(tags: Readonly<Record<string, string | undefined>>): Tag[] {
  return Object.entries(tags).flatMap(([Key, Value]) =>
    Value === undefined ? [] : [{ Key, Value, PropagateAtLaunch: true }],
  );
}

/** `a` of `us-east-1a`. */
function letters(zones: readonly string[], region: string): string[] {
  return zones.map((zone) => zone.slice(region.length));
}

/** `clusterroles.rbac.authorization.k8s.io` of an object. */
function storeKey({ apiVersion, kind }: KubeObject): string {
  const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : undefined;
  return group === undefined ? plural : `${plural}.${group}`;
}

function exists(store: SimulatedCluster['store'], object: KubeObject): boolean {
  return store.find(storeKey(object), object.metadata.name, object.metadata.namespace) !== undefined;
}
