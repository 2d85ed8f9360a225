import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { DemoCluster, type DemoClusterOptions } from '../../../rehearsal/demo-cluster.ts';
import { driven, LocalDeployment } from '../../../rehearsal/local-deployment.ts';
import { Cloud } from '../../../simulator/cloud/cloud.ts';
import { createStack } from '../../../simulator/cloudformation/stack.ts';
import type { Stack } from '../../../simulator/cloudformation/stack-types.ts';
import type { Template } from '../../../simulator/cloudformation/template.ts';
import type { KubeObject } from '../../../simulator/kubernetes/api/objects.ts';
import type { ExecutionRecord } from '../../../simulator/stepfunctions/executions.ts';
import type { HistoryEntry } from '../../../simulator/world/history.ts';
import { nextCheapWorld } from '../cheap-world.ts';
import { yamlTemplate } from '../yaml-template.ts';

const deploy = resolve(import.meta.dirname, '../../../deploy');
const MINUTE_MS = 60_000;

/** The external id that the role of {@link OtherPlace} asks for. */
export const externalId = 'an-external-id-of-ours';

/** Where a cluster is that does not live with the deployment, and what is wrong there. */
export interface OtherPlaceOptions extends DemoClusterOptions {
  /** Default 222222222222. */
  readonly account?: string;
  /** Default: the deployment's, us-east-1. */
  readonly region?: string;
  /** What the registry entry says for `aws` besides the role. Default: the external id, and the region when it is another. */
  readonly aws?: Readonly<Record<string, unknown>>;
  /** Whether the entry is in the deployment's registry. Default true. */
  readonly registered?: boolean;
  /** The accounts of the stage parameter `forwardingAccounts`. Default: the cluster's, when it is another. */
  readonly forwardingAccounts?: string;
}

/** A deployment in account 111111111111 and a cluster in another account or region that deploy/other-account prepares for it. */
export class OtherPlace {
  readonly home: LocalDeployment;
  /** Where the cluster lives. */
  readonly cloud: Cloud;
  readonly cluster: DemoCluster;
  readonly #stack: Stack;

  private constructor(home: LocalDeployment, cloud: Cloud, cluster: DemoCluster) {
    this.home = home;
    this.cloud = cloud;
    this.cluster = cluster;
    this.#stack = cluster.deployment.stack;
  }

  static async prepare(options: OtherPlaceOptions = {}): Promise<OtherPlace> {
    const home = await LocalDeployment.create({
      ...(await nextCheapWorld()),
      alarms: 'asleep',
      audited: false,
      seed: 1,
    });
    const place = await OtherPlace.beside(home, options);
    const { account } = place.cloud;
    const forwarding = options.forwardingAccounts ?? (account === home.cloud.account ? '' : account);
    await letIn(home.cloud, forwarding);
    return place;
  }

  /** A further place of a deployment that is there already. It changes no bus policy. */
  static async beside(home: LocalDeployment, options: OtherPlaceOptions): Promise<OtherPlace> {
    const { account = '222222222222', region = home.cloud.region, registered = true, ...demo } = options;
    const cloud = new Cloud({ beside: home.cloud, account, region });
    const name = demo.name ?? 'demo';
    const stack = await deployTemplate(
      cloud,
      'tender-access',
      yamlTemplate(resolve(deploy, 'other-account/template.yaml')),
      {
        TenderAccount: home.cloud.account,
        TenderRegion: home.cloud.region,
        ExternalId: externalId,
        Name: name,
      },
    );
    const aws = {
      roleArn: stack.outputs.RoleArn,
      ...(options.aws ?? { externalId, ...(region !== home.cloud.region && { region }) }),
    };
    const cluster = await DemoCluster.create(deploymentIn(cloud, stack), {
      workers: 0,
      controlPlane: 0,
      ...demo,
      entry: { aws, ...demo.entry },
    });
    await moveEntry(cloud, registered ? home.cloud : undefined, `/tender/clusters/${name}`);
    return new OtherPlace(home, cloud, cluster);
  }

  /** Lets the worker group launch one instance, and nothing in its place. */
  async launchOnce(): Promise<string> {
    await this.cluster.scaleTo(1);
    const launched = () => this.instanceIds();
    await this.cloud.world.until('an instance is launched', () => launched().length > 0, 5 * MINUTE_MS);
    await this.operate('autoscaling', 'SuspendProcesses', {
      AutoScalingGroupName: this.cluster.workersGroup,
      ScalingProcesses: ['Launch'],
    });
    return launched()[0] ?? '';
  }

  /** Lets time pass until no hook waits and no execution runs, late events included. */
  async comesToRest(): Promise<void> {
    const { world } = this.cloud;
    const settled = () =>
      [...(this.cloud.fleet.groups.all.get(this.cluster.workersGroup)?.members.values() ?? [])].every(
        ({ state }) => state === 'InService',
      ) && this.home.cloud.states.executions().every(({ run }) => run.outcome !== undefined);
    await world.until('everything is at rest', settled, 180 * MINUTE_MS);
    await world.advance(5 * MINUTE_MS);
  }

  /** Calls AWS where the cluster lives, as a person with administrator rights. */
  operate<Output = Record<string, unknown>>(prefix: string, operation: string, input: object): Promise<Output> {
    return driven(this.cloud, () => this.cloud.operate<Output>(prefix, operation, input));
  }

  /** Instances there, gone ones included. */
  instanceIds(): string[] {
    return [...this.cloud.fleet.instances.all.keys()];
  }

  /** Executions of node-bootstrap in the deployment. */
  bootstraps(): readonly ExecutionRecord[] {
    return this.home.executions('node-bootstrap');
  }

  /** The states that the first node-bootstrap has entered. */
  trace(): string[] {
    return (this.bootstraps()[0]?.run.history ?? []).flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
  }

  /** Entries of the world's log of this kind. */
  events(event: string): HistoryEntry[] {
    return this.cloud.world.history.entries.filter((entry) => entry.event === event);
  }

  /** How launch hooks ended: `CONTINUE i-0abc`; those that nobody answered begin with `TIMEOUT`. */
  hookAnswers(): string[] {
    return this.cloud.world.history.entries.flatMap(({ event, details }) => {
      if (event === 'LifecycleActionCompleted') return [`${String(details.result)} ${String(details.instanceId)}`];
      return event === 'LifecycleActionTimedOut' ? [`TIMEOUT ${String(details.instanceId)}`] : [];
    });
  }

  /** What IAM refused, in either account; not that a machine asks for a parameter that is not there, or not any more (S41). */
  denials(): string[] {
    const all = [this.home.cloud, this.cloud].flatMap(({ authorizer }) => authorizer.denials());
    const unexpected = all.filter(
      ({ roleName, action }) => roleName !== `${this.cluster.name}-node` || action !== 'ssm:GetParameter',
    );
    return [...new Set(unexpected.map(({ message }) => message))];
  }

  /** The actions that the cluster's role was allowed, in its own account. */
  actionsOfRole(): string[] {
    const role = `tender-access-${this.cluster.name}`;
    const usage = this.cloud.authorizer.usage().filter((one) => one.role === role);
    return [...new Set(usage.map(({ action }) => action))].sort();
  }

  /** What is left of offers to join: parameters in either account, bootstrap tokens in the cluster. */
  leftovers(): string[] {
    const parameters = [this.home.cloud, this.cloud].flatMap((cloud) =>
      cloud.parameters.list().map(({ name }) => name),
    );
    const secrets = this.cluster.kubernetes.store.list<KubeObject>('secrets', 'kube-system');
    return [
      ...parameters.filter((name) => name.startsWith('/tender/join/')),
      ...secrets.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('bootstrap-token-')),
    ];
  }

  /** The first diagnosis of a failed join, in the deployment's bucket. */
  diagnosis(): unknown {
    const bucket = this.home.cloud.buckets.find(this.home.resource('StateBucket'));
    const [, versions] = [...(bucket?.versions ?? [])].find(([key]) => key.startsWith('diagnosis/')) ?? [];
    const body = versions?.at(-1)?.body;
    return body && JSON.parse(Buffer.from(body).toString('utf8'));
  }

  /** Presses Stop in the console. */
  async stop(executionArn: string | undefined): Promise<void> {
    await driven(this.home.cloud, () => this.home.cloud.operate('states', 'StopExecution', { executionArn }));
  }

  /** Bodies of the messages that wait there, in the queue of events that could not be forwarded. */
  unforwarded(): string[] {
    const url = String(this.#stack.resources.get('UnforwardedEvents')?.physicalId);
    return (this.cloud.queues.find(url)?.peek() ?? []).map(({ body }) => body);
  }

  /** Bodies of the messages that wait in the queue of signals that could not be handled. */
  failedSignals(): string[] {
    const queue = this.home.cloud.queues.find(this.home.resource('FailedSignals'));
    return (queue?.peek() ?? []).map(({ body }) => body);
  }

  /** Writes an entry into the deployment's registry. */
  async register(name: string, entry: object): Promise<void> {
    const input = { Name: `/tender/clusters/${name}`, Type: 'String', Value: JSON.stringify(entry) };
    await driven(this.home.cloud, () => this.home.cloud.operate('ssm', 'PutParameter', input));
  }
}

/** The bus policy as the package has it for these accounts; the package of the tests names none. */
async function letIn(cloud: Cloud, accounts: string): Promise<void> {
  const forwarding = createRequire(import.meta.url)(resolve(deploy, 'stack/forwarding.cjs')) as (serverless: {
    resolveVariable: (name: string) => Promise<string>;
  }) => Promise<Template>;
  const template = await forwarding({ resolveVariable: async () => accounts });
  await deployTemplate(cloud, 'forwarding', template, {});
}

async function deployTemplate(
  cloud: Cloud,
  name: string,
  template: Template,
  parameters: Readonly<Record<string, string>>,
): Promise<Stack> {
  const { world, region, account, zones, dispatcher, credentials } = cloud;
  const targets = {
    world,
    calls: dispatcher,
    caller: credentials.operator,
    region,
    account,
    availabilityZones: zones,
    artifact: () => undefined,
  };
  return driven(cloud, () => createStack({ name, template, parameters }, targets));
}

/** What a demo cluster needs of a deployment, where there is none: only the account's own stack. */
function deploymentIn(cloud: Cloud, stack: Stack): LocalDeployment {
  const nothingHere = (): never => {
    throw new Error('the deployment is in another account or region');
  };
  return {
    cloud,
    stack,
    resource: nothingHere,
    executions: nothingHere,
    stopSchedules: nothingHere,
    start: nothingHere,
  };
}

/** A demo cluster registers itself where it lives; the registry is the deployment's. */
async function moveEntry(from: Cloud, to: Cloud | undefined, name: string): Promise<void> {
  const value = from.parameters.valueOf(name);
  await driven(from, () => from.operate('ssm', 'DeleteParameter', { Name: name }));
  if (to) await driven(to, () => to.operate('ssm', 'PutParameter', { Name: name, Type: 'String', Value: value }));
}
