import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CreateAutoScalingGroupType } from '@aws-sdk/client-auto-scaling';
import { DemoCluster, failingInstances } from '../../../rehearsal/demo-cluster.ts';
import { driven, LocalDeployment } from '../../../rehearsal/local-deployment.ts';
import type { MemberRecord } from '../../../simulator/autoscaling/group-record.ts';
import type { ClusterNode } from '../../../simulator/kubernetes/api/objects.ts';
import { cheapWorld } from '../cheap-world.ts';
import type { NodeReference, PlannedApp, PlannedGroup, PlannedUpdate, SeedPlan } from './seed-plan.ts';

/** Seeds are worlds of different times, so that functions' modules can be shared between them: what one remembers is old in the next. */
const HOURS_APART = 8;
const FIRST_START = Date.parse('2026-03-02T09:00:00Z');
/** The certificates of the local cloud end in 2050. */
const STARTS = 20_000;
/** What policies need that delete pods. */
export const podDeletion = resolve(import.meta.dirname, '../../../deploy/kubernetes/rbac-pod-deletion.yaml');

/** A plan's world, ready: all nodes in service, all pods placed. */
export class SeedWorld {
  readonly plan: SeedPlan;
  readonly deployment: LocalDeployment;
  readonly cluster: DemoCluster;
  /** The instances that each group began with, in the order of their launch. */
  readonly first: readonly (readonly string[])[];
  readonly readyAt: number;
  /** Target groups beside the usual ones, by what they are. */
  readonly extra: ReadonlyMap<string, { readonly arn: string; readonly name: string }>;
  /** The machine of somebody else that is in a group of ours. */
  readonly guest: string | undefined;
  /** The uids of Nodes that somebody else has cordoned, and Tender had not. */
  readonly cordonedByOthers = new Set<string>();

  private constructor(plan: SeedPlan, deployment: LocalDeployment, cluster: DemoCluster, extra: Extra) {
    this.plan = plan;
    this.deployment = deployment;
    this.cluster = cluster;
    this.extra = extra.groups;
    this.guest = extra.guest;
    this.readyAt = deployment.cloud.world.now();
    this.first = cluster.workerGroups.map((name) => {
      const members = [...(deployment.cloud.fleet.groups.all.get(name)?.members.values() ?? [])];
      return members.toSorted((a, b) => a.launchedAt - b.launchedAt).map(({ instanceId }) => instanceId);
    });
  }

  static async create(plan: SeedPlan): Promise<SeedWorld> {
    const startsAt = new Date(FIRST_START + (plan.seed % STARTS) * HOURS_APART * 3_600_000);
    const deployment = await LocalDeployment.create({
      alarms: 'asleep',
      audited: false,
      seed: `seed ${plan.seed}`,
      startsAt,
      ...(await cheapWorld()),
    });
    await deployment.stopSchedules();
    const [first, ...others] = plan.groups;
    const cluster = await DemoCluster.create(deployment, {
      ready: true,
      controlPlane: 0,
      workers: first?.nodes ?? 1,
      spot: first?.spot ?? false,
      group: first ? { ...settingsOf(first), ...(plan.update && { MaxSize: first.nodes + plan.update.room }) } : {},
      moreGroups: others.map((one) => ({
        name: one.name,
        nodes: one.nodes,
        zones: one.zones,
        spot: one.spot,
        group: settingsOf(one),
      })),
      entry: { ...plan.policy, ...(plan.update && { updates: updatesOf(plan.update) }) },
    });
    if (plan.update) await cluster.publishImage(2, { failures: failuresOf(plan.update) });
    const extra = await driven(deployment.cloud, () => addBalancers(plan, deployment, cluster));
    for (const app of plan.apps) addApp(cluster, app);
    // As docs/clusters.md says, for policies that delete pods past their budgets.
    if (plan.policy.drain.whenTimeIsUp !== 'give-up')
      cluster.kubernetes.seed.manifest(readFileSync(podDeletion, 'utf8'));
    // The pass that the schedule would have made by now: whose address is whose, EC2 tells only as long as the instance is there.
    if (plan.balancers.includes('ip')) deployment.start('LoadBalancerSyncMachine', { cluster: cluster.name });
    await deployment.cloud.world.advance(60_000);
    return new SeedWorld(plan, deployment, cluster, extra);
  }

  get world(): LocalDeployment['cloud']['world'] {
    return this.deployment.cloud.world;
  }

  /** The instance that a plan means. */
  instanceOf({ group, node }: NodeReference): string {
    return this.first[group]?.[node] ?? '';
  }

  /** Its Node, found by the provider id: EC2 forgets a name. */
  nodeOf(instanceId: string): ClusterNode | undefined {
    const nodes = this.cluster.kubernetes.store.list<ClusterNode>('nodes');
    return nodes.find(({ spec }) => spec.providerID?.endsWith(`/${instanceId}`));
  }

  /** What Auto Scaling knows of an instance; undefined when it is in no group. */
  memberOf(instanceId: string): MemberRecord | undefined {
    return this.deployment.cloud.fleet.groups.scaling.groupOf(instanceId)?.members.get(instanceId);
  }

  groupName(group: number): string {
    return this.cluster.workerGroups[group] ?? '';
  }

  /** Seconds since the world was ready. */
  seconds(at = this.world.now()): number {
    return (at - this.readyAt) / 1000;
  }

  /** The plan of the group with this name. */
  plannedGroup(name: string): PlannedGroup | undefined {
    return this.plan.groups[this.cluster.workerGroups.indexOf(name)];
  }
}

function updatesOf({ maxSurge, maxUnavailable, bakeMinutes }: PlannedUpdate): object {
  return { policy: 'manual', maxSurge, maxUnavailable, bakeMinutes, joinMinutes: 10 };
}

function failuresOf({ image, badFrom }: PlannedUpdate) {
  return failingInstances((ordinal: number) => {
    if (image === 'good' || ordinal < badFrom) return undefined;
    return image === 'never-joins'
      ? ({ name: 'never-boots-kubelet' } as const)
      : ({ name: 'kubelet-dies-after-ready', seconds: 200 } as const);
  });
}

interface Extra {
  readonly groups: ReadonlyMap<string, { readonly arn: string; readonly name: string }>;
  readonly guest: string | undefined;
}

function settingsOf({ hook, retains, nodes }: PlannedGroup): Partial<CreateAutoScalingGroupType> {
  return {
    MaxSize: nodes + 10,
    LifecycleHookSpecificationList: hook
      ? [
          {
            LifecycleHookName: 'tender-terminate',
            LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
            HeartbeatTimeout: hook.seconds,
            DefaultResult: hook.defaultResult,
          },
        ]
      : [],
    ...(retains && { InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } } }),
  };
}

async function addBalancers(
  { balancers }: SeedPlan,
  deployment: LocalDeployment,
  cluster: DemoCluster,
): Promise<Extra> {
  const groups = new Map<string, { arn: string; name: string }>();
  const ids = cluster.inService();
  const { cloud } = deployment;
  const make = async (what: string, targetType: 'ip' | 'instance', tags: Readonly<Record<string, string>>) => {
    const { TargetGroups } = await cloud.operate<{ TargetGroups: { TargetGroupArn: string }[] }>(
      'elasticloadbalancingv2',
      'CreateTargetGroup',
      {
        Name: `demo-${what}`,
        Protocol: 'TCP',
        Port: 30080,
        VpcId: [...cloud.fleet.network.vpcs.keys()][0],
        TargetType: targetType,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      },
    );
    const arn = TargetGroups[0]?.TargetGroupArn ?? '';
    groups.set(what, { arn, name: `demo-${what}` });
    await cloud.operate('elasticloadbalancingv2', 'CreateListener', {
      LoadBalancerArn: cluster.loadBalancerArn,
      Port: 80 + groups.size,
      Protocol: 'TCP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn: arn }],
    });
    return arn;
  };
  const register = (arn: string, targets: readonly string[]) =>
    cloud.operate('elasticloadbalancingv2', 'RegisterTargets', {
      TargetGroupArn: arn,
      Targets: targets.map((Id) => ({ Id })),
    });
  if (balancers.includes('ip')) {
    const arn = await make('ip', 'ip', { 'tender:cluster': cluster.name });
    await register(
      arn,
      ids.map((id) => cloud.fleet.instances.visible(id).privateIpAddress),
    );
    await alsoInEntry(deployment, cluster, arn);
  }
  if (balancers.includes('controller'))
    await register(await make('controller', 'instance', { 'elbv2.k8s.aws/cluster': cluster.name }), ids);
  if (balancers.includes('stranger')) await register(await make('stranger', 'instance', {}), ids.slice(0, 1));
  const guest = balancers.includes('guest') ? await addGuest(deployment) : undefined;
  if (guest) await register(cluster.targetGroupArn, [guest]);
  return { groups, guest };
}

/** Lets the registry name this target group for workers, too. */
async function alsoInEntry(deployment: LocalDeployment, cluster: DemoCluster, arn: string): Promise<void> {
  const { cloud } = deployment;
  const Name = `/tender/clusters/${cluster.name}`;
  const entry = JSON.parse(cloud.parameters.valueOf(Name) ?? '{}') as {
    roles: { worker: { targetGroups: object[] } };
  };
  entry.roles.worker.targetGroups.push({ arn });
  await cloud.operate('ssm', 'PutParameter', { Name, Type: 'String', Value: JSON.stringify(entry), Overwrite: true });
}

/** A machine that is no node and in no group, and answers at the port of the load balancers. */
async function addGuest({ cloud }: LocalDeployment): Promise<string> {
  const imageId = 'ami-0000000000000beef';
  cloud.fleet.registerImage({
    imageId,
    name: 'somebody-elses',
    program: {
      start: (machine) => {
        machine.listen({ from: 30_080, to: 30_080 }, true);
        return { stop: () => undefined };
      },
    },
  });
  const { Instances } = await cloud.operate<{ Instances: { InstanceId: string }[] }>('ec2', 'RunInstances', {
    ImageId: imageId,
    InstanceType: 'm7g.large',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: [...cloud.fleet.network.subnets.keys()][0],
  });
  await cloud.world.sleep(60_000);
  return Instances[0]?.InstanceId ?? '';
}

function addApp({ kubernetes: { seed } }: DemoCluster, app: PlannedApp): void {
  const { name, kind, replicas, graceSeconds, budget, annotations, emptyDir, coveredTwice } = app;
  const spec = {
    terminationGracePeriodSeconds: graceSeconds,
    ...(emptyDir && { volumes: [{ name: 'scratch', emptyDir: {} }] }),
  };
  const selector = { matchLabels: { app: name } };
  if (kind === 'bare-pod') {
    seed.pod({ name, labels: { app: name }, annotations: { ...annotations }, spec });
    if (budget) seed.budget(name, { selector, ...budget });
  } else {
    const settings = { name, replicas, annotations: { ...annotations }, spec, ...budget };
    if (kind === 'stateful-set') seed.statefulSet(settings);
    else seed.deployment(settings);
  }
  if (coveredTwice) seed.budget(`${name}-again`, { selector, maxUnavailable: 1 });
}
