import { deleteResources, ResourceFailure, StackChange } from './stack-change.ts';
import type { StackTargets } from './stack-targets.ts';
import type { Stack, StackRequest } from './stack-types.ts';

/** A resource could not be created; what was created before it stays, to be looked at. */
export class StackCreationError extends Error {
  override readonly name = 'StackCreationError';
  readonly logicalId: string;
  constructor({ logicalId, type, message, cause }: ResourceFailure) {
    super(`${logicalId} (${type}) could not be created: ${message}`, { cause });
    this.logicalId = logicalId;
  }
}

/** A resource could not be updated; everything is again what it was. */
export class StackUpdateError extends Error {
  override readonly name = 'StackUpdateError';
  readonly logicalId: string;
  constructor({ logicalId, type, message, cause }: ResourceFailure) {
    super(`${logicalId} (${type}) could not be updated: ${message}`, { cause });
    this.logicalId = logicalId;
  }
}

/**
 * Creates everything that a template describes, one resource after the other, with no events and in no time. The world must be
 * driven meanwhile: services may throttle, and then this waits.
 * @throws AwsError `ValidationError` for a template that is wrong or uses what is not supported, before anything is created.
 * @throws StackCreationError when a service refuses.
 */
export async function createStack(request: StackRequest, targets: StackTargets): Promise<Stack> {
  const { region, account, world } = targets;
  const id = `arn:aws:cloudformation:${region}:${account}:stack/${request.name}/${world.random.for('cloudformation').uuid()}`;
  const change = await StackChange.prepare(id, request, undefined, targets);
  try {
    const stack = await change.apply();
    world.history.record('cloudformation', 'StackCreated', { stack: request.name, resources: stack.resources.size });
    return stack;
  } catch (error) {
    throw error instanceof ResourceFailure ? new StackCreationError(error) : error;
  }
}

/**
 * Brings a stack to another template, as {@link createStack}: in place where AWS does so, else by replacement.
 * @throws StackUpdateError when a service refuses; then all is what it was before.
 */
export async function updateStack(
  stack: Stack,
  request: Omit<StackRequest, 'name'>,
  targets: StackTargets,
): Promise<Stack> {
  const change = await StackChange.prepare(stack.id, { ...request, name: stack.name }, stack, targets);
  try {
    const updated = await change.apply();
    await change.cleanUp();
    targets.world.history.record('cloudformation', 'StackUpdated', { stack: stack.name });
    return updated;
  } catch (error) {
    if (!(error instanceof ResourceFailure)) throw error;
    await change.restore();
    await change.removeCreated();
    throw new StackUpdateError(error);
  }
}

/** Deletes a stack; names what could not be deleted. */
export async function removeStack(stack: Stack, targets: StackTargets): Promise<readonly string[]> {
  return await deleteResources(stack, targets);
}
