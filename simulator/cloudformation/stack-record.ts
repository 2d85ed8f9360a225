import type { ResourceStatus, StackStatus } from '@aws-sdk/client-cloudformation';
import type { ResourceEvent, StackChange } from './stack-change.ts';
import type { Stack } from './stack-types.ts';

/** One line of a stack's story. */
export interface StackEventRecord {
  readonly id: string;
  readonly at: Date;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly reason: string | undefined;
}

/** What a stack is asked to be. */
export interface StackWish {
  readonly body: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly roleArn: string | undefined;
  readonly notificationArns: readonly string[];
}

/** A change that waits to be executed. */
export interface ChangeSetRecord {
  readonly name: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly kind: 'CREATE' | 'UPDATE';
  readonly wish: StackWish;
  readonly change: StackChange;
  readonly differences: readonly Difference[];
  /** Neither a resource nor an output nor a tag differs. */
  readonly isEmpty: boolean;
  executed: boolean;
}

/** How one resource would change. */
export interface Difference {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string | undefined;
  readonly replaces: boolean;
  readonly changed: readonly string[];
}

/** A stack with its story: as CloudFormation's API knows it. */
export class StackRecord {
  readonly name: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly events: StackEventRecord[] = [];
  readonly changeSets = new Map<string, ChangeSetRecord>();
  /** The last event of each resource that is there, or was not deleted. */
  readonly resources = new Map<string, StackEventRecord>();
  /** Output names by the names under which they are exported. */
  exports: ReadonlyMap<string, string> = new Map();
  status: StackStatus;
  statusReason: string | undefined;
  updatedAt: Date | undefined;
  deletedAt: Date | undefined;
  isProtected = false;
  wish: StackWish;
  /** What stands; undefined before the first resource. */
  stack: Stack | undefined;

  constructor(name: string, id: string, createdAt: Date, wish: StackWish) {
    this.name = name;
    this.id = id;
    this.createdAt = createdAt;
    this.wish = wish;
    this.status = 'REVIEW_IN_PROGRESS';
  }

  /** Whether an operation is under way. */
  get isBusy(): boolean {
    return this.status.endsWith('_IN_PROGRESS') && this.status !== 'REVIEW_IN_PROGRESS';
  }

  /** Whether another template may be brought to it. */
  get takesUpdates(): boolean {
    return /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$/.test(this.status);
  }

  /** Sets the stack's own status, and tells it. */
  become(status: StackStatus, at: Date, eventId: string, reason?: string): void {
    this.status = status;
    this.statusReason = reason;
    const own = { logicalId: this.name, physicalId: this.id, type: 'AWS::CloudFormation::Stack' };
    this.events.push({ id: eventId, at, ...own, status: status as ResourceStatus, reason });
  }

  /** Tells what happened to a resource. */
  tell({ resource, status, reason }: ResourceEvent, at: Date, eventId: string): void {
    const { logicalId, type, physicalId } = resource;
    const known = this.resources.get(logicalId)?.physicalId ?? '';
    const event = {
      id: `${logicalId}-${eventId}`,
      at,
      logicalId,
      type,
      physicalId: physicalId ?? known,
      status,
      reason,
    };
    this.events.push(event);
    // What a replacement leaves behind is deleted under the same logical id.
    const isOld = status.startsWith('DELETE') && known !== '' && physicalId !== known;
    if (isOld) return;
    if (status === 'DELETE_COMPLETE' || status === 'DELETE_SKIPPED') this.resources.delete(logicalId);
    else this.resources.set(logicalId, event);
  }
}
