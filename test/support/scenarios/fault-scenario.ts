import { DemoCluster, type DemoClusterOptions } from '../../../rehearsal/demo-cluster.ts';
import { keysIn, leftoversIn, registeredTargets, running } from '../../../rehearsal/leftovers.ts';
import { type DeploymentOptions, driven, LocalDeployment } from '../../../rehearsal/local-deployment.ts';
import type { GroupRecord } from '../../../simulator/autoscaling/group-record.ts';
import type { KubeObject } from '../../../simulator/kubernetes/api/objects.ts';
import type { ExecutionRecord } from '../../../simulator/stepfunctions/executions.ts';
import type { Fault, ObservedCall } from '../../../simulator/world/faults.ts';
import type { HistoryEntry } from '../../../simulator/world/history.ts';
import { nextCheapWorld } from '../cheap-world.ts';

/** What a scenario is prepared with. */
export interface FaultScenarioOptions extends DemoClusterOptions {
  readonly seed?: number;
  readonly cloud?: Partial<DeploymentOptions>;
  /** Whether what is due starts by itself, each minute. Default true; without it a world costs a third less, and nothing comes to the rescue. */
  readonly schedules?: boolean;
  /** Whether its functions are the package's, evaluated for this world alone. Default false: modules are shared with the worlds before it, at half the cost. */
  readonly packaged?: boolean;
}

const MINUTE_MS = 60_000;
/** Events and asynchronous invocations that are still to come; EventBridge and Lambda repeat for minutes. */
const AFTERMATH_MS = 4 * MINUTE_MS;

/** The worker group of a cluster on the local cloud, empty at first, and what must hold when everything has come to rest. */
export class FaultScenario {
  readonly deployment: LocalDeployment;
  readonly cluster: DemoCluster;

  private constructor(deployment: LocalDeployment, cluster: DemoCluster) {
    this.deployment = deployment;
    this.cluster = cluster;
  }

  static async prepare({
    seed = 1,
    cloud,
    schedules = true,
    packaged = false,
    ...options
  }: FaultScenarioOptions = {}): Promise<FaultScenario> {
    const modules = packaged ? { modulesPerVersion: 1 } : await nextCheapWorld();
    const deployment = await LocalDeployment.create({ ...modules, alarms: 'asleep', audited: false, ...cloud, seed });
    if (!schedules) await deployment.stopSchedules();
    const cluster = await DemoCluster.create(deployment, { workers: 0, controlPlane: 0, ...options });
    return new FaultScenario(deployment, cluster);
  }

  get cloud(): LocalDeployment['cloud'] {
    return this.deployment.cloud;
  }

  get world(): LocalDeployment['cloud']['world'] {
    return this.deployment.cloud.world;
  }

  /** Calls AWS as a person with administrator rights. */
  operate<Output = Record<string, unknown>>(prefix: string, operation: string, input: object): Promise<Output> {
    return driven(this.cloud, () => this.cloud.operate<Output>(prefix, operation, input));
  }

  /** Lets the group launch its first instance and gives the instance's id. */
  async launch(): Promise<string> {
    await this.cluster.scaleTo(1);
    await this.world.until('an instance is launched', () => this.instanceIds().length > 0, 5 * MINUTE_MS);
    return this.instanceIds()[0] ?? '';
  }

  /** As {@link FaultScenario.launch}, but the group launches nothing in its place: half the time, where replacing is not the point. */
  async launchOnce(): Promise<string> {
    const instanceId = await this.launch();
    const input = { AutoScalingGroupName: this.cluster.workersGroup, ScalingProcesses: ['Launch'] };
    await this.operate('autoscaling', 'SuspendProcesses', input);
    return instanceId;
  }

  /** Instances that the worker group has launched, oldest first, gone ones included. */
  instanceIds(): string[] {
    const launched = [...this.cloud.fleet.instances.all.values()].filter(
      (instance) => instance.tags.get('aws:autoscaling:groupName') === this.cluster.workersGroup,
    );
    return launched.sort((a, b) => a.launchTime - b.launchTime).map(({ instanceId }) => instanceId);
  }

  /** Lets time pass until the node-bootstrap enters this state for the nth time, and gives the execution. */
  async untilState(state: string, times = 1, workflow = 'node-bootstrap'): Promise<ExecutionRecord> {
    const entered = () => this.events('StateEntered').filter(({ details }) => isState(details, workflow, state));
    await this.world.until(`${workflow} is in ${state}`, () => entered().length >= times, 60 * MINUTE_MS);
    const name = String(entered()[times - 1]?.details.execution);
    const execution = this.deployment.executions(workflow).find((one) => one.name === name);
    if (!execution) throw new Error(`no execution ${name}`);
    return execution;
  }

  /** Entries of the world's log of this kind. */
  events(event: string): HistoryEntry[] {
    return this.world.history.entries.filter((entry) => entry.event === event);
  }

  /** How often the launch hook was kept alive. */
  heartbeats(): number {
    return this.events('LifecycleActionHeartbeat').length;
  }

  /** Presses Stop in the console. */
  async stop({ arn }: ExecutionRecord): Promise<void> {
    await this.operate('states', 'StopExecution', { executionArn: arn, cause: 'a person pressed Stop' });
  }

  /** Starts a workflow from the console. */
  startByHand(machine: `${string}Machine`, input: object): string {
    return this.deployment.start(machine, input);
  }

  /** Starts the sweep of the first node-bootstrap from the console. */
  sweepByHand(): string {
    const owner = this.deployment.executions('node-bootstrap')[0]?.arn;
    const input = { cluster: this.cluster.name, instanceId: this.instanceIds()[0], owner };
    return this.startByHand('SweepMachine', input);
  }

  /**
   * Calls a function as a step of an execution does: `check-targets`.
   * @throws Error with the name and message that the function failed with.
   */
  async invoke<Output = Record<string, unknown>>(name: string, input: object): Promise<Output> {
    const payload = { execution: 'none', step: 'none', ...input };
    const answer = await driven(this.cloud, () => this.cloud.functions.invoke(`tender-dev-${name}`, payload));
    if (answer.ok) return answer.payload as Output;
    throw Object.assign(new Error(answer.errorMessage), { name: answer.errorType });
  }

  /** Writes an object into the state bucket, as somebody would who edits it. */
  async writeState(key: string, text: string): Promise<void> {
    const input = { Bucket: this.deployment.resource('StateBucket'), Key: key, Body: text };
    await this.operate('s3', 'PutObject', input);
  }

  /** The outcomes of a workflow's executions, oldest first: `SUCCEEDED`, `FAILED NodeNotBootstrapped`, `running`. */
  outcomes(workflow = 'node-bootstrap'): string[] {
    return this.deployment.executions(workflow).map(({ run }) => {
      const outcome = run.outcome;
      if (!outcome) return 'running';
      return outcome.status === 'SUCCEEDED' ? 'SUCCEEDED' : `${outcome.status} ${outcome.error ?? ''}`.trim();
    });
  }

  /** The output of a workflow's nth execution (from the end with -1). */
  output(workflow: string, index = -1): Record<string, unknown> {
    const outcome = this.deployment.executions(workflow).at(index)?.run.outcome;
    if (outcome?.status !== 'SUCCEEDED') throw new Error(`${workflow} did not succeed: ${JSON.stringify(outcome)}`);
    return JSON.parse(outcome.output ?? 'null') as Record<string, unknown>;
  }

  /** What a workflow's nth execution failed with. */
  cause(workflow = 'node-bootstrap', index = 0): string {
    const outcome = this.deployment.executions(workflow).at(index)?.run.outcome;
    return outcome && outcome.status !== 'SUCCEEDED' ? (outcome.cause ?? '') : '';
  }

  /** Plants a fault for the nth fitting call and the `times - 1` after it. */
  plant(when: (call: ObservedCall) => boolean, fault: Fault, { nth = 1, times = 1 } = {}): () => void {
    let seen = 0;
    return this.world.faults.plant((call) => when(call) && ++seen >= nth, fault, times);
  }

  /** What functions write from now on, each with its function: `tender-dev-cordon-node PATCH …`. */
  watchWrites(): readonly string[] {
    const writes: string[] = [];
    this.world.faults.plant(
      ({ mutating, functionName, operation }) => {
        if (mutating && functionName !== undefined) writes.push(`${functionName} ${operation}`);
        return false;
      },
      { kind: 'hang' },
    );
    return writes;
  }

  /** Lets time pass until every execution is over and the group is as it wants to be, late events included. */
  async comesToRest(atMostMs = 3 * 60 * MINUTE_MS): Promise<void> {
    const until = this.world.now() + atMostMs;
    do {
      await this.world.until('everything is at rest', () => this.#isAtRest(), until - this.world.now());
      await this.world.advance(AFTERMATH_MS);
    } while (!this.#isAtRest());
  }

  #isAtRest(): boolean {
    const groups = [...this.cloud.fleet.groups.all.values()];
    const own = groups.filter(({ name }) => name.startsWith(`${this.cluster.name}-`));
    return own.every(isSettled) && running(this).length === 0;
  }

  /** Sentences about everything that should not be there once all is at rest; empty when all is well. */
  leftovers(): string[] {
    return leftoversIn(this);
  }

  /** Workers in service that are no healthy nodes of the cluster: not Ready, tainted, or missing behind a load balancer. */
  sickInService(): string[] {
    return this.cluster.inService().filter((id) => !this.isHealthyNode(id));
  }

  /** Whether the instance's node is open to workloads and behind both load balancers. */
  isHealthyNode(instanceId: string): boolean {
    const dnsName = this.cloud.fleet.instances.all.get(instanceId)?.privateDnsName ?? '';
    const node = this.cluster.kubernetes.store.find<NodeObject>('nodes', dnsName);
    const ready = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
    const tainted = node?.spec?.taints?.some(({ key }) => key === 'tender.sh/joining') === true;
    return ready && !tainted && this.targets().filter((id) => id === instanceId).length === 2;
  }

  /** Instances behind the cluster's load balancers; one that is behind two comes twice. */
  targets(): string[] {
    return registeredTargets(this);
  }

  /** Keys in the state bucket that are there now. */
  diagnoses(): string[] {
    return keysIn(this, 'diagnosis/');
  }
}

interface NodeObject extends KubeObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Whether a group has what it wants, and nobody is coming or going. */
function isSettled({ members, desired, suspended }: GroupRecord): boolean {
  const states = [...members.values()].map(({ state }) => state);
  const serving = states.filter((state) => state === 'InService').length;
  const complete = serving === desired || (suspended.has('Launch') && serving < desired);
  return complete && states.every((state) => /^(InService|Standby|Warmed:(Stopped|Running)|.*:Retained)$/.test(state));
}

function isState(details: HistoryEntry['details'], workflow: string, state: string): boolean {
  return details.state === state && String(details.machine).endsWith(`-${workflow}`);
}
