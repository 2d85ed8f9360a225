import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatedMachine } from '../../simulator/instances/simulated-machine.ts';
import type { ExecutionRecord } from '../../simulator/stepfunctions/executions.ts';
import { DemoCluster } from '../demo-cluster.ts';
import { ETCD_SPEED, paced, stateOf } from '../etcd/asked.ts';
import { type EtcdRelease, isRecent } from '../etcd/etcd-programs.ts';
import { mirrorObjects } from '../etcd/mirror-objects.ts';
import { attachTree } from '../kubeadm-tree/attach-tree.ts';
import { TreeControlPlane, treesFor } from '../kubeadm-tree/tree-control-plane.ts';
import { driven, LocalDeployment } from '../local-deployment.ts';
import { Replacements } from './replacements.ts';

const SIZE = 3;
const LOST = 2;
const LATE_OBJECTS = 5;
const MINUTE = 60_000;
const NOTICED_WITHIN_MS = 20_000;

/** What is said of the steps that a restore takes, in their order. */
const STEPS: Readonly<Record<string, string>> = {
  InspectControlPlane: 'each control-plane node is asked which etcd it has',
  CheckSnapshot: 'the snapshot is read from end to end, while everything still runs',
  FenceControlPlane: 'API servers and etcd are stopped on every node, and old data is moved aside',
  RestoreMember: 'one node restores, as the only member of a new cluster of etcd',
  SettleEtcd: 'etcd is looked at while nobody else uses it: quorum, a write, objects; addresses of old API servers go',
  StartControlPlane: 'API servers start',
  DeleteStaleNodes: 'Nodes whose instances are gone are deleted',
};

/** How it has ended. */
export interface Aftermath {
  /** For people, one line each. */
  readonly told: readonly string[];
  /** What is not as it has to be; empty when all is. */
  readonly complaints: readonly string[];
}

interface RestoreOutput {
  readonly snapshot: string;
  readonly loss: { readonly changes?: number; readonly seconds: number };
  readonly etcd: {
    readonly objects: number;
    readonly members: number;
    readonly purgedLeases: number;
    readonly revision: number;
  };
  readonly approval: { readonly by: string };
}

/** Two of three control-plane machines are lost with their members of etcd, and the cluster is restored from S3 on the third. */
export class Disaster {
  readonly #cluster: DemoCluster;
  readonly #controlPlane: TreeControlPlane;
  readonly #machines: readonly SimulatedMachine[];
  readonly #release: EtcdRelease;
  readonly #replacements: Replacements;
  readonly #say: (line: string) => void;

  private constructor(
    cluster: DemoCluster,
    controlPlane: TreeControlPlane,
    machines: readonly SimulatedMachine[],
    release: EtcdRelease,
    replacements: Replacements,
    say: (line: string) => void,
  ) {
    this.#replacements = replacements;
    this.#cluster = cluster;
    this.#controlPlane = controlPlane;
    this.#machines = machines;
    this.#release = release;
    this.#say = say;
  }

  /** A cluster whose three control-plane instances are directory trees with real members of etcd on them. Whoever calls closes it. */
  static async prepare(seed: number | string, release: EtcdRelease, say: (line: string) => void): Promise<Disaster> {
    const deployment = await LocalDeployment.create({ modulesPerVersion: 1, seed });
    // What happens is what is told: nothing else starts meanwhile.
    await deployment.stopSchedules();
    const replacements = new Replacements(deployment);
    const cluster = await DemoCluster.create(deployment, {
      controlPlane: SIZE,
      workers: 2,
      ready: true,
      entry: { join: { controlPlane: 'kubeadm' } },
      controlPlaneJoins: { joinEtcd: (machine) => replacements.join(machine), etcdSeconds: 5 },
    });
    const { world } = deployment.cloud;
    await world.until('the control plane runs', () => cluster.controlPlane().filter(({ up }) => up).length === SIZE);
    const machines = cluster.controlPlane();
    const hosts = machines.map(({ privateIpAddress }) => privateIpAddress);
    const controlPlane = new TreeControlPlane(await treesFor(release, { size: SIZE, hosts, spare: LOST }));
    replacements.controlPlane = controlPlane;
    const disaster = new Disaster(cluster, controlPlane, machines, release, replacements, say);
    try {
      await TreeControlPlane.begun(controlPlane);
      machines.forEach((machine, index) => {
        attachTree(machine, controlPlane.node(index));
      });
      await mirrorObjects(cluster.kubernetes, controlPlane.door(0));
      await controlPlane.door(0).put('/registry/masterleases/10.0.0.9', 'an API server of before');
      await disaster.#register();
      await disaster.#subscribe();
      return disaster;
    } catch (error) {
      await disaster.close();
      throw error;
    }
  }

  /** Plays it. */
  async play(): Promise<Aftermath> {
    const { world } = this.#cluster.deployment.cloud;
    const door = this.#controlPlane.door(0);
    const objects = await door.count('/registry/');
    this.#tell(`etcd ${this.#release.version} has ${await door.voters()} members and ${objects} objects`);
    const snapshot = this.#start('EtcdSnapshotMachine', 'etcd-snapshot');
    await this.#paced(() => snapshot.run.outcome !== undefined);
    this.#tell(`a snapshot is taken: ${outputOf<{ id: string }>(snapshot).id}, in S3, read back and verified`);
    await world.advance(7 * MINUTE);
    for (let index = 0; index < LATE_OBJECTS; index += 1)
      await door.put(`/registry/configmaps/default/late-${index}`, '{"kind":"ConfigMap"}');
    this.#tell(`seven minutes later: ${LATE_OBJECTS} more objects are written, which no snapshot has`);
    await this.#lose(1);
    await this.#lose(2);
    this.#tell(`${await this.#leader()}: etcd takes no more writes, and Tender restores nothing by itself`);
    this.#tell('a person starts etcd-restore');
    const output = await this.#restore();
    // From here on its own shell plays kubeadm, which uploads certificates for those that join.
    for (const machine of this.#machines) machine.shell = undefined;
    this.#tell('Auto Scaling has launched two instances; they join one by one, as any control-plane node does');
    await this.#replacements.untilJoined(LOST, (text) => this.#tell(`  ${text}`));
    return this.#aftermath(objects, output);
  }

  /** Ends the real processes of its control plane. */
  close(): Promise<void> {
    return this.#controlPlane.stop();
  }

  async #aftermath(before: number, output: RestoreOutput): Promise<Aftermath> {
    const door = this.#controlPlane.door(0);
    const left = await door.count('/registry/');
    const voters = await door.voters();
    const counts = await this.#replacements.counts('/registry/');
    const late = await door.count('/registry/configmaps/default/late-');
    const { loss, etcd, approval, snapshot } = output;
    const wanted = before - etcd.purgedLeases;
    return {
      told: [
        `restored from ${snapshot}, approved by ${approval.by}: ${etcd.members} member at revision ${etcd.revision}`,
        `objects: ${before} before the snapshot, ${left} now, counted in etcd; ${etcd.purgedLeases} address of an old API server removed`,
        `lost: ${loss.changes} changes of the ${Math.round((loss.seconds * 1000) / MINUTE)} minutes since the snapshot, as was shown before`,
        `etcd has ${voters} members again, one learner after the other; objects counted on each that joined: ${counts.join(', ')}`,
        'old data lies beside the new on the node that restored',
      ],
      complaints: [
        ...(left === wanted ? [] : [`${left} objects are in etcd, not ${wanted}`]),
        ...(voters === SIZE ? [] : [`${voters} members vote, not ${SIZE}`]),
        ...(counts.every((count) => count === left) ? [] : [`members have ${counts.join(', ')} objects, not ${left}`]),
        ...(etcd.objects === left ? [] : [`the restore counted ${etcd.objects} objects, and there are ${left}`]),
        ...(late === 0 ? [] : [`${late} objects are there that were written after the snapshot`]),
        ...(loss.changes === LATE_OBJECTS ? [] : [`${loss.changes} changes were said to be lost, not ${LATE_OBJECTS}`]),
      ],
    };
  }

  /** Shows what would be lost, approves it, and tells the steps. @throws Error when it does not come to its end */
  async #restore(): Promise<RestoreOutput> {
    const { cloud } = this.#cluster.deployment;
    const mails = () => cloud.topics.mails.filter(({ subject }) => /approve the restore/.test(subject));
    const order = isRecent(this.#release) ? {} : { acceptRestarts: true };
    const execution = this.#start('EtcdRestoreMachine', 'etcd-restore', order);
    const told = new Set<string>();
    const tellStep = () => {
      const state = stateOf(execution);
      const text = STEPS[state];
      if (text !== undefined && !told.has(state)) this.#tell(`  ${text}`);
      told.add(state);
      return execution.run.outcome !== undefined;
    };
    await this.#paced(() => tellStep() || mails().length > 0);
    const message = mails()[0]?.message ?? '';
    this.#tell('what would be lost is shown, and an approval asked for:');
    for (const line of message.split('\n\nCluster: ')[0]?.split('\n').filter(Boolean) ?? [])
      this.#say(`            ${line}`);
    const taskToken = /--task-token (\S+)/.exec(message)?.[1];
    const output = JSON.stringify({ by: 'npm start' });
    await driven(cloud, () => cloud.operate('states', 'SendTaskSuccess', { taskToken, output }));
    this.#tell('approved, by npm start');
    await this.#paced(tellStep);
    return outputOf<RestoreOutput>(execution);
  }

  /** A machine is terminated with all that is on it. */
  async #lose(index: number): Promise<void> {
    const machine = this.#machines[index];
    const { cloud } = this.#cluster.deployment;
    await this.#controlPlane.node(index).kubelet.cutPower();
    await driven(cloud, () => cloud.operate('ec2', 'TerminateInstances', { InstanceIds: [machine?.instanceId] }));
    this.#tell(`${machine?.instanceId} is terminated, and its member of etcd with it`);
    await cloud.world.advance(2 * MINUTE);
  }

  /** An election takes real seconds, which the two minutes of the world's clock were not. */
  async #leader(): Promise<string> {
    const until = Date.now() + NOTICED_WITHIN_MS;
    const leaderId = () =>
      this.#controlPlane
        .door(0)
        .status()
        .then(
          (status) => status.leaderId,
          () => '0',
        );
    while ((await leaderId()) !== '0')
      if (Date.now() > until) return 'one of three members is left, and leads';
      else await sleep(100);
    return 'one of three members is left, and knows no leader';
  }

  #start(machine: `${string}Machine`, workflow: string, input: object = {}): ExecutionRecord {
    const { deployment, name } = this.#cluster;
    const arn = deployment.start(machine, { cluster: name, ...input });
    const execution = deployment.executions(workflow).find((one) => one.arn === arn);
    if (!execution) throw new Error(`${workflow} was not started`);
    return execution;
  }

  #paced(until: () => boolean): Promise<void> {
    return paced(this.#cluster.deployment.cloud.world, ETCD_SPEED, until);
  }

  /** Tells Tender how etcd is reached, as a person would. */
  async #register(): Promise<void> {
    const { cloud } = this.#cluster.deployment;
    const { secret: SecretString, urls } = this.#controlPlane;
    const Name = `/tender/clusters/${this.#cluster.name}`;
    await driven(cloud, async () => {
      const secret = { Name: `tender/${this.#cluster.name}-etcd`, SecretString };
      const { ARN } = await cloud.operate<{ ARN: string }>('secretsmanager', 'CreateSecret', secret);
      const { Parameter } = await cloud.operate<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name });
      const Value = JSON.stringify({ ...JSON.parse(Parameter.Value), etcd: { secretArn: ARN, endpoints: urls } });
      await cloud.operate('ssm', 'PutParameter', { Name, Type: 'String', Overwrite: true, Value });
    });
    for (const url of urls) cloud.network.admitRealServer(new URL(url).host);
  }

  async #subscribe(): Promise<void> {
    const { cloud } = this.#cluster.deployment;
    const TopicArn = this.#cluster.deployment.resource('AlarmTopic');
    const input = { TopicArn, Protocol: 'email', Endpoint: 'on-call@example.com' };
    await driven(cloud, () => cloud.operate('sns', 'Subscribe', input));
  }

  #tell(text: string): void {
    const { world } = this.#cluster.deployment.cloud;
    this.#say(`  ${world.date().toISOString().slice(11, 19)}  ${text}`);
  }
}

/** @throws Error with what it failed with */
function outputOf<T>({ stateMachine, run: { outcome } }: ExecutionRecord): T {
  if (outcome?.status === 'SUCCEEDED') return JSON.parse(outcome.output ?? '{}') as T;
  throw new Error(
    `${stateMachine.name} did not succeed: ${outcome?.error ?? outcome?.status}: ${outcome?.cause ?? ''}`,
  );
}
