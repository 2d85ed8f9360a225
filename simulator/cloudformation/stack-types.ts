import type { ResourceValues } from './intrinsics.ts';
import type { Template } from './template.ts';

/** What is to be deployed. */
export interface StackRequest {
  readonly name: string;
  readonly template: Template;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A resource as it was made: enough to compare it with a later template, and to delete it. */
export interface StackResource extends ResourceValues {
  readonly logicalId: string;
  readonly type: string;
  /** What identifies it in its service; the same as `ref`. */
  readonly physicalId: string;
  /** With intrinsic functions resolved. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** As `properties`, but with dynamic references as they are written: what a later template is compared with. */
  readonly declared: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string;
  readonly updateReplacePolicy: string;
}

/** A stack as it stands. */
export interface Stack {
  readonly name: string;
  readonly id: string;
  readonly template: Template;
  readonly parameters: ReadonlyMap<string, string | readonly string[]>;
  /** In the order of their creation. */
  readonly resources: ReadonlyMap<string, StackResource>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Whether a policy keeps what is to be deleted, outside of the operation that has created it. */
export function isRetained(policy: string): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate';
}
