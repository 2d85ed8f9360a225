import { AwsError } from '../cloud/service.ts';
import { creationOrder } from './creation-order.ts';
import {
  changeOf,
  createResource,
  type DeclaredResource,
  removeResource,
  restoreResource,
  stackResource,
  updateResource,
} from './resource-change.ts';
import { StackPlan } from './stack-plan.ts';
import type { StackTargets } from './stack-targets.ts';
import { isRetained, type Stack, type StackRequest, type StackResource } from './stack-types.ts';

/** Something that happened to one resource, as stack events tell it. */
export interface ResourceEvent {
  readonly resource: Pick<StackResource, 'logicalId' | 'type'> & Partial<Pick<StackResource, 'physicalId'>>;
  readonly status: `${'CREATE' | 'UPDATE' | 'DELETE'}_${'IN_PROGRESS' | 'COMPLETE' | 'FAILED'}` | 'DELETE_SKIPPED';
  readonly reason?: string;
}

/** Who looks on while a stack changes. */
export interface Watcher {
  readonly report: (event: ResourceEvent) => void;
  /** Called before each resource: takes as long as CloudFormation does. */
  readonly pace: () => Promise<void>;
}

/** Nobody looks on, and nothing takes time. */
export const unwatched: Watcher = { report: () => undefined, pace: async () => undefined };

/** A resource could not be brought to what the template says. */
export class ResourceFailure extends Error {
  override readonly name = 'ResourceFailure';
  readonly logicalId: string;
  readonly type: string;
  constructor({ logicalId, type }: DeclaredResource, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.logicalId = logicalId;
    this.type = type;
  }
}

type Step =
  | { readonly kind: 'created'; readonly now: StackResource }
  | { readonly kind: 'updated' | 'replaced'; readonly before: StackResource; readonly now: StackResource };

/** One change of a stack from what it was, nothing perhaps, to what a template says; it can be undone until it is cleaned up. */
export class StackChange {
  readonly plan: StackPlan;
  readonly #before: Stack | undefined;
  readonly #targets: StackTargets;
  readonly #watcher: Watcher;
  readonly #resources: Map<string, StackResource>;
  readonly #steps: Step[] = [];

  private constructor(
    plan: StackPlan,
    before: Stack | undefined,
    resources: Map<string, StackResource>,
    targets: StackTargets,
    watcher: Watcher,
  ) {
    this.plan = plan;
    this.#before = before;
    this.#resources = resources;
    this.#targets = targets;
    this.#watcher = watcher;
  }

  /** @throws AwsError `ValidationError` as {@link StackPlan.read}, before anything is touched. */
  static async prepare(
    id: string,
    request: StackRequest,
    before: Stack | undefined,
    targets: StackTargets,
    watcher: Watcher = unwatched,
  ): Promise<StackChange> {
    const resources = new Map<string, StackResource>();
    const plan = await StackPlan.read(id, request, resources, targets, before);
    return new StackChange(plan, before, resources, targets, watcher);
  }

  /** Creates and changes, one resource after the other. @throws ResourceFailure for the first that fails. */
  async apply(): Promise<Stack> {
    for (const logicalId of this.plan.order) {
      const declared = this.plan.declared(logicalId);
      const before = this.#before?.resources.get(logicalId);
      try {
        this.#resources.set(logicalId, before ? await this.#change(declared, before) : await this.#create(declared));
      } catch (error) {
        this.#watcher.report({
          resource: { ...declared, ...(before && { physicalId: before.physicalId }) },
          status: before ? 'UPDATE_FAILED' : 'CREATE_FAILED',
          reason: reasonOf(error),
        });
        throw new ResourceFailure(declared, error);
      }
    }
    const { name, id, template, parameters } = this.plan;
    return { name, id, template, parameters, resources: this.#resources, outputs: this.plan.outputs() };
  }

  /** A stack of what is there by now, or of the named resources. */
  partial(only?: readonly string[]): Stack {
    const { name, id, template, parameters } = this.plan;
    const made = this.#steps.flatMap(({ kind, now }) => (kind === 'created' ? [[now.logicalId, now] as const] : []));
    const resources = new Map(made.filter(([logicalId]) => !only || only.includes(logicalId)));
    return { name, id, template, parameters, resources, outputs: {} };
  }

  /** Deletes what the template has no more, and what was replaced: nothing of it is left but what a policy retains. */
  async cleanUp(): Promise<void> {
    const replaced = new Map(
      this.#steps.flatMap((step) => (step.kind === 'replaced' ? [[step.now.logicalId, step.before] as const] : [])),
    );
    for (const logicalId of deletionOrder(this.#before)) {
      const gone = this.#resources.has(logicalId) ? undefined : this.#before?.resources.get(logicalId);
      const old = replaced.get(logicalId);
      if (gone) await deleteOne(gone, isRetained(gone.deletionPolicy), this.#targets, this.#watcher);
      if (old) await deleteOne(old, isRetained(old.updateReplacePolicy), this.#targets, this.#watcher);
    }
  }

  /** Gives what was updated its old properties back. @throws ResourceFailure where that fails. */
  async restore(): Promise<void> {
    for (const step of [...this.#steps].reverse()) {
      if (step.kind === 'created') continue;
      const { before: resource, now } = step;
      await this.#watcher.pace();
      this.#watcher.report({ resource, status: 'UPDATE_IN_PROGRESS' });
      try {
        if (step.kind === 'updated') await restoreResource(resource, now, this.#targets);
        this.#watcher.report({ resource, status: 'UPDATE_COMPLETE' });
      } catch (error) {
        this.#watcher.report({ resource, status: 'UPDATE_FAILED', reason: reasonOf(error) });
        throw new ResourceFailure({ ...resource, stackName: this.plan.name, inUpdate: true }, error);
      }
    }
  }

  /**
   * Deletes what this change has created. `Retain` retains it here too; `RetainExceptOnCreate` does not.
   * docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
   */
  async removeCreated(): Promise<readonly string[]> {
    const failed: string[] = [];
    for (const { kind, now } of [...this.#steps].reverse()) {
      if (kind === 'updated') continue;
      const isGone = await deleteOne(now, now.deletionPolicy === 'Retain', this.#targets, this.#watcher);
      if (!isGone) failed.push(now.logicalId);
    }
    return failed;
  }

  async #create(declared: DeclaredResource): Promise<StackResource> {
    await this.#watcher.pace();
    this.#watcher.report({ resource: declared, status: 'CREATE_IN_PROGRESS' });
    const now = await this.#make(declared, (resource) => ({ kind: 'created', now: resource }));
    this.#watcher.report({ resource: now, status: 'CREATE_COMPLETE' });
    return now;
  }

  async #change(declared: DeclaredResource, before: StackResource): Promise<StackResource> {
    const { changed, replaces } = changeOf(declared, before);
    const { deletionPolicy, updateReplacePolicy } = declared;
    if (changed.length === 0) return { ...before, deletionPolicy, updateReplacePolicy };
    await this.#watcher.pace();
    const now = replaces ? await this.#replace(declared, before) : await this.#update(declared, before);
    this.#watcher.report({ resource: now, status: 'UPDATE_COMPLETE' });
    return now;
  }

  async #replace(declared: DeclaredResource, before: StackResource): Promise<StackResource> {
    const reason = 'Requested update requires the creation of a new physical resource; hence creating one.';
    this.#watcher.report({ resource: before, status: 'UPDATE_IN_PROGRESS', reason });
    return await this.#make(declared, (now) => ({ kind: 'replaced', before, now }));
  }

  async #update(declared: DeclaredResource, before: StackResource): Promise<StackResource> {
    this.#watcher.report({ resource: before, status: 'UPDATE_IN_PROGRESS' });
    // Noted beforehand: what fails half way has to be restored too.
    this.#steps.push({ kind: 'updated', before, now: stackResource(declared, declared.declared, before) });
    return await updateResource(declared, before, this.#targets);
  }

  async #make(declared: DeclaredResource, step: (now: StackResource) => Step): Promise<StackResource> {
    let isNoted = false;
    const note = (resource: StackResource): void => {
      if (!isNoted) this.#steps.push(step(resource));
      isNoted = true;
    };
    const made = await createResource(declared, this.#targets, note);
    note(made);
    return made;
  }
}

/** Deletes all of a stack but what is retained; names what could not be deleted. */
export async function deleteResources(
  stack: Stack,
  targets: StackTargets,
  watcher: Watcher = unwatched,
  retained: readonly string[] = [],
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const logicalId of deletionOrder(stack)) {
    const resource = stack.resources.get(logicalId);
    if (!resource) continue;
    const keep = isRetained(resource.deletionPolicy) || retained.includes(logicalId);
    if (!(await deleteOne(resource, keep, targets, watcher))) failed.push(logicalId);
  }
  return failed;
}

async function deleteOne(
  resource: StackResource,
  keep: boolean,
  targets: StackTargets,
  watcher: Watcher,
): Promise<boolean> {
  await watcher.pace();
  if (keep) {
    watcher.report({ resource, status: 'DELETE_SKIPPED' });
    return true;
  }
  watcher.report({ resource, status: 'DELETE_IN_PROGRESS' });
  try {
    await removeResource(resource, targets);
    watcher.report({ resource, status: 'DELETE_COMPLETE' });
    return true;
  } catch (error) {
    watcher.report({ resource, status: 'DELETE_FAILED', reason: reasonOf(error) });
    return false;
  }
}

function deletionOrder(stack: Stack | undefined): readonly string[] {
  return stack ? creationOrder(stack.template, new Set(stack.resources.keys())).toReversed() : [];
}

function reasonOf(error: unknown): string {
  return error instanceof AwsError ? `${error.message} (${error.code})` : String(error);
}
