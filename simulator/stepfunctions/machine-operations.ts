import type * as Sfn from '@aws-sdk/client-sfn';
import { pageOf } from '../cloud/pages.ts';
import { type Access, AwsError, type Operations } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import type { Flow } from './definition.ts';
import { type Authorize, roleCaller } from './integration-ports.ts';
import { examineDefinition, parseDefinition, type ResourceCheck } from './parse-definition.ts';
import { type StateMachineRecord, type StateMachineRevision, type StateMachines, validName } from './state-machines.ts';
import type { TaskIntegrations } from './task-integration.ts';

/** What the operations on state machines work on. */
export interface MachineOperationsSettings {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly authorize: Authorize;
  readonly machines: StateMachines;
  readonly integrations: TaskIntegrations;
}

type MachineOperations = Pick<
  Operations<typeof Sfn>,
  | 'CreateStateMachine'
  | 'UpdateStateMachine'
  | 'DeleteStateMachine'
  | 'DescribeStateMachine'
  | 'ListStateMachines'
  | 'PublishStateMachineVersion'
  | 'ListStateMachineVersions'
  | 'DeleteStateMachineVersion'
  | 'ValidateStateMachineDefinition'
  | 'TagResource'
  | 'UntagResource'
  | 'ListTagsForResource'
>;

/** Creating, changing and describing state machines. https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html */
export function machineOperations(settings: MachineOperationsSettings): MachineOperations {
  const { machines, world } = settings;
  const onMachine = (action: string) => (input: { stateMachineArn?: string | undefined }) =>
    machineAccess(action, input.stateMachineArn);
  return {
    CreateStateMachine: {
      access: (input) => [
        ...machineAccess('states:CreateStateMachine', machineArn(settings, input.name ?? '')),
        ...passRole(input.roleArn),
      ],
      run: (input) => {
        const { record, created } = create(settings, input);
        const version = created && input.publish ? publish(settings, record) : undefined;
        return {
          stateMachineArn: record.arn,
          creationDate: record.createdAt,
          ...(version ? { stateMachineVersionArn: version } : {}),
        };
      },
    },
    UpdateStateMachine: {
      access: (input) => [
        ...machineAccess('states:UpdateStateMachine', input.stateMachineArn),
        ...passRole(input.roleArn),
      ],
      run: (input) => {
        const { record } = machines.find(input.stateMachineArn ?? '');
        const definition = input.definition ?? record.current.definition;
        record.current = revise(settings, record.type, definition, input.roleArn ?? record.current.roleArn);
        const version = input.publish ? publish(settings, record) : undefined;
        return {
          updateDate: record.current.updatedAt,
          revisionId: record.current.revisionId,
          ...(version ? { stateMachineVersionArn: version } : {}),
        };
      },
    },
    DeleteStateMachine: {
      access: onMachine('states:DeleteStateMachine'),
      // Deleting what is not there succeeds. Executions that run go on to their end.
      run: (input) => {
        machines.delete(input.stateMachineArn ?? '');
        return {};
      },
    },
    DescribeStateMachine: {
      access: onMachine('states:DescribeStateMachine'),
      run: (input) => describe(machines, input.stateMachineArn ?? ''),
    },
    ListStateMachines: {
      run: (input) => {
        const page = pageOf(machines.list(), input.maxResults || 100, input.nextToken, 'InvalidToken');
        const stateMachines = page.items.map(({ arn, name, type, createdAt }) => ({
          stateMachineArn: arn,
          name,
          type,
          creationDate: createdAt,
        }));
        return { stateMachines, ...(page.next ? { nextToken: page.next } : {}) };
      },
    },
    PublishStateMachineVersion: {
      access: onMachine('states:PublishStateMachineVersion'),
      run: (input) => {
        const { record } = machines.find(input.stateMachineArn ?? '');
        if (input.revisionId !== undefined && input.revisionId !== record.current.revisionId) {
          throw new AwsError('ConflictException', `The revision ${input.revisionId} is not the current one`, {
            status: 400,
          });
        }
        return { stateMachineVersionArn: publish(settings, record), creationDate: world.date() };
      },
    },
    ListStateMachineVersions: {
      access: onMachine('states:ListStateMachineVersions'),
      run: (input) => {
        const { record } = machines.find(input.stateMachineArn ?? '');
        const versions = [...record.versions].reverse().map(([number, revision]) => ({
          stateMachineVersionArn: `${record.arn}:${number}`,
          creationDate: revision.updatedAt,
        }));
        const page = pageOf(versions, input.maxResults || 100, input.nextToken, 'InvalidToken');
        return { stateMachineVersions: page.items, ...(page.next ? { nextToken: page.next } : {}) };
      },
    },
    DeleteStateMachineVersion: {
      access: (input) => machineAccess('states:DeleteStateMachineVersion', input.stateMachineVersionArn),
      run: (input) => {
        const arn = input.stateMachineVersionArn ?? '';
        const at = arn.lastIndexOf(':');
        machines.peek(arn.slice(0, at))?.versions.delete(Number(arn.slice(at + 1)));
        return {};
      },
    },
    ValidateStateMachineDefinition: {
      mutating: false,
      run: (input) => {
        const { diagnostics } = examineDefinition(input.definition ?? '', checkFor(settings, input.type ?? 'STANDARD'));
        const listed = diagnostics.slice(0, input.maxResults || 100).map((d) => ({ severity: 'ERROR' as const, ...d }));
        return {
          result: diagnostics.length === 0 ? 'OK' : 'FAIL',
          diagnostics: listed,
          truncated: listed.length < diagnostics.length,
        };
      },
    },
    TagResource: {
      access: (input) => machineAccess('states:TagResource', input.resourceArn),
      run: (input) => {
        const { tags } = tagged(machines, input.resourceArn ?? '');
        for (const { key, value } of input.tags ?? []) if (key !== undefined) tags.set(key, value ?? '');
        return {};
      },
    },
    UntagResource: {
      access: (input) => machineAccess('states:UntagResource', input.resourceArn),
      run: (input) => {
        const { tags } = tagged(machines, input.resourceArn ?? '');
        for (const key of input.tagKeys ?? []) tags.delete(key);
        return {};
      },
    },
    ListTagsForResource: {
      access: (input) => machineAccess('states:ListTagsForResource', input.resourceArn),
      run: (input) => {
        const { tags } = tagged(machines, input.resourceArn ?? '');
        return { tags: [...tags].map(([key, value]) => ({ key, value })) };
      },
    },
  };
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
function machineAccess(action: string, arn: string | undefined): readonly Access[] {
  return [{ action, resource: arn ?? '*' }];
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
function passRole(roleArn: string | undefined): readonly Access[] {
  if (roleArn === undefined) return [];
  return [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'states.amazonaws.com' } }];
}

function machineArn({ region, account }: MachineOperationsSettings, name: string): string {
  return `arn:aws:states:${region}:${account}:stateMachine:${name}`;
}

// Creating again what is there already answers the same machine; anything else of that name is a conflict.
function create(
  settings: MachineOperationsSettings,
  input: Sfn.CreateStateMachineInput,
): { readonly record: StateMachineRecord; readonly created: boolean } {
  const name = validName(input.name ?? '');
  const arn = machineArn(settings, name);
  const type = input.type ?? 'STANDARD';
  const [definition, roleArn] = [input.definition ?? '', input.roleArn ?? ''];
  const existing = settings.machines.peek(arn);
  if (existing) {
    const { current } = existing;
    const same = current.definition === definition && current.roleArn === roleArn && existing.type === type;
    if (same) return { record: existing, created: false };
    throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
  }
  const current = revise(settings, type, definition, roleArn);
  const tags = new Map((input.tags ?? []).map(({ key, value }) => [key ?? '', value ?? ''] as const));
  const record: StateMachineRecord = {
    arn,
    name,
    type,
    createdAt: current.updatedAt,
    tags,
    versions: new Map(),
    current,
  };
  settings.machines.add(record);
  return { record, created: true };
}

function revise(
  settings: MachineOperationsSettings,
  type: Sfn.StateMachineType,
  definition: string,
  roleArn: string,
): StateMachineRevision {
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(roleArn)) {
    throw new AwsError('InvalidArn', `Invalid Role Arn: '${roleArn}'`);
  }
  const machine = parseDefinition(definition, checkFor(settings, type));
  requireManagedRule(settings, machine, roleArn);
  const revisionId = settings.world.random.for('states:revisions').uuid();
  return { revisionId, definition, machine, roleArn, updatedAt: settings.world.date() };
}

// https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html: express machines wait for no job and no token.
function checkFor({ integrations }: MachineOperationsSettings, type: Sfn.StateMachineType): ResourceCheck {
  return (resource) => {
    if (type === 'EXPRESS' && resource.kind === 'service' && resource.pattern !== 'response') {
      return `Express state machine does not support '${resource.resource}' service integration`;
    }
    return integrations.refusal(resource);
  };
}

/** The rules by which Step Functions hears of the end of jobs: docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html */
const MANAGED_RULES: Readonly<Record<string, string>> = {
  states: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
  ecs: 'StepFunctionsGetEventsForECSTaskRule',
};

/**
 * A machine that waits for a job needs leave to follow it by a managed rule; AWS asks when the machine is made.
 * https://docs.aws.amazon.com/step-functions/latest/dg/stepfunctions-iam.html
 */
function requireManagedRule(settings: MachineOperationsSettings, flow: Flow, roleArn: string): void {
  const { region, account, authorize } = settings;
  const caller = roleCaller(roleArn, account, 'AWSStepFunctions');
  try {
    for (const service of new Set(jobsOf(flow))) {
      const resource = `arn:aws:events:${region}:${account}:rule/${MANAGED_RULES[service]}`;
      for (const action of ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'])
        authorize(caller, { action, resource });
    }
  } catch {
    throw new AwsError('AccessDeniedException', `'${roleArn}' is not authorized to create managed-rule.`, {
      status: 400,
    });
  }
}

/** The services that a machine waits for jobs of. */
function jobsOf(flow: Flow): readonly string[] {
  return [...flow.states.values()].flatMap((state) => {
    if (state.type === 'Parallel') return state.branches.flatMap(jobsOf);
    if (state.type === 'Map') return jobsOf(state.processor);
    if (state.type !== 'Task' || state.resource.kind !== 'service') return [];
    return state.resource.pattern.startsWith('sync') ? [state.resource.resourceType] : [];
  });
}

function publish(settings: MachineOperationsSettings, record: StateMachineRecord): string {
  const newest = Math.max(0, ...record.versions.keys());
  // The same revision is published once.
  if (record.versions.get(newest)?.revisionId === record.current.revisionId) return `${record.arn}:${newest}`;
  record.versions.set(newest + 1, { ...record.current, updatedAt: settings.world.date() });
  return `${record.arn}:${newest + 1}`;
}

function describe(machines: StateMachines, arn: string): Sfn.DescribeStateMachineOutput {
  const { record, revision, version } = machines.find(arn);
  return {
    stateMachineArn: version ?? record.arn,
    name: record.name,
    status: 'ACTIVE',
    definition: revision.definition,
    roleArn: revision.roleArn,
    type: record.type,
    creationDate: record.createdAt,
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    revisionId: revision.revisionId,
  };
}

function tagged(machines: StateMachines, arn: string): StateMachineRecord {
  const record = machines.peek(arn);
  if (record) return record;
  throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`, { fields: { resourceName: arn } });
}
