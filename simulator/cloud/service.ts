import type { World } from '../world/world.ts';

/** Who makes a call, as IAM sees it. */
export interface Caller {
  /** `arn:aws:sts::111111111111:assumed-role/<role>/<session>`, or an IAM user's ARN for the operator. */
  readonly arn: string;
  readonly account: string;
  /** Role name when it is a role session. The operator (a person with the CLI) has none and may do anything. */
  readonly roleName?: string;
  /** Condition context that comes with the session: `ec2:SourceInstanceARN`, `aws:PrincipalTag/…`. */
  readonly context: Readonly<Record<string, string>>;
}

/** One call as an operation sees it. */
export interface CallContext {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly caller: Caller;
  readonly requestId: string;
}

/** One permission that a call needs. All that an operation names must be allowed. */
export interface Access {
  /** `autoscaling:CompleteLifecycleAction`. */
  readonly action: string;
  /** ARNs; `*` where the operation knows no resource-level permission (the Service Authorization Reference). */
  readonly resource: string;
  /** Condition keys of this call and resource: `aws:ResourceTag/x`, `ssm:resourceTag/x`, `aws:RequestTag/x`, `aws:TagKeys`. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** An error as AWS answers it. `code` is the wire code (`ValidationError`, `AccessDeniedException`). */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  /** HTTP status; by default what the SDK's error schema says, else 400. */
  readonly status: number | undefined;
  /** Further members of the modelled error. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: { status?: number; fields?: Record<string, unknown> } = {}) {
    super(message);
    this.code = code;
    this.status = options.status;
    this.fields = options.fields ?? {};
  }
}

/** One operation of a service, written against the SDK's own input and output types. */
export interface Operation<Input, Output> {
  /** What the caller must be allowed. Default: `<prefix>:<Operation>` on `*`. */
  readonly access?: (input: Input, call: CallContext) => readonly Access[];
  /** Whether it changes anything. Default: not for names that begin with Describe, Get, List, Head, Test, Lookup, Search. */
  readonly mutating?: boolean;
  readonly run: (input: Input, call: CallContext) => Output | Promise<Output>;
}

// The input and output types of an operation, from the SDK module's own command class.
type CommandInput<C> = C extends abstract new (...args: never[]) => { readonly input: infer I } ? I : never;
type CommandOutput<C> = C extends abstract new (
  ...args: never[]
) => { resolveMiddleware: (...args: never[]) => (...args: never[]) => Promise<{ output: infer O }> }
  ? Omit<O, '$metadata'>
  : never;

/** The operations of an SDK module (`typeof import('@aws-sdk/client-ec2')`) that a service implements. */
export type Operations<Sdk> = {
  readonly [K in keyof Sdk as K extends `${infer Name}Command` ? Name : never]?: Operation<
    CommandInput<Sdk[K]>,
    CommandOutput<Sdk[K]>
  >;
};

/** A simulated AWS service: the SDK module that describes its wire, and what it does. */
export interface Service {
  /** IAM prefix and signing name as in ARNs: `autoscaling`, `ec2`, `elasticloadbalancing`, `states`, `events`. */
  readonly prefix: string;
  /** The SDK client module; its schemas drive the wire. */
  readonly sdk: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<Record<string, Operation<never, unknown> | undefined>>;
}

/** Ties operations to their SDK module, so that inputs and outputs are checked by the compiler. */
export function defineService<Sdk extends object>(
  prefix: string,
  sdk: Sdk,
  operations: NoInfer<Operations<Sdk>>,
): Service {
  return {
    prefix,
    sdk: sdk as unknown as Service['sdk'],
    operations: operations as unknown as Service['operations'],
  };
}

/**
 * Calls a simulated service from inside (Step Functions' SDK integrations, EventBridge targets, instances): faults, throttling and the caller's
 * policy apply as on the wire.
 * @throws AwsError as the service would answer.
 */
export interface AwsCalls {
  call(prefix: string, operation: string, input: unknown, caller: Caller): Promise<unknown>;
}
