import type { Invocation, MetricSink } from '../cloud/ports.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import { environmentVariables, type RoleCredentials } from './environment-variables.ts';
import { functionError } from './function-error.ts';
import type { FunctionSettings } from './function-settings.ts';
import { findHandlerModule, InitializationError } from './handler-module.ts';
import { type Death, type Run, Sandbox, type SandboxNetwork } from './sandbox.ts';
import type { SharedModules } from './shared-modules.ts';
import type { UsageMeter } from './usage.ts';

/** Where Lambda writes what functions print. */
export interface LogSink {
  /** Appends a line; the group and the stream come to be with their first line. */
  write(logGroupName: string, logStreamName: string, message: string): void;
}

/** Gives credentials of a role's session, which the simulated STS and IAM recognise. */
export type CredentialsIssuer = (roleArn: string, sessionName: string) => RoleCredentials;

export interface RuntimeOptions {
  readonly world: World;
  readonly region: string;
  readonly network: SandboxNetwork;
  readonly credentials: CredentialsIssuer;
  readonly logs: LogSink;
  readonly usage: UsageMeter;
  /** Takes the metrics of AWS/Lambda. */
  readonly metrics?: MetricSink;
  /**
   * How many environments of one version get an evaluated module of their own; those beyond it share these modules, and with
   * them the state of the module. Evaluating costs real time, and a burst of 200 launches would need hundreds.
   */
  readonly modulesPerVersion: number;
  /** A real directory whose programs functions may run, as those of a layer; see simulator/lambda. */
  readonly programs?: string;
  /** Modules that outlive this world. */
  readonly sharedModules?: SharedModules;
}

/** An invocation that runs. */
export interface RunningInvocation {
  readonly requestId: string;
  readonly functionName: string;
  readonly startedAt: number;
  /** Its runtime dies now. */
  kill(): void;
}

type Handler = (event: unknown, context: object) => unknown;

interface Module {
  readonly sandbox: Sandbox;
  handler: Promise<Handler> | undefined;
  environments: number;
}

interface Environment {
  readonly module: Module;
  readonly logStreamName: string;
  readonly initMs: number;
  lastUsedAt: number;
  cold: boolean;
}

type Outcome = { readonly value: unknown } | { readonly death: Death; readonly fatal: boolean };

// AWS publishes neither; assumed after what REPORT lines of small Node functions show.
const INIT_MS = [150, 400] as const;
const CPU_MS = [3, 15] as const;
const IDLE_ENVIRONMENT_LIVES_MS = 10 * 60_000;
/** Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (6 MB, with the slack that Lambda names). */
const RESPONSE_LIMIT_BYTES = 6_291_556;

/** The execution environments of one version of a function, and what runs in them. */
export class VersionRuntime {
  readonly settings: FunctionSettings;
  readonly version: string;
  readonly running = new Map<string, RunningInvocation>();
  readonly #options: RuntimeOptions;
  readonly #random: Random;
  readonly #idle: Environment[] = [];
  readonly #modules: Module[] = [];
  #filename: string | undefined;

  constructor(settings: FunctionSettings, version: string, options: RuntimeOptions) {
    this.settings = settings;
    this.version = version;
    this.#options = options;
    this.#random = options.world.random.for(`lambda:${settings.name}`);
  }

  /** Runs the handler on the event. Never rejects: an error of the function is a value. */
  async invoke(requestId: string, event: unknown, invokedArn: string): Promise<Invocation> {
    const environment = this.#takeIdle() ?? this.#open();
    const cold = environment.cold;
    const { outcome, durationMs, requests } = await this.#execute(environment, requestId, event, invokedArn);
    const billedMs = Math.ceil(durationMs + (cold ? environment.initMs : 0));
    const failed = 'death' in outcome;
    this.#report(environment, { requestId, durationMs, billedMs, cold });
    const { name: functionName, memoryMb } = this.settings;
    this.#options.usage.record({ functionName, memoryMb, billedMs, requests, failed, cold });
    this.#measure(durationMs, failed);
    this.#record('FunctionEnded', {
      requestId,
      durationMs,
      billedMs,
      requests,
      ...('death' in outcome ? { errorType: outcome.death.errorType } : {}),
    });
    if (failed && outcome.fatal) this.#discard(environment);
    else this.#putBack(environment);
    return toInvocation(outcome, this.version);
  }

  // Source: docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  #measure(durationMs: number, failed: boolean): void {
    const { metrics } = this.#options;
    const measured = [
      { name: 'Invocations', value: 1, unit: 'Count' },
      { name: 'Errors', value: failed ? 1 : 0, unit: 'Count' },
      { name: 'Duration', value: durationMs, unit: 'Milliseconds' },
    ];
    for (const dimensions of [{ FunctionName: this.settings.name }, {}]) {
      for (const metric of measured) metrics?.put({ namespace: 'AWS/Lambda', dimensions, ...metric });
    }
  }

  /** Throws all idle environments away, as an update of the code does. */
  retire(): void {
    for (const environment of this.#idle.splice(0)) this.#discard(environment);
  }

  async #execute(
    environment: Environment,
    requestId: string,
    event: unknown,
    invokedArn: string,
  ): Promise<{ outcome: Outcome; durationMs: number; requests: number }> {
    const { world } = this.#options;
    let settle: (outcome: Outcome) => void = () => undefined;
    const ended = new Promise<Outcome>((resolve) => {
      settle = resolve;
    });
    const run = this.#newRun(requestId, environment, (death) => settle({ death, fatal: true }));
    this.running.set(requestId, {
      requestId,
      functionName: this.settings.name,
      startedAt: world.now(),
      kill: () => run.die(exited(requestId)),
    });
    this.#record('FunctionStarted', { requestId, version: this.version, cold: environment.cold });
    const initialized = await Promise.race([ended, this.#initialize(environment)]);
    const startedAt = world.now();
    this.#write(environment, `START RequestId: ${requestId} Version: ${this.version}`);
    const timeoutMs = this.settings.timeoutSeconds * 1000;
    const timeout = world.after(timeoutMs, `lambda:${this.settings.name} timeout`, () =>
      run.die(this.#timedOut(requestId)),
    );
    if (initialized) settle(initialized);
    else
      void this.#call(environment, run, event, this.#context(environment, requestId, invokedArn, startedAt)).then(
        settle,
      );
    const outcome = await ended;
    timeout.cancel();
    this.#end(environment, run, outcome);
    return { outcome, durationMs: world.now() - startedAt, requests: run.requests };
  }

  // The environment of a first invocation loads its module; undefined when all is well.
  async #initialize(environment: Environment): Promise<Outcome | undefined> {
    if (!environment.cold) return undefined;
    const { world } = this.#options;
    this.#write(
      environment,
      `INIT_START Runtime Version: nodejs:24.v1\tRuntime Version ARN: arn:aws:lambda:${this.#options.region}::runtime:local`,
    );
    await world.sleep(environment.initMs, `lambda:${this.settings.name} init`);
    try {
      environment.module.handler ??= this.#load(environment);
      await environment.module.handler;
      return undefined;
    } catch (error) {
      environment.module.handler = undefined;
      const death = error instanceof InitializationError ? error.death : functionError(error);
      return { death, fatal: true };
    }
  }

  async #load(environment: Environment): Promise<Handler> {
    const { sandbox } = environment.module;
    const { filename, exportName, compile } = findHandlerModule(this.settings);
    this.#filename = filename;
    const run = this.#newRun(undefined, environment, () => undefined);
    try {
      const shared = this.#options.sharedModules?.exportsOf(filename, sandbox, run);
      if (shared) sandbox.adopt(shared);
      else sandbox.evaluate(await this.#options.world.realWork(compile), filename, run);
    } finally {
      sandbox.leave(run);
    }
    const handler = sandbox.exports[exportName];
    if (typeof handler === 'function') return requireModernHandler(handler as Handler);
    const errorMessage = `${this.settings.handler} is undefined or not exported`;
    throw new InitializationError({ errorType: 'Runtime.HandlerNotFound', errorMessage });
  }

  async #call(environment: Environment, run: Run, event: unknown, context: object): Promise<Outcome> {
    const { sandbox } = environment.module;
    const handler = await environment.module.handler;
    await this.#options.world.sleep(this.#random.integer(...CPU_MS), `lambda:${this.settings.name} cpu`);
    if (!run.alive || !handler) return await new Promise(() => undefined);
    try {
      const value = await sandbox.enter(run, () => handler(event, context));
      return serialized(value);
    } catch (error) {
      const death = functionError(error);
      run.log(`${this.#time()}\t${run.requestId}\tERROR\tInvoke Error \t${JSON.stringify(death)}`);
      return { death, fatal: false };
    }
  }

  #end(environment: Environment, run: Run, outcome: Outcome): void {
    const { sandbox, environments } = environment.module;
    const { requestId } = run;
    sandbox.leave(run);
    if (requestId) this.running.delete(requestId);
    if (!('death' in outcome) || !outcome.fatal) return;
    if (this.#filename !== undefined) this.#options.sharedModules?.spoil(this.#filename, this.#options.world);
    if (environments === 1) sandbox.destroy();
    else sandbox.disconnect(run);
    this.#write(
      environment,
      `${this.#time()} ${requestId} ${outcome.death.errorMessage.replace(/^RequestId: \S+ Error: /, '')}`,
    );
  }

  #newRun(requestId: string | undefined, environment: Environment, onDeath: (death: Death) => void): Run {
    const run: Run = {
      requestId,
      requests: 0,
      alive: true,
      log: (line) => this.#write(environment, line),
      die: (death) => {
        if (!run.alive) return;
        run.alive = false;
        onDeath(death.errorType === 'Runtime.ExitError' && requestId ? exited(requestId, death.errorMessage) : death);
      },
    };
    return run;
  }

  #context(environment: Environment, requestId: string, invokedArn: string, startedAt: number): object {
    const { world } = this.#options;
    const { name, memoryMb, logGroupName, timeoutSeconds } = this.settings;
    const deadline = startedAt + timeoutSeconds * 1000;
    return {
      callbackWaitsForEmptyEventLoop: true,
      awsRequestId: requestId,
      functionName: name,
      functionVersion: this.version,
      invokedFunctionArn: invokedArn,
      memoryLimitInMB: String(memoryMb),
      logGroupName,
      logStreamName: environment.logStreamName,
      getRemainingTimeInMillis: () => Math.max(0, deadline - world.now()),
    };
  }

  #takeIdle(): Environment | undefined {
    const oldest = this.#options.world.now() - IDLE_ENVIRONMENT_LIVES_MS;
    while (this.#idle[0] && this.#idle[0].lastUsedAt < oldest) this.#discard(this.#idle.shift());
    return this.#idle.pop();
  }

  #open(): Environment {
    const { world } = this.#options;
    const day = world.date().toISOString().slice(0, 10).replaceAll('-', '/');
    const logStreamName = `${day}/[${this.version}]${this.#random.hex(32)}`;
    const module = this.#moduleFor(logStreamName);
    module.environments += 1;
    return { module, logStreamName, initMs: this.#random.integer(...INIT_MS), lastUsedAt: world.now(), cold: true };
  }

  #moduleFor(logStreamName: string): Module {
    if (this.#modules.length >= this.#options.modulesPerVersion) {
      return this.#modules.reduce((least, next) => (next.environments < least.environments ? next : least));
    }
    const { world, network, region, credentials, programs } = this.#options;
    const { name, roleArn, ephemeralStorageMb } = this.settings;
    const sandbox = new Sandbox({
      world,
      network,
      random: this.#random,
      functionName: name,
      environment: environmentVariables(this.settings, {
        region,
        version: this.version,
        logStreamName,
        credentials: credentials(roleArn, name),
        programs,
      }),
      ephemeralStorageMb,
      programs,
    });
    const module: Module = { sandbox, handler: undefined, environments: 0 };
    this.#modules.push(module);
    return module;
  }

  #putBack(environment: Environment): void {
    environment.cold = false;
    environment.lastUsedAt = this.#options.world.now();
    this.#idle.push(environment);
  }

  #discard(environment: Environment | undefined): void {
    if (!environment) return;
    const { module } = environment;
    module.environments -= 1;
    if (module.environments > 0) return;
    module.sandbox.destroy();
    const at = this.#modules.indexOf(module);
    if (at >= 0) this.#modules.splice(at, 1);
  }

  #timedOut(requestId: string): Death {
    const seconds = this.settings.timeoutSeconds.toFixed(2);
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
    return { errorType: 'Sandbox.Timedout', errorMessage };
  }

  #report(
    environment: Environment,
    end: { requestId: string; durationMs: number; billedMs: number; cold: boolean },
  ): void {
    const { requestId, durationMs, billedMs, cold } = end;
    const { memoryMb } = this.settings;
    this.#write(environment, `END RequestId: ${requestId}`);
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedMs} ms`,
      `Memory Size: ${memoryMb} MB`,
      `Max Memory Used: ${Math.min(memoryMb, 96)} MB`,
      ...(cold ? [`Init Duration: ${environment.initMs.toFixed(2)} ms`] : []),
    ];
    this.#write(environment, `${fields.join('\t')}\t`);
  }

  #write(environment: Environment, line: string): void {
    this.#options.logs.write(this.settings.logGroupName, environment.logStreamName, line);
  }

  #record(event: string, details: Record<string, unknown>): void {
    this.#options.world.history.record(`lambda:${this.settings.name}`, event, details);
  }

  #time(): string {
    return this.#options.world.date().toISOString();
  }
}

function exited(requestId: string, reason = 'Runtime exited with error: exit status 1'): Death {
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${reason}` };
}

// Source: docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html: Node.js 24 has no callback handlers.
function requireModernHandler(handler: Handler): Handler {
  if (handler.length < 3) return handler;
  const errorMessage =
    'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.';
  throw new InitializationError({ errorType: 'Runtime.CallbackHandlerDeprecated', errorMessage });
}

function serialized(value: unknown): Outcome {
  const text = JSON.stringify(value) ?? 'null';
  if (Buffer.byteLength(text) <= RESPONSE_LIMIT_BYTES) return { value: JSON.parse(text) };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT_BYTES} bytes).`;
  return { death: { errorType: 'Function.ResponseSizeTooLarge', errorMessage }, fatal: false };
}

function toInvocation(outcome: Outcome, executedVersion: string): Invocation {
  if ('value' in outcome) return { ok: true, payload: outcome.value, executedVersion };
  const { errorType, errorMessage, trace = [] } = outcome.death;
  return { ok: false, errorType, errorMessage, trace, executedVersion };
}
