import type { ContainerOverride, RunTaskRequest, Task, TaskDefinition } from '@aws-sdk/client-ecs';
import { type Access, AwsError } from '../cloud/service.ts';
import type { Authorizer } from '../iam/authorizer.ts';
import { type Credentials, type IssuedCredentials, roleSession } from '../iam/credentials.ts';
import type { LogStore } from '../logs/log-store.ts';
import type { World } from '../world/world.ts';
import { type Place, TaskDefinitions } from './task-definitions.ts';

/** What a container is run with. */
export interface ContainerRun {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Of the task's role, as the endpoint of container credentials gives them. */
  readonly credentials: IssuedCredentials;
  readonly storageGiB: number;
  readonly memoryMiB: number;
  /** Aborted when the task is stopped: SIGTERM. */
  readonly stopping: AbortSignal;
  /** Writes a line to the container's log. */
  log(line: string): void;
}

/** How a container ended. */
export interface ContainerEnd {
  readonly exitCode: number;
  /** `OutOfMemoryError: Container killed due to memory usage`. */
  readonly reason?: string;
}

/** What an image does. It runs in real time: whoever plays keeps the world at the pace of a clock meanwhile. */
export type ContainerProgram = (run: ContainerRun) => Promise<ContainerEnd>;

interface ContainersSettings extends Place {
  readonly world: World;
  readonly authorizer: Authorizer;
  readonly credentials: Credentials;
  readonly logs: LogStore;
}

interface TaskRecord {
  readonly task: Task;
  readonly definition: TaskDefinition;
  readonly stop: AbortController;
  readonly finished: Promise<Task>;
  readonly end: (task: Task) => void;
}

/** From RunTask until the container runs: an address, the image. Assumed. */
const STARTS_AFTER_MS = 30_000;
/** After SIGTERM, before SIGKILL: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html */
const GRACE_MS = 30_000;
/** docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html */
const STORAGE_GIB = { initial: 20, least: 21, most: 200 };
/** What an execution role needs to fetch an image of ECR: docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html */
const PULL = ['BatchCheckLayerAvailability', 'GetDownloadUrlForLayer', 'BatchGetImage'];

/** Elastic Container Service on Fargate: clusters, task definitions, and tasks of one container that run once. */
export class Containers {
  readonly definitions: TaskDefinitions;
  /** What images do, by their URI. One that is not here cannot be pulled. */
  readonly images = new Map<string, ContainerProgram>();
  /** So many of the next tasks find no room. */
  lackingCapacity = 0;
  readonly #settings: ContainersSettings;
  readonly #clusters = new Map<string, string>();
  readonly #tasks = new Map<string, TaskRecord>();

  constructor(settings: ContainersSettings) {
    this.#settings = settings;
    this.definitions = new TaskDefinitions(settings);
  }

  /** Gives its ARN. One that is there already is fine. */
  createCluster(name: string): string {
    const arn = this.#arn(`cluster/${name}`);
    this.#clusters.set(arn, name);
    return arn;
  }

  deleteCluster(nameOrArn: string | undefined): string {
    const arn = this.#clusterArn(nameOrArn);
    this.#clusters.delete(arn);
    return arn;
  }

  /** What RunTask takes: itself on the definition, and leave to hand out both roles. */
  accessToRun({ taskDefinition, cluster }: RunTaskRequest): readonly Access[] {
    const { taskDefinitionArn = '', taskRoleArn, executionRoleArn } = this.definitions.find(taskDefinition);
    const roles = [taskRoleArn, executionRoleArn].filter((arn) => arn !== undefined);
    return [
      { action: 'ecs:RunTask', resource: taskDefinitionArn, context: { 'ecs:cluster': this.#clusterArn(cluster) } },
      ...roles.map((resource) => ({
        action: 'iam:PassRole',
        resource,
        context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      })),
    ];
  }

  /** Starts one task; undefined where there is no room. @throws AwsError as RunTask does. */
  run(input: RunTaskRequest): Task | undefined {
    const clusterArn = this.#clusterArn(input.cluster);
    const definition = this.definitions.find(input.taskDefinition);
    assertCanRun(input, definition);
    if (this.lackingCapacity > 0) {
      this.lackingCapacity -= 1;
      return undefined;
    }
    const { world } = this.#settings;
    const id = world.random.for('ecs:tasks').hex(32);
    const cluster = this.#clusters.get(clusterArn) ?? '';
    const task: Task = {
      taskArn: this.#arn(`task/${cluster}/${id}`),
      clusterArn,
      taskDefinitionArn: definition.taskDefinitionArn,
      launchType: 'FARGATE',
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      createdAt: world.date(),
      containers: [{ name: definition.containerDefinitions?.[0]?.name, lastStatus: 'PENDING' }],
      overrides: input.overrides,
      startedBy: input.startedBy,
    };
    const { promise, resolve } = Promise.withResolvers<Task>();
    const record = { task, definition, stop: new AbortController(), finished: promise, end: resolve };
    this.#tasks.set(task.taskArn ?? '', record);
    world.after(STARTS_AFTER_MS, 'a task starts', () => void this.#start(record, id));
    return task;
  }

  /** The task with its last status. @throws AwsError `InvalidParameterException`. */
  describe(arn: string | undefined): Task {
    return this.#record(arn).task;
  }

  /** Resolves when the task has stopped. @throws AwsError `InvalidParameterException`. */
  finished(arn: string | undefined): Promise<Task> {
    return this.#record(arn).finished;
  }

  /** Asks the container to end, and ends it half a minute later. @throws AwsError `InvalidParameterException`. */
  stop(arn: string | undefined, reason: string): Task {
    const record = this.#record(arn);
    const { task, stop } = record;
    if (task.desiredStatus === 'STOPPED') return task;
    Object.assign(task, { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: reason });
    stop.abort();
    if (task.lastStatus !== 'RUNNING') this.#finish(record, undefined);
    else this.#settings.world.after(GRACE_MS, 'a task is killed', () => this.#finish(record, { exitCode: 137 }));
    return task;
  }

  async #start(record: TaskRecord, id: string): Promise<void> {
    const { task, definition, stop } = record;
    if (task.lastStatus === 'STOPPED') return;
    const container = definition.containerDefinitions?.[0];
    const program = this.images.get(container?.image ?? '');
    const hindrance = this.#hindrance(definition, program);
    if (hindrance !== undefined || program === undefined) {
      Object.assign(task, { stopCode: 'TaskFailedToStart', stoppedReason: hindrance });
      this.#finish(record, undefined);
      return;
    }
    task.lastStatus = 'RUNNING';
    const own = task.overrides?.containerOverrides?.find(({ name }) => name === container?.name) ?? {};
    const options = container?.logConfiguration?.options ?? {};
    const stream = `${options['awslogs-stream-prefix']}/${container?.name}/${id}`;
    const end = await program({
      command: own.command ?? container?.command ?? [],
      environment: { ...environmentOf(container ?? {}), ...environmentOf(own) },
      credentials: this.#session(definition.taskRoleArn ?? '', id),
      storageGiB: storageOf(task, definition),
      memoryMiB: Number(definition.memory),
      stopping: stop.signal,
      log: (line) => this.#settings.logs.write(options['awslogs-group'] ?? '', stream, line),
    });
    this.#finish(record, end);
  }

  #finish(record: TaskRecord, end: ContainerEnd | undefined): void {
    const { task } = record;
    if (task.lastStatus === 'STOPPED') return;
    if (end && task.stopCode === undefined)
      Object.assign(task, {
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
      });
    const containers = task.containers?.map((one) => ({ ...one, lastStatus: 'STOPPED', ...end }));
    const stoppedAt = this.#settings.world.date();
    Object.assign(task, { lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stoppedAt, containers });
    record.end(task);
  }

  /** Why a container cannot start, in AWS's words. */
  #hindrance(definition: TaskDefinition, program: ContainerProgram | undefined): string | undefined {
    const { image = '', logConfiguration } = definition.containerDefinitions?.[0] ?? {};
    const registry = /^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com\/([^:@]+)/.exec(image);
    const wanted: Access[] = registry
      ? [
          { action: 'ecr:GetAuthorizationToken', resource: '*' },
          ...PULL.map((name) => ({
            action: `ecr:${name}`,
            resource: `arn:aws:ecr:${registry[2]}:${registry[1]}:repository/${registry[3]}`,
          })),
        ]
      : [];
    const group = logConfiguration?.options?.['awslogs-group'];
    const { region, account } = this.#settings;
    const stream = `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:*`;
    if (group !== undefined)
      wanted.push(...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({ action, resource: stream })));
    const caller = this.#caller(definition.executionRoleArn ?? '', 'fargate');
    const refusal = wanted.map((access) => this.#settings.authorizer.refusal(caller, access)).find(Boolean);
    if (refusal) return `ResourceInitializationError: unable to pull secrets or registry auth: ${refusal}`;
    return program
      ? undefined
      : `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: not found`;
  }

  #session(roleArn: string, id: string): IssuedCredentials {
    return this.#settings.credentials.issue(this.#caller(roleArn, id));
  }

  #caller(roleArn: string, session: string) {
    return roleSession(this.#settings.account, roleArn.split('/').at(-1) ?? '', session);
  }

  #record(arn: string | undefined): TaskRecord {
    const found = [...this.#tasks].find(([known]) => known === arn || known.endsWith(`/${arn}`));
    if (found) return found[1];
    throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
  }

  #clusterArn(nameOrArn: string | undefined): string {
    const name = nameOrArn ?? 'default';
    const found = [...this.#clusters].find(([arn, known]) => arn === name || known === name);
    if (found) return found[0];
    throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  }

  #arn(path: string): string {
    return `arn:aws:ecs:${this.#settings.region}:${this.#settings.account}:${path}`;
  }
}

function assertCanRun(input: RunTaskRequest, { status }: TaskDefinition): void {
  const { count = 1, launchType, networkConfiguration, overrides } = input;
  const { subnets = [] } = networkConfiguration?.awsvpcConfiguration ?? {};
  const storage = overrides?.ephemeralStorage?.sizeInGiB ?? STORAGE_GIB.least;
  const wrong = [
    ...(status === 'ACTIVE' ? [] : ['TaskDefinition is inactive']),
    ...(launchType === 'FARGATE' ? [] : ['the local cloud runs tasks on Fargate only']),
    ...(count === 1 ? [] : ['the local cloud runs one task at a time']),
    ...(subnets.length > 0 ? [] : ['Network Configuration must be provided when networkMode ‘awsvpc’ is specified.']),
    ...(storage >= STORAGE_GIB.least && storage <= STORAGE_GIB.most
      ? []
      : ['EphemeralStorage sizeInGiB must be between 21 and 200']),
  ];
  if (wrong[0] !== undefined) throw new AwsError('InvalidParameterException', wrong[0]);
}

function storageOf({ overrides }: Task, { ephemeralStorage }: TaskDefinition): number {
  return overrides?.ephemeralStorage?.sizeInGiB ?? ephemeralStorage?.sizeInGiB ?? STORAGE_GIB.initial;
}

function environmentOf({ environment = [] }: Pick<ContainerOverride, 'environment'>): Record<string, string> {
  return Object.fromEntries(environment.map(({ name = '', value = '' }) => [name, value]));
}
