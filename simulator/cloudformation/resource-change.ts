import { AwsError } from '../cloud/service.ts';
import { resolveDynamicReferences } from './dynamic-references.ts';
import type { ResourceValues } from './intrinsics.ts';
import { Properties } from './properties.ts';
import type { ExistingResource, NewResource, ResourceHandler } from './resource-handler.ts';
import { resourceHandlers } from './resource-handlers.ts';
import type { StackTargets } from './stack-targets.ts';
import type { StackResource } from './stack-types.ts';
import { templateError } from './template-error.ts';

/** What the template says about one resource, with intrinsic functions resolved. */
export interface DeclaredResource {
  readonly logicalId: string;
  readonly type: string;
  readonly declared: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string;
  readonly updateReplacePolicy: string;
  readonly stackName: string;
  /** Whether the stack was there before. */
  readonly inUpdate: boolean;
}

/**
 * Creates a resource. `born` hears of it as soon as it is there, though something may fail after that.
 * @throws AwsError as its service refuses, and `ValidationError` for a property that the local cloud does not know.
 */
export async function createResource(
  declared: DeclaredResource,
  targets: StackTargets,
  born: (resource: StackResource) => void,
): Promise<StackResource> {
  const properties = await resolved(declared.declared, targets);
  const asResource = (values: ResourceValues): StackResource => stackResource(declared, properties, values);
  const random = targets.world.random.for('cloudformation').hex(12).toUpperCase();
  const resource = newResource(declared, properties, random, targets, (values) => born(asResource(values)));
  const values = await handlerOf(declared.type).create(resource);
  refuseUnread(resource, resource.properties.unread);
  return asResource(values);
}

/** The properties that differ, and whether their change needs another resource. */
export function changeOf(
  declared: DeclaredResource,
  before: StackResource,
): { readonly changed: readonly string[]; readonly replaces: boolean } {
  const names = new Set([...Object.keys(declared.declared), ...Object.keys(before.declared)]);
  const changed = [...names].filter((name) => text(declared.declared[name]) !== text(before.declared[name]));
  const { update, replacedBy } = handlerOf(declared.type);
  const replaces = changed.length > 0 && (update === 'replaces' || changed.some((name) => replacedBy.includes(name)));
  return { changed, replaces };
}

/**
 * Gives a resource in place what is declared.
 * @throws AwsError as {@link createResource}, and `ValidationError` where the local cloud cannot change it.
 */
export async function updateResource(
  declared: DeclaredResource,
  before: StackResource,
  targets: StackTargets,
): Promise<StackResource> {
  const { update } = handlerOf(declared.type);
  if (typeof update !== 'function')
    throw templateError(`The local cloud cannot update a resource of type ${declared.type}`);
  const properties = await resolved(declared.declared, targets);
  const wanted = newResource(declared, properties, '', targets, () => undefined);
  const values = (await update(wanted, existing(before, targets))) ?? before;
  const { changed } = changeOf(declared, before);
  refuseUnread(
    wanted,
    wanted.properties.unread.filter((name) => changed.includes(name)),
  );
  return stackResource(declared, properties, values);
}

/** Brings a resource back to what it was, whatever of the update was done. */
export async function restoreResource(before: StackResource, now: StackResource, targets: StackTargets): Promise<void> {
  const { update } = handlerOf(before.type);
  if (typeof update !== 'function') return;
  const declared = { ...before, stackName: '', inUpdate: true };
  const lenient = existing(now, targets);
  const wanted = newResource(declared, before.properties, '', targets, () => undefined);
  await update({ ...wanted, call: lenient.call }, lenient);
}

/** Takes a resource away; that it is gone already is no error. */
export async function removeResource(resource: StackResource, targets: StackTargets): Promise<void> {
  await handlerOf(resource.type).remove(existing(resource, targets));
}

/** A resource of what is declared. */
export function stackResource(
  { logicalId, type, declared, deletionPolicy, updateReplacePolicy }: DeclaredResource,
  properties: Readonly<Record<string, unknown>>,
  { ref, attributes }: ResourceValues,
): StackResource {
  const values = { ref, attributes, physicalId: ref };
  return { ...values, logicalId, type, properties, declared, deletionPolicy, updateReplacePolicy };
}

function handlerOf(type: string): ResourceHandler {
  const handler = resourceHandlers[type];
  if (handler) return handler;
  throw templateError(`Unrecognized resource type ${type}`);
}

async function resolved(
  declared: Readonly<Record<string, unknown>>,
  targets: StackTargets,
): Promise<Readonly<Record<string, unknown>>> {
  return (await resolveDynamicReferences(declared, targets)) as Readonly<Record<string, unknown>>;
}

function newResource(
  { logicalId, type, stackName, inUpdate }: DeclaredResource,
  properties: Readonly<Record<string, unknown>>,
  random: string,
  targets: StackTargets,
  born: NewResource['born'],
): NewResource {
  return {
    logicalId,
    type,
    inUpdate,
    born,
    targets,
    properties: new Properties(properties, logicalId),
    generatedName: `${stackName}-${logicalId}-${random}`,
    call: (prefix, operation, input) => patiently(prefix, operation, input, targets),
  };
}

function existing(resource: StackResource, targets: StackTargets): ExistingResource {
  const { logicalId, type, ref, attributes, properties } = resource;
  return {
    logicalId,
    type,
    ref,
    attributes,
    targets,
    properties: new Properties(properties, logicalId),
    call: async (prefix, operation, input) => {
      try {
        return await patiently(prefix, operation, input, targets);
      } catch (error) {
        if (TAKES_AWAY.test(operation) && error instanceof AwsError && GONE.has(error.code)) return {};
        throw error;
      }
    },
  };
}

const TAKES_AWAY = /^(Delete|Detach|Remove|Untag|Unsubscribe|Revoke|ScheduleKeyDeletion|SetQueueAttributes)/;
const GONE = new Set([
  'ResourceNotFoundException',
  'ResourceNotFound',
  'NotFoundException',
  'NotFound',
  'NoSuchEntity',
  'NoSuchBucket',
  'NoSuchBucketPolicy',
  'ParameterNotFound',
  'InvalidDocument',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'StateMachineDoesNotExist',
  'KMSInvalidStateException',
]);

// What a handler does not know it does not do: better to say so than to differ from AWS silently.
function refuseUnread({ type }: NewResource, names: readonly string[]): void {
  const unread = names.filter((name) => !WITHOUT_EFFECT.has(name));
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

/** JSON with members in one order, so that only what differs differs. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  ) as string;
}
