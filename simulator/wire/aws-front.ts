import type { Accounts } from '../cloud/accounts.ts';
import type { Dispatcher } from '../cloud/dispatcher.ts';
import { AwsError, type Service } from '../cloud/service.ts';
import type { Credentials } from '../iam/credentials.ts';
import { withoutAwsChunks } from './aws-chunked.ts';
import { type Codec, toBytes } from './codec.ts';
import { codecFor } from './codec-choice.ts';
import { ConnectionError, type HttpEndpoint, type HttpRequest, type HttpResponse, type RequestOrigin } from './http.ts';
import { KillCaller } from './kill-caller.ts';
import { formOf } from './query-codec.ts';
import { modelOf, type ServiceModel } from './service-model.ts';

/** What a request's signature says before anybody checks it. */
interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signingName: string;
}

/**
 * The one HTTP front of all simulated services. Any SDK, the AWS CLI and Lambda bundles talk to it.
 *
 * Signatures are not checked here: who holds a key that was issued is its caller, anybody else is the operator.
 * Planted faults reach through: `handle` throws {@link ConnectionError} for a broken connection and {@link KillCaller} to the
 * Lambda sandbox.
 */
export class AwsFront implements HttpEndpoint {
  readonly #dispatcher: Dispatcher;
  readonly #credentials: Credentials;
  readonly #accounts: Accounts | undefined;

  /** @param accounts where keys of other accounts, and signatures for other regions, lead to. */
  constructor(dispatcher: Dispatcher, credentials: Credentials, accounts?: Accounts) {
    this.#dispatcher = dispatcher;
    this.#credentials = credentials;
    this.#accounts = accounts;
  }

  async handle(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse> {
    const requestId = this.#dispatcher.requestId();
    const answer = await Promise.race([this.#answer(request, origin, requestId), aborted(request.signal)]);
    const headers = { ...answer.headers, date: this.#dispatcher.world.date().toUTCString() };
    return request.method === 'HEAD'
      ? { ...answer, headers: withLength(headers, answer), body: new Uint8Array() }
      : { ...answer, headers };
  }

  async #answer(request: HttpRequest, origin: RequestOrigin, requestId: string): Promise<HttpResponse> {
    const scope = credentialScope(request);
    const dispatcher = this.#dispatcherOf(scope);
    const model = this.#findService(dispatcher, request, scope);
    if (!model) return unknownService(request, requestId);
    const codec = codecFor(model, request);
    try {
      return await this.#perform(dispatcher, codec, model, request, origin, requestId, scope);
    } catch (error) {
      if (error instanceof ConnectionError || error instanceof KillCaller) throw error;
      return codec.encodeError(asAwsError(error), requestId);
    }
  }

  #dispatcherOf(scope: CredentialScope | undefined): Dispatcher {
    if (!scope) return this.#dispatcher;
    const { account } = this.#credentials.lookup(scope.accessKeyId);
    return this.#accounts?.at(account, scope.region)?.dispatcher ?? this.#dispatcher;
  }

  async #perform(
    dispatcher: Dispatcher,
    codec: Codec,
    model: ServiceModel,
    request: HttpRequest,
    origin: RequestOrigin,
    requestId: string,
    scope: CredentialScope | undefined,
  ): Promise<HttpResponse> {
    const { operation, input } = await codec.decode(withoutAwsChunks(request));
    if (this.#credentials.hasExpired(scope?.accessKeyId)) throw expiredToken(model);
    const caller = this.#credentials.lookup(scope?.accessKeyId);
    const output = await dispatcher.dispatch({
      service: model.service,
      operation,
      input,
      caller,
      origin,
      requestId,
    });
    const described = model.operation(operation);
    if (!described) throw new AwsError('InternalFailure', `no model of ${operation}`, { status: 500 });
    return codec.encode(described, output, requestId);
  }

  // By the signature's scope, then by target, host and RPC path; the form's version tells services of one name apart.
  #findService(
    dispatcher: Dispatcher,
    request: HttpRequest,
    scope: CredentialScope | undefined,
  ): ServiceModel | undefined {
    const models = dispatcher.services().map((service: Service) => modelOf(service));
    const target =
      /^(.*)\.\w+$/.exec(request.headers['x-amz-target'] ?? '')?.[1] ?? /^\/service\/(\w+)\//.exec(request.path)?.[1];
    const byTarget = target === undefined ? undefined : models.find((model) => model.target === target);
    if (byTarget) return byTarget;
    const name = scope?.signingName ?? request.host.split('.').at(request.host.includes('.s3.') ? 1 : 0);
    const named = models.filter((model) => model.signingName === name);
    if (named.length < 2) return named[0];
    const version = formOf(request).get('Version');
    return named.find((model) => model.apiVersion === version) ?? named[0];
  }
}

/** The scope of a SigV4 signature, from the Authorization header or a presigned URL; `undefined` for an unsigned request. */
function credentialScope(request: Pick<HttpRequest, 'headers' | 'path'>): CredentialScope | undefined {
  const header = /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1];
  const credential = header ?? new URLSearchParams(request.path.split('?')[1] ?? '').get('X-Amz-Credential');
  const [accessKeyId, , region, signingName] = (credential ?? '').split('/');
  return accessKeyId && region && signingName ? { accessKeyId, region, signingName } : undefined;
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new ConnectionError('ECONNRESET', 'aborted'));
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function expiredToken(model: ServiceModel): AwsError {
  const json = model.protocol.startsWith('awsJson') || model.protocol === 'restJson1';
  const code = json ? 'ExpiredTokenException' : 'ExpiredToken';
  return new AwsError(code, 'The security token included in the request is expired', { status: json ? 400 : 403 });
}

// A service that throws anything else has a bug; AWS would say no more than this, but here somebody has to find it.
function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new AwsError('InternalFailure', message, { status: 500 });
}

function withLength(headers: Record<string, string>, answer: HttpResponse): Record<string, string> {
  if ('content-length' in headers || !(answer.body instanceof Uint8Array)) return headers;
  return { ...headers, 'content-length': String(answer.body.length) };
}

function unknownService(request: HttpRequest, requestId: string): HttpResponse {
  const message = `The local cloud has no service for ${request.method} ${request.host}${request.path.split('?')[0]}.`;
  return {
    status: 501,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': 'NotImplemented',
    },
    body: toBytes(JSON.stringify({ __type: 'NotImplemented', message })),
  };
}
