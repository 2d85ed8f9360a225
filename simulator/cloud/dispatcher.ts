import type { Authorizer } from '../iam/authorizer.ts';
import { ConnectionError, type RequestOrigin } from '../wire/http.ts';
import { KillCaller } from '../wire/kill-caller.ts';
import { modelOf, type ServiceModel } from '../wire/service-model.ts';
import type { Fault } from '../world/faults.ts';
import type { World } from '../world/world.ts';
import { apiLimit } from './api-limits.ts';
import { Meter } from './meter.ts';
import {
  type Access,
  type AwsCalls,
  AwsError,
  type CallContext,
  type Caller,
  type Operation,
  type Service,
} from './service.ts';
import { accessDeniedError, throttlingError } from './service-errors.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a dispatcher is made of. */
export interface DispatcherSettings {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly authorizer: Authorizer;
  /** Whether token buckets bind. Default true. */
  readonly throttles?: boolean;
}

/** One call on its way. */
export interface DispatchedCall {
  readonly service: Service;
  readonly operation: string;
  readonly input: unknown;
  readonly caller: Caller;
  readonly origin: RequestOrigin;
  readonly requestId: string;
}

const inside: RequestOrigin = { kind: 'states', name: '' };

/** The operations that AWS and its SDKs regard as reads. */
const reading = /^(Describe|Get|List|Head|Test|Lookup|Search)/;

/** All services of the local cloud, behind planted faults, token buckets and the caller's policies, in this order. */
export class Dispatcher implements AwsCalls {
  readonly meter = new Meter();
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly #authorizer: Authorizer;
  readonly #throttles: boolean;
  readonly #services: Service[] = [];
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(settings: DispatcherSettings) {
    this.world = settings.world;
    this.region = settings.region;
    this.account = settings.account;
    this.#authorizer = settings.authorizer;
    this.#throttles = settings.throttles ?? true;
  }

  register(service: Service): void {
    this.#services.push(service);
  }

  services(): readonly Service[] {
    return this.#services;
  }

  /** The next request id of this world. */
  requestId(): string {
    return this.world.random.for('wire:request-id').uuid();
  }

  /**
   * As {@link AwsCalls.call}. `prefix`: IAM prefix, or the name as in Step Functions' SDK integrations, which tells
   * `elasticloadbalancing` and `elasticloadbalancingv2` apart (with the prefix alone, the service that has the operation).
   * @throws AwsError, ConnectionError for a lost response or refused connection, KillCaller for calls from a Lambda.
   */
  async call(
    prefix: string,
    operation: string,
    input: unknown,
    caller: Caller,
    origin: RequestOrigin = inside,
  ): Promise<unknown> {
    const service = this.find(prefix, operation);
    if (!service) throw notImplemented(prefix, operation);
    return this.dispatch({ service, operation, input, caller, origin, requestId: this.requestId() });
  }

  /** The registered service of that prefix or SDK integration name; the first that implements the operation. */
  find(prefix: string, operation: string): Service | undefined {
    const exact = this.#services.filter((service) => modelOf(service).integrationName === prefix);
    const named = [...exact, ...this.#services.filter((service) => service.prefix === prefix)];
    return named.find((service) => service.operations[operation]) ?? named[0];
  }

  /** The whole way of one call. Throws as {@link Dispatcher.call}. */
  async dispatch(call: DispatchedCall): Promise<unknown> {
    const { service, operation, caller } = call;
    const implementation = service.operations[operation] as Operation<unknown, unknown> | undefined;
    if (!implementation) throw notImplemented(service.prefix, operation);
    const line = `${service.prefix}:${operation}`;
    const who = caller.roleName ?? 'operator';
    this.meter.count(who, line, 'calls');
    try {
      return await this.#meetFault(call, implementation);
    } catch (error) {
      if (error instanceof AwsError) this.meter.count(who, line, 'errors');
      throw error;
    }
  }

  async #meetFault(call: DispatchedCall, implementation: Operation<unknown, unknown>): Promise<unknown> {
    const fault = this.#faultOf(call, implementation);
    switch (fault?.kind) {
      case undefined:
        return this.#admit(call, implementation);
      case 'error':
        throw new AwsError(fault.code, fault.message, { status: fault.status });
      case 'throttle':
        throw this.#throttled(call, modelOf(call.service));
      case 'refuse':
        throw new ConnectionError('ECONNREFUSED', `connect ECONNREFUSED ${call.service.prefix}`);
      case 'hang':
        return new Promise(() => {});
      case 'kill-before':
        throw new KillCaller('before');
      case 'lose-response':
        await this.#admit(call, implementation);
        throw new ConnectionError('ECONNRESET', 'socket hang up');
      case 'kill-after':
        await this.#admit(call, implementation);
        throw new KillCaller('after');
    }
  }

  // Faults that kill the caller are for Lambda functions; others do not die of them.
  #faultOf(
    { service, operation, origin }: DispatchedCall,
    implementation: Operation<unknown, unknown>,
  ): Fault | undefined {
    const fault = this.world.faults.meet({
      target: 'aws',
      service: service.prefix,
      operation,
      mutating: implementation.mutating ?? !reading.test(operation),
      ...(origin.kind === 'lambda' ? { functionName: origin.name } : {}),
      ...(origin.ordinal === undefined ? {} : { ordinal: origin.ordinal }),
    });
    return fault?.kind.startsWith('kill-') && origin.kind !== 'lambda' ? undefined : fault;
  }

  async #admit(call: DispatchedCall, implementation: Operation<unknown, unknown>): Promise<unknown> {
    const { service, operation, input, caller, requestId } = call;
    const model = modelOf(service);
    if (!this.#takeToken(service.prefix, operation, input)) throw this.#throttled(call, model);
    const context: CallContext = { world: this.world, region: this.region, account: this.account, caller, requestId };
    const accesses = implementation.access?.(input, context) ?? [
      { action: `${service.prefix}:${operation}`, resource: '*' },
    ];
    for (const access of accesses) this.authorize(caller, access, model);
    return implementation.run(input, context);
  }

  /** For services that need to check a further permission in the middle of an operation. @throws AwsError as the service denies. */
  authorize(caller: Caller, access: Access, model: ServiceModel): void {
    const reason = this.#authorizer.refusal(caller, access, { 'aws:RequestedRegion': this.region });
    if (reason !== undefined) throw accessDeniedError(model.service.prefix, model.protocol, reason);
  }

  #takeToken(prefix: string, operation: string, input: unknown): boolean {
    if (!this.#throttles) return true;
    const limit = apiLimit(prefix, operation, this.region, input);
    if (!limit) return true;
    let bucket = this.#buckets.get(limit.bucket);
    if (!bucket) {
      bucket = new TokenBucket(limit.burst, limit.refillPerSecond, this.world.now());
      this.#buckets.set(limit.bucket, bucket);
    }
    return bucket.take(this.world.now());
  }

  #throttled({ service, operation, caller }: DispatchedCall, model: ServiceModel): AwsError {
    this.meter.count(caller.roleName ?? 'operator', `${service.prefix}:${operation}`, 'throttles');
    return throttlingError(service.prefix, model.protocol);
  }
}

function notImplemented(prefix: string, operation: string): AwsError {
  return new AwsError('NotImplemented', `The local cloud does not implement ${prefix}:${operation}.`, { status: 501 });
}
