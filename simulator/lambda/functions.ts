import type { FunctionInvoker, Invocation, MetricSink } from '../cloud/ports.ts';
import { AwsError } from '../cloud/service.ts';
import type { ServiceSender } from '../sqs/queue-policy.ts';
import type { World } from '../world/world.ts';
import { AsyncInvocations, type Deliver } from './async-invocations.ts';
import type { CodePackage } from './code-package.ts';
import { DeployedFunction, notFound } from './deployed-function.ts';
import { parseFunctionName } from './function-name.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { SandboxNetwork } from './sandbox.ts';
import type { SharedModules } from './shared-modules.ts';
import { type FunctionUsage, UsageMeter } from './usage.ts';
import type {
  CredentialsIssuer,
  LogSink,
  RunningInvocation,
  RuntimeOptions,
  VersionRuntime,
} from './version-runtime.ts';

export interface FunctionsOptions {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly network: SandboxNetwork;
  readonly credentials: CredentialsIssuer;
  readonly logs: LogSink;
  /** Brings records of asynchronous invocations to their destinations. */
  readonly deliver: Deliver;
  /** Takes the metrics of AWS/Lambda. */
  readonly metrics?: MetricSink;
  /** Default 4; see {@link RuntimeOptions.modulesPerVersion}. `1` is the cheapest. */
  readonly modulesPerVersion?: number;
  /** See {@link RuntimeOptions.sharedModules}. Default: each world evaluates its own. */
  readonly sharedModules?: SharedModules;
  /** See {@link RuntimeOptions.programs}. Default: there are none. */
  readonly programs?: string;
  /** Invocations at the same time in the account; default 1000. */
  readonly concurrencyLimit?: number;
}

/** A function to be created. */
export interface NewFunction {
  readonly name: string;
  readonly code: CodePackage;
  /** `dir/file.export`. */
  readonly handler: string;
  readonly roleArn: string;
  readonly runtime?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default 3. */
  readonly timeoutSeconds?: number;
  /** Default 128. */
  readonly memoryMb?: number;
  readonly logGroupName?: string;
  readonly architecture?: FunctionSettings['architecture'];
  readonly description?: string;
  readonly vpc?: NonNullable<FunctionSettings['vpc']>;
  readonly deadLetterArn?: string;
  readonly ephemeralStorageMb?: number;
}

/** Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const SYNC_LIMIT_BYTES = 6_291_456;
const ASYNC_LIMIT_BYTES = 1_048_576;
// Measured on two cores: a further evaluation costs 5 ms of real time for a bundle with one small SDK client and 45 ms for
// all of EC2. Four keep environments apart wherever that can be seen, and a burst of hundreds stays affordable.
const DEFAULT_MODULES_PER_VERSION = 4;

/** All functions of a world, and how they are invoked. */
export class Functions implements FunctionInvoker {
  readonly #options: FunctionsOptions;
  readonly #runtime: RuntimeOptions;
  readonly #usage = new UsageMeter();
  readonly #functions = new Map<string, DeployedFunction>();
  readonly #later: AsyncInvocations;

  constructor(options: FunctionsOptions) {
    this.#options = options;
    this.#runtime = {
      world: options.world,
      region: options.region,
      network: options.network,
      credentials: options.credentials,
      logs: options.logs,
      usage: this.#usage,
      ...(options.metrics ? { metrics: options.metrics } : {}),
      modulesPerVersion: options.modulesPerVersion ?? DEFAULT_MODULES_PER_VERSION,
      ...(options.sharedModules && { sharedModules: options.sharedModules }),
      ...(options.programs !== undefined && { programs: options.programs }),
    };
    this.#later = new AsyncInvocations({
      world: options.world,
      deliver: options.deliver,
      invoke: (version, requestId, payload, arn) => this.#run(version, requestId, payload, arn),
    });
  }

  /** @throws AwsError `ResourceConflictException` when there is one of that name. */
  create(wanted: NewFunction): DeployedFunction {
    const { world, region, account } = this.#options;
    if (this.#functions.has(wanted.name)) {
      throw new AwsError('ResourceConflictException', `Function already exist: ${wanted.name}`, { status: 409 });
    }
    const settings: FunctionSettings = {
      arn: `arn:aws:lambda:${region}:${account}:function:${wanted.name}`,
      runtime: 'nodejs24.x',
      environment: {},
      timeoutSeconds: 3,
      memoryMb: 128,
      logGroupName: `/aws/lambda/${wanted.name}`,
      architecture: 'x86_64',
      description: '',
      lastModified: world.date().toISOString(),
      ...wanted,
    };
    const created = new DeployedFunction(settings, this.#runtime);
    this.#functions.set(wanted.name, created);
    return created;
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  find(functionName: string): DeployedFunction {
    const { name } = parseFunctionName(functionName);
    const found = this.#functions.get(name);
    if (found) return found;
    const { region, account } = this.#options;
    throw notFound(`arn:aws:lambda:${region}:${account}:function:${name}`);
  }

  /** By name. */
  all(): readonly DeployedFunction[] {
    return [...this.#functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  delete(functionName: string): void {
    const { name } = this.find(functionName);
    this.#functions.delete(name);
  }

  async invoke(functionName: string, payload: unknown): Promise<Invocation> {
    const { version, arn } = this.#resolve(functionName);
    const requestId = this.#newRequestId();
    return await this.#run(version, requestId, checked(payload, SYNC_LIMIT_BYTES), arn);
  }

  /**
   * As {@link Functions.invoke}, for a service that the function's own policy has to let in.
   * @throws AwsError `AccessDeniedException`.
   */
  async invokeFor(functionName: string, payload: unknown, sender: ServiceSender): Promise<Invocation> {
    this.#requireAllowed(functionName, sender);
    return this.invoke(functionName, payload);
  }

  #requireAllowed(functionName: string, sender: ServiceSender): void {
    const { target, arn } = this.#resolve(functionName);
    if (target.allows(arn, sender)) return;
    const message = `User: ${sender.principal} is not authorized to perform: lambda:InvokeFunction on resource: ${arn} because no resource-based policy allows the lambda:InvokeFunction action`;
    throw new AwsError('AccessDeniedException', message, { status: 403 });
  }

  invokeLater(functionName: string, payload: unknown, sender?: ServiceSender): void {
    if (sender) this.#requireAllowed(functionName, sender);
    this.enqueue(functionName, payload);
  }

  /**
   * As {@link Functions.invokeLater}; returns the request's id.
   * @throws AwsError `ResourceNotFoundException`, `RequestTooLargeException`.
   */
  enqueue(functionName: string, payload: unknown): string {
    const { target, version, arn, qualifier } = this.#resolve(functionName);
    const requestId = this.#newRequestId();
    const config = target.eventInvokeConfigs.get(qualifier ?? '$LATEST');
    this.#later.add({ version, arn, requestId, config, payload: checked(payload, ASYNC_LIMIT_BYTES) });
    return requestId;
  }

  /** What each function has used since the world began. */
  usage(): readonly FunctionUsage[] {
    return this.#usage.all();
  }

  /** What runs now, the longest first. */
  running(functionName?: string): readonly RunningInvocation[] {
    const all = [...this.#functions.values()].flatMap((deployed) =>
      deployed.versions.flatMap((version) => [...version.running.values()]),
    );
    return all
      .filter((one) => functionName === undefined || one.functionName === functionName)
      .sort((a, b) => a.startedAt - b.startedAt);
  }

  #resolve(functionName: string): {
    target: DeployedFunction;
    version: VersionRuntime;
    arn: string;
    qualifier: string | undefined;
  } {
    const { qualifier } = parseFunctionName(functionName);
    const target = this.find(functionName);
    const version = target.resolve(qualifier);
    return { target, version, qualifier, arn: qualifier ? `${target.arn}:${qualifier}` : target.arn };
  }

  async #run(version: VersionRuntime, requestId: string, payload: unknown, arn: string): Promise<Invocation> {
    this.#checkConcurrency(version.settings.name);
    return await version.invoke(requestId, payload, arn);
  }

  // Source: docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
  #checkConcurrency(name: string): void {
    const target = this.#functions.get(name);
    const reserved = target?.reservedConcurrency;
    const used = reserved === undefined ? this.#concurrency() : (target?.concurrency ?? 0);
    const limit = reserved ?? this.#options.concurrencyLimit ?? 1000;
    if (used < limit) return;
    // Source: docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    const throttled = { namespace: 'AWS/Lambda', name: 'Throttles', value: 1, unit: 'Count' };
    for (const dimensions of [{ FunctionName: name }, {}]) this.#options.metrics?.put({ ...throttled, dimensions });
    const Reason = `${reserved === undefined ? '' : 'ReservedFunction'}ConcurrentInvocationLimitExceeded`;
    throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429, fields: { Reason, Type: 'User' } });
  }

  #concurrency(): number {
    let running = 0;
    for (const { concurrency } of this.#functions.values()) running += concurrency;
    return running;
  }

  #newRequestId(): string {
    return this.#options.world.random.for('lambda:request-ids').uuid();
  }
}

// What a function gets is what JSON carries.
function checked(payload: unknown, limitBytes: number): unknown {
  const text = JSON.stringify(payload) ?? '{}';
  if (Buffer.byteLength(text) <= limitBytes) return JSON.parse(text);
  const message = `Request must be smaller than ${limitBytes} bytes for the InvokeFunction operation`;
  throw new AwsError('RequestTooLargeException', message, { status: 413, fields: { Type: 'User' } });
}
