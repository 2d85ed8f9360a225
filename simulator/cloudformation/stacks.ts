import { type AwsCalls, AwsError, type Caller } from '../cloud/service.ts';
import { roleSession } from '../iam/credentials.ts';
import type { World } from '../world/world.ts';
import { deleteResources, ResourceFailure, StackChange, type Watcher } from './stack-change.ts';
import { differencesOf, isSame } from './stack-differences.ts';
import { type Difference, StackRecord, type StackWish } from './stack-record.ts';
import type { StackTargets } from './stack-targets.ts';
import type { StackRequest } from './stack-types.ts';
import { parseTemplate } from './template-body.ts';
import { templateError } from './template-error.ts';

/** What stacks are made of. */
export interface StacksOptions {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly availabilityZones: readonly string[];
  readonly calls: AwsCalls;
}

/** How long CloudFormation takes for one resource. */
const RESOURCE_MS = 500;

/** All stacks of an account and region. An operation goes on by itself, on the world's clock, and tells what it does as events. */
export class Stacks {
  readonly options: StacksOptions;
  readonly all: StackRecord[] = [];

  constructor(options: StacksOptions) {
    this.options = options;
  }

  /** By name the one that is there, by id also one that was deleted. */
  find(nameOrId: string): StackRecord | undefined {
    if (nameOrId.startsWith('arn:')) return this.all.find(({ id }) => id === nameOrId);
    return this.all.findLast(({ name, status }) => name === nameOrId && status !== 'DELETE_COMPLETE');
  }

  /** @throws AwsError `ValidationError`. */
  get(nameOrId: string | undefined): StackRecord {
    const found = this.find(nameOrId ?? '');
    if (found) return found;
    throw templateError(`Stack with id ${nameOrId} does not exist`);
  }

  /** A stack that has nothing yet. */
  add(name: string, wish: StackWish): StackRecord {
    const { world, region, account } = this.options;
    const id = `arn:aws:cloudformation:${region}:${account}:stack/${name}/${this.newId()}`;
    const record = new StackRecord(name, id, world.date(), wish);
    this.all.push(record);
    return record;
  }

  newId(): string {
    return this.options.world.random.for('cloudformation:service').uuid();
  }

  /** Reads a wish against what is there. @throws AwsError `ValidationError`. */
  async prepare(record: StackRecord, wish: StackWish, caller: Caller): Promise<StackChange> {
    return await StackChange.prepare(
      record.id,
      this.requestOf(record, wish),
      record.stack,
      this.targets(caller, wish.roleArn),
      this.#watcher(record),
    );
  }

  /** How a wish differs from what is there, by resource. @throws AwsError `ValidationError`. */
  async compare(
    record: StackRecord,
    wish: StackWish,
    caller: Caller,
  ): Promise<{ readonly differences: readonly Difference[]; readonly isEmpty: boolean }> {
    const request = this.requestOf(record, wish);
    const { stack } = record;
    const differences = await differencesOf(record.id, request, stack, this.targets(caller, wish.roleArn));
    return { differences, isEmpty: isSame(differences, request, stack, wish, record.wish) };
  }

  /** The text of a template, given or in a bucket. @throws AwsError `ValidationError`. */
  async bodyOf(
    input: { readonly TemplateBody?: string | undefined; readonly TemplateURL?: string | undefined },
    caller: Caller,
  ): Promise<string | undefined> {
    const { TemplateBody, TemplateURL } = input;
    if (TemplateBody !== undefined && Buffer.byteLength(TemplateBody) > 51_200) {
      const message =
        "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200";
      throw templateError(message);
    }
    if (TemplateURL === undefined) return TemplateBody;
    const { host, pathname } = new URL(TemplateURL);
    const path = decodeURIComponent(pathname.slice(1));
    const own = /^(.+)\.s3[.-]/.exec(host)?.[1];
    const [Bucket = '', ...key] = own === undefined ? path.split('/') : [own, path];
    const bytes = await this.targets(caller, undefined).artifact(key.join('/'), Bucket);
    return bytes && Buffer.from(bytes).toString();
  }

  /** Says that a stack has a change set, and nothing else yet. */
  review(record: StackRecord): void {
    this.#become(record, 'REVIEW_IN_PROGRESS', 'User Initiated');
  }

  /** Drops a stack that never came to be. */
  forget(record: StackRecord): void {
    this.all.splice(this.all.indexOf(record), 1);
  }

  /** @throws AwsError `ValidationError` while something else is under way, or after a creation that failed. */
  requireUpdatable({ id, status, takesUpdates }: StackRecord): void {
    if (!takesUpdates) throw templateError(`Stack:${id} is in ${status} state and can not be updated.`);
  }

  requestOf({ name }: StackRecord, { body, parameters }: StackWish): StackRequest {
    return { name, template: parseTemplate(body), parameters };
  }

  /** Who CloudFormation is to the services: the role that was given, else who called. */
  targets(caller: Caller, roleArn: string | undefined): StackTargets {
    const { world, region, account, availabilityZones, calls } = this.options;
    const roleName = roleArn?.split('/').at(-1);
    const actor = roleName === undefined ? caller : roleSession(account, roleName, 'AWSCloudFormation');
    const place = { world, region, account, availabilityZones, calls, caller: actor };
    return {
      ...place,
      artifact: async (Key, Bucket) =>
        ((await calls.call('s3', 'GetObject', { Bucket, Key }, actor)) as { Body?: Uint8Array }).Body,
    };
  }

  /** Brings a new stack to its template, and takes everything back if that fails, unless it is to stay for a look. */
  create(record: StackRecord, change: StackChange, disableRollback = false): void {
    this.#become(record, 'CREATE_IN_PROGRESS', 'User Initiated');
    this.#begin(record, async () => {
      try {
        record.stack = await change.apply();
        record.exports = change.plan.exports();
        this.#become(record, 'CREATE_COMPLETE');
      } catch (error) {
        if (!(error instanceof ResourceFailure)) throw error;
        const reason = `The following resource(s) failed to create: [${error.logicalId}].`;
        record.stack = change.partial();
        if (disableRollback) return this.#become(record, 'CREATE_FAILED', reason);
        this.#become(record, 'ROLLBACK_IN_PROGRESS', `${reason} Rollback requested by user.`);
        const failed = await change.removeCreated();
        record.stack = change.partial(failed);
        this.#become(record, failed.length > 0 ? 'ROLLBACK_FAILED' : 'ROLLBACK_COMPLETE', failedReason(failed));
      }
    });
  }

  /** Brings a stack to another template, or back to what it was if that fails. */
  update(record: StackRecord, change: StackChange, wish: StackWish): void {
    const before = record.wish;
    record.updatedAt = this.options.world.date();
    record.wish = wish;
    this.#become(record, 'UPDATE_IN_PROGRESS', 'User Initiated');
    this.#begin(record, async () => {
      try {
        record.stack = await change.apply();
        record.exports = change.plan.exports();
      } catch (error) {
        if (!(error instanceof ResourceFailure)) throw error;
        record.wish = before;
        return await this.#rollBack(record, change, error);
      }
      this.#become(record, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      await change.cleanUp();
      this.#become(record, 'UPDATE_COMPLETE');
    });
  }

  /** Deletes a stack but what is retained. */
  delete(record: StackRecord, caller: Caller, roleArn: string | undefined, retained: readonly string[]): void {
    const { world } = this.options;
    this.#become(record, 'DELETE_IN_PROGRESS', 'User Initiated');
    this.#begin(record, async () => {
      const targets = this.targets(caller, roleArn ?? record.wish.roleArn);
      const { stack } = record;
      const failed = stack ? await deleteResources(stack, targets, this.#watcher(record), retained) : [];
      if (failed.length > 0) return this.#become(record, 'DELETE_FAILED', failedReason(failed));
      record.deletedAt = world.date();
      record.exports = new Map();
      this.#become(record, 'DELETE_COMPLETE');
    });
  }

  async #rollBack(record: StackRecord, change: StackChange, { logicalId }: ResourceFailure): Promise<void> {
    const reason = `The following resource(s) failed to update: [${logicalId}].`;
    this.#become(record, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
    try {
      await change.restore();
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      return this.#become(record, 'UPDATE_ROLLBACK_FAILED', failedReason([error.logicalId]));
    }
    this.#become(record, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await change.removeCreated();
    this.#become(record, 'UPDATE_ROLLBACK_COMPLETE');
  }

  #become(record: StackRecord, status: StackRecord['status'], reason?: string): void {
    const { world } = this.options;
    record.become(status, world.date(), this.newId(), reason);
    world.history.record('cloudformation', 'StackStatus', { stack: record.name, status });
  }

  #watcher(record: StackRecord): Watcher {
    const { world } = this.options;
    return {
      report: (event) => record.tell(event, world.date(), this.newId()),
      pace: () => world.sleep(RESOURCE_MS, `cloudformation works on ${record.name}`),
    };
  }

  // A failure that no resource names is one of the simulator: the stack says so instead of standing still for ever.
  #begin(record: StackRecord, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      const message = error instanceof AwsError ? `${error.message} (${error.code})` : String(error);
      const failed = record.status.startsWith('DELETE') ? 'DELETE_FAILED' : 'UPDATE_ROLLBACK_FAILED';
      this.#become(record, failed, `Internal Failure: ${message}`);
    });
  }
}

function failedReason(failed: readonly string[]): string | undefined {
  return failed.length > 0 ? `The following resource(s) failed to delete: [${failed.join(', ')}].` : undefined;
}
