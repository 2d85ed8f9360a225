import type { RegisterTaskDefinitionRequest, TaskDefinition } from '@aws-sdk/client-ecs';
import { AwsError } from '../cloud/service.ts';

/** Where something is: what its ARN begins with. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

/** CPU units and the MiB of memory that Fargate has with them: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */
const FARGATE_SIZES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  '256': [512, 2_048],
  '512': [1_024, 4_096],
  '1024': [2_048, 8_192],
  '2048': [4_096, 16_384],
  '4096': [8_192, 30_720],
  '8192': [16_384, 61_440],
  '16384': [32_768, 122_880],
};

/** The task definitions of an account in a region: families with revisions. */
export class TaskDefinitions {
  readonly #arnOf: (path: string) => string;
  readonly #families = new Map<string, TaskDefinition[]>();

  constructor({ region, account }: Place) {
    this.#arnOf = (path) => `arn:aws:ecs:${region}:${account}:task-definition/${path}`;
  }

  /** @throws AwsError `ClientException`, for what Fargate would not take. */
  register(input: RegisterTaskDefinitionRequest): TaskDefinition {
    assertFargate(input);
    const family = input.family ?? '';
    const revisions = this.#families.get(family) ?? [];
    const revision = revisions.length + 1;
    const { tags: _tags, ...rest } = input;
    const definition: TaskDefinition = {
      ...rest,
      taskDefinitionArn: this.#arnOf(`${family}:${revision}`),
      revision,
      status: 'ACTIVE',
    };
    this.#families.set(family, [...revisions, definition]);
    return definition;
  }

  /** By ARN, `family:revision`, or the newest active one of a family. @throws AwsError `ClientException`. */
  find(name: string | undefined): TaskDefinition {
    const [family = '', revision] = (name ?? '').replace(/^arn:.*:task-definition\//, '').split(':');
    const revisions = this.#families.get(family) ?? [];
    const found =
      revision === undefined
        ? revisions.findLast(({ status }) => status === 'ACTIVE')
        : revisions.find((one) => one.revision === Number(revision));
    if (found) return found;
    throw new AwsError('ClientException', 'Unable to describe task definition.');
  }

  /** No task starts of it any more. @throws AwsError `ClientException`. */
  deregister(name: string | undefined): TaskDefinition {
    const definition = this.find(name);
    definition.status = 'INACTIVE';
    return definition;
  }
}

function assertFargate(input: RegisterTaskDefinitionRequest): void {
  const sizes = FARGATE_SIZES[input.cpu ?? ''];
  const memory = Number(input.memory);
  const wrong = [
    ...(input.requiresCompatibilities?.includes('FARGATE') ? [] : ['the local cloud runs tasks on Fargate only']),
    ...(input.networkMode === 'awsvpc' ? [] : ['Fargate only supports network mode ‘awsvpc’.']),
    ...(sizes && memory >= sizes[0] && memory <= sizes[1] && memory % 512 === 0
      ? []
      : ['No Fargate configuration exists for given values.']),
    ...(input.containerDefinitions?.length === 1 ? [] : ['the local cloud runs tasks of one container']),
    ...(input.executionRoleArn === undefined && needsExecutionRole(input)
      ? ['Fargate requires task definition to have execution role ARN to support log driver awslogs.']
      : []),
  ];
  if (wrong[0] !== undefined) throw new AwsError('ClientException', wrong[0]);
}

function needsExecutionRole({ containerDefinitions = [] }: RegisterTaskDefinitionRequest): boolean {
  return containerDefinitions.some(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs');
}
