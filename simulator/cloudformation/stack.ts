import { AwsError } from '../cloud/service.ts';
import { checkReferences, creationOrder } from './creation-order.ts';
import { resolveDynamicReferences } from './dynamic-references.ts';
import { conditionHolds, type ResourceValues, resolve, type Scope } from './intrinsics.ts';
import { parameterValues } from './parameters.ts';
import { Properties } from './properties.ts';
import type { NewResource, ResourceHandlers } from './resource-handler.ts';
import { resourceHandlers } from './resource-handlers.ts';
import type { StackTargets } from './stack-targets.ts';
import type { Template, TemplateValue } from './template.ts';
import { templateError } from './template-error.ts';

/** What is to be deployed. */
export interface StackRequest {
  readonly name: string;
  readonly template: Template;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A resource as it was created: enough to compare it with a later template, and to delete it. */
export interface StackResource extends ResourceValues {
  readonly logicalId: string;
  readonly type: string;
  /** What identifies it in its service; the same as `ref`. */
  readonly physicalId: string;
  /** With intrinsic functions resolved. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string;
}

/** A created stack. */
export interface Stack {
  readonly name: string;
  readonly id: string;
  readonly template: Template;
  readonly parameters: ReadonlyMap<string, string | readonly string[]>;
  /** In the order of their creation. */
  readonly resources: ReadonlyMap<string, StackResource>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A resource could not be created; what was created before it stays, to be looked at. */
export class StackCreationError extends Error {
  override readonly name = 'StackCreationError';
  readonly logicalId: string;
  constructor(logicalId: string, type: string, cause: unknown) {
    const reason = cause instanceof AwsError ? `${cause.message} (${cause.code})` : String(cause);
    super(`${logicalId} (${type}) could not be created: ${reason}`, { cause });
    this.logicalId = logicalId;
  }
}

/**
 * Creates everything that a template describes, one resource after the other. The world must be driven meanwhile:
 * services may throttle, and then this waits.
 * @throws AwsError `ValidationError` for a template that is wrong or uses what is not supported, before anything is created.
 * @throws StackCreationError when a service refuses.
 */
export async function createStack(request: StackRequest, targets: StackTargets): Promise<Stack> {
  const { name, template } = request;
  checkSupported(template, resourceHandlers);
  const { region, account, world } = targets;
  const id = `arn:aws:cloudformation:${region}:${account}:stack/${name}/${world.random.for('cloudformation').uuid()}`;
  const parameters = await parameterValues(template, request.parameters ?? {}, targets);
  const resources = new Map<string, StackResource>();
  const pseudo = pseudoParameters(name, id, targets);
  checkReferences(template, Object.keys(pseudo));
  const scope: Scope = { template, parameters, resources, pseudo, availabilityZones: targets.availabilityZones };
  const wanted = new Set(Object.keys(template.Resources).filter((logicalId) => isWanted(logicalId, scope)));
  for (const logicalId of creationOrder(template, wanted)) {
    resources.set(logicalId, await createResource(logicalId, name, scope, targets));
  }
  world.history.record('cloudformation', 'StackCreated', { stack: name, resources: resources.size });
  return { name, id, template, parameters, resources, outputs: outputsOf(scope) };
}

function checkSupported(template: Template, handlers: ResourceHandlers): void {
  for (const section of ['Transform', 'Rules'] as const) {
    if (template[section] !== undefined)
      throw templateError(`The section ${section} is not supported by the local cloud`);
  }
  const types = new Set(Object.values(template.Resources).map(({ Type }) => Type));
  const unknown = [...types].filter((type) => !Object.hasOwn(handlers, type));
  if (unknown.length === 0) return;
  throw templateError(
    `Template format error: Unrecognized resource types: [${unknown.join(', ')}] (the local cloud does not have them)`,
  );
}

function isWanted(logicalId: string, scope: Scope): boolean {
  const condition = scope.template.Resources[logicalId]?.Condition;
  return condition === undefined || conditionHolds(condition, scope);
}

async function createResource(
  logicalId: string,
  stackName: string,
  scope: Scope,
  targets: StackTargets,
): Promise<StackResource> {
  const {
    Type: type = '',
    Properties: given = {},
    DeletionPolicy = 'Delete',
  } = scope.template.Resources[logicalId] ?? {};
  const resolved = await resolveDynamicReferences(resolve(given as TemplateValue, scope), targets);
  const properties = resolved as Readonly<Record<string, unknown>>;
  const random = targets.world.random.for('cloudformation').hex(12).toUpperCase();
  const resource: NewResource = {
    logicalId,
    type,
    properties: new Properties(properties, logicalId),
    generatedName: `${stackName}-${logicalId}-${random}`,
    call: (prefix, operation, input) => patiently(prefix, operation, input, targets),
    targets,
  };
  try {
    const values = await resourceHandlers[type]?.(resource);
    if (!values) throw templateError(`Unrecognized resource type ${type}`);
    refuseUnread(resource);
    return { ...values, logicalId, type, properties, physicalId: values.ref, deletionPolicy: DeletionPolicy };
  } catch (error) {
    throw new StackCreationError(logicalId, type, error);
  }
}

// What a handler does not know it does not do: better to say so than to differ from AWS silently.
function refuseUnread({ properties, type }: NewResource): void {
  const unread = properties.unread.filter((name) => !WITHOUT_EFFECT.has(name));
  if (unread.length === 0) return;
  throw templateError(`The local cloud does not know the properties [${unread.join(', ')}] of ${type}`);
}

// Properties that change nothing that can be seen in the local cloud.
const WITHOUT_EFFECT = new Set(['TracingConfig', 'KmsKeyArn', 'UpdateReplacePolicy', 'Metadata']);

const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
]);

// CloudFormation itself retries when a service throttles it.
async function patiently(
  prefix: string,
  operation: string,
  input: unknown,
  { calls, caller, world }: StackTargets,
): Promise<Record<string, unknown>> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return ((await calls.call(prefix, operation, input, caller)) ?? {}) as Record<string, unknown>;
    } catch (error) {
      if (!(error instanceof AwsError) || !THROTTLED.has(error.code) || attempt >= 8) throw error;
      await world.sleep(500 * 2 ** attempt, `cloudformation retries ${operation}`);
    }
  }
}

function pseudoParameters(name: string, id: string, { region, account }: StackTargets): Scope['pseudo'] {
  return {
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': name,
    'AWS::StackId': id,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': undefined,
  };
}

function outputsOf(scope: Scope): Record<string, unknown> {
  const outputs = Object.entries(scope.template.Outputs ?? {});
  const wanted = outputs.filter(([, { Condition }]) => Condition === undefined || conditionHolds(Condition, scope));
  return Object.fromEntries(wanted.map(([name, { Value }]) => [name, resolve(Value, scope)]));
}
