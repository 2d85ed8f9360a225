import type { ResourceValues } from './intrinsics.ts';
import type { Properties } from './properties.ts';
import type { StackTargets } from './stack-targets.ts';

/** A resource to be created, or what one that is there shall become, with its properties resolved. */
export interface NewResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Properties;
  /** A name for it when the template gives none: `<stack>-<logical id>-<random>`. */
  readonly generatedName: string;
  /** Whether the stack was there before. */
  readonly inUpdate: boolean;
  /** Says what it is called as soon as it is there, so that what fails half way can be taken away. */
  readonly born: (values: ResourceValues) => void;
  /** Calls an operation as whoever deploys, with patience when the service throttles. */
  readonly call: (prefix: string, operation: string, input: unknown) => Promise<Record<string, unknown>>;
  readonly targets: StackTargets;
}

/** A resource that is there. */
export interface ExistingResource extends Omit<NewResource, 'generatedName' | 'inUpdate' | 'born'>, ResourceValues {}

/** What becomes of a resource in place. Nothing: `Ref` and `Fn::GetAtt` stay what they were. */
type Update = (wanted: NewResource, before: ExistingResource) => Promise<ResourceValues | undefined> | Promise<void>;

/** How the resources of one type are made, changed and taken away. */
export interface ResourceHandler {
  /** Creates it and says what `Ref` and `Fn::GetAtt` give. */
  readonly create: (resource: NewResource) => Promise<ResourceValues>;
  /** The properties whose change makes another resource in its place: "Update requires: Replacement" in the Template Reference. */
  readonly replacedBy: readonly string[];
  /** Changes what else differs; `replaces` where every property is of that kind. Absent: the local cloud cannot, and says so. */
  readonly update?: Update | 'replaces';
  /** Takes it away. That it is gone already is no error. */
  readonly remove: (resource: ExistingResource) => Promise<unknown>;
}

/** By CloudFormation type. */
export type ResourceHandlers = Readonly<Record<string, ResourceHandler>>;

/** Whether a property was given another value. */
export function differs(wanted: NewResource, before: ExistingResource, name: string): boolean {
  return JSON.stringify(wanted.properties.get(name)) !== JSON.stringify(before.properties.get(name));
}

/** What is in the first list and not in the second. */
export function without(values: readonly string[], others: readonly string[]): readonly string[] {
  return values.filter((value) => !others.includes(value));
}

/** Sets and removes tags, where they differ, by the service's two operations. */
export async function updateTags(
  wanted: NewResource,
  before: ExistingResource,
  tag: (list: { Key: string; Value: string }[], map: Readonly<Record<string, string>>) => Promise<unknown>,
  untag: (keys: readonly string[]) => Promise<unknown>,
): Promise<void> {
  if (!differs(wanted, before, 'Tags')) return;
  const { tags, tagList } = wanted.properties;
  const gone = without(Object.keys(before.properties.tags), Object.keys(tags));
  if (tagList) await tag(tagList, tags);
  if (gone.length > 0) await untag(gone);
}
