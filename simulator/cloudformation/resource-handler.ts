import type { ResourceValues } from './intrinsics.ts';
import type { Properties } from './properties.ts';
import type { StackTargets } from './stack-targets.ts';

/** A resource to be created, with its properties resolved. */
export interface NewResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Properties;
  /** A name for it when the template gives none: `<stack>-<logical id>-<random>`. */
  readonly generatedName: string;
  /** Calls an operation as whoever deploys, with patience when the service throttles. */
  readonly call: (prefix: string, operation: string, input: unknown) => Promise<Record<string, unknown>>;
  readonly targets: StackTargets;
}

/** Creates a resource of one type and says what `Ref` and `Fn::GetAtt` give. */
export type ResourceHandler = (resource: NewResource) => Promise<ResourceValues>;

/** By CloudFormation type. */
export type ResourceHandlers = Readonly<Record<string, ResourceHandler>>;
