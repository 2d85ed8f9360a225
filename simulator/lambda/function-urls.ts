import { AwsError } from '../cloud/service.ts';
import type { HttpEndpoint, HttpRequest, HttpResponse } from '../wire/http.ts';
import type { World } from '../world/world.ts';
import type { Functions } from './functions.ts';

/** The address of a function. */
export interface FunctionUrl {
  readonly functionArn: string;
  readonly authType: 'NONE' | 'AWS_IAM';
  readonly host: string;
  readonly createdAt: string;
}

/** What function URLs are made of. */
export interface FunctionUrlsOptions {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  readonly functions: Functions;
  /** Puts an endpoint behind a host name; returns how to take it away. */
  readonly attach: (host: string, endpoint: HttpEndpoint) => () => void;
}

/**
 * Function URLs that everybody may ask (`AuthType: NONE`), behind their function's own policy; answers are whole, no streams, no CORS.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export class FunctionUrls {
  readonly #options: FunctionUrlsOptions;
  readonly #urls = new Map<string, { readonly url: FunctionUrl; readonly detach: () => void }>();

  constructor(options: FunctionUrlsOptions) {
    this.#options = options;
  }

  /** @throws AwsError `ResourceConflictException`, `ResourceNotFoundException`, `InvalidParameterValueException`. */
  create(functionName: string, authType: string): FunctionUrl {
    const { world, region, functions, attach } = this.#options;
    const { name, arn } = functions.find(functionName);
    if (this.#urls.has(name)) {
      const message = `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`;
      throw new AwsError('ResourceConflictException', message, { status: 409 });
    }
    if (authType !== 'NONE') {
      const message = 'The local cloud has function URLs of AuthType NONE only';
      throw new AwsError('InvalidParameterValueException', message);
    }
    const id = world.random.for('lambda:urls').uuid().replaceAll('-', '');
    const host = `${id}.lambda-url.${region}.on.aws`;
    const url: FunctionUrl = { functionArn: arn, authType, host, createdAt: world.date().toISOString() };
    this.#urls.set(name, { url, detach: attach(host, { handle: (request) => this.#handle(url, request) }) });
    return url;
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  get(functionName: string): FunctionUrl {
    const found = this.#urls.get(this.#options.functions.find(functionName).name);
    if (found) return found.url;
    throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { status: 404 });
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  delete(functionName: string): void {
    this.get(functionName);
    const { name } = this.#options.functions.find(functionName);
    this.#urls.get(name)?.detach();
    this.#urls.delete(name);
  }

  // Both permissions since October 2025: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
  #isOpen({ functionArn, authType }: FunctionUrl): boolean {
    const sender = { principal: 'anonymous', sourceArn: '', sourceAccount: '' };
    const ask = (action: string, keys: Readonly<Record<string, string>>) =>
      this.#options.functions.find(functionArn).allows(functionArn, { ...sender, keys }, action);
    return (
      ask('lambda:InvokeFunctionUrl', { 'lambda:functionurlauthtype': authType }) &&
      ask('lambda:InvokeFunction', { 'lambda:invokedviafunctionurl': 'true' })
    );
  }

  async #handle(url: FunctionUrl, request: HttpRequest): Promise<HttpResponse> {
    if (!this.#isOpen(url))
      return said(
        403,
        'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html',
      );
    try {
      const answer = await this.#options.functions.invoke(url.functionArn, this.#event(url, request));
      return answer.ok ? proxied(answer.payload) : said(502, 'Internal Server Error');
    } catch (error) {
      if (error instanceof AwsError && error.code === 'TooManyRequestsException') return said(429, 'Rate Exceeded.');
      throw error;
    }
  }

  #event({ host, authType }: FunctionUrl, { method, path, headers, body }: HttpRequest): object {
    const { world } = this.#options;
    const [rawPath = '/', rawQueryString = ''] = path.split('?');
    const now = world.date();
    return {
      version: '2.0',
      routeKey: '$default',
      rawPath,
      rawQueryString,
      headers,
      requestContext: {
        accountId: 'anonymous',
        apiId: host.split('.')[0],
        authentication: null,
        authorizer: authType === 'NONE' ? undefined : {},
        domainName: host,
        domainPrefix: host.split('.')[0],
        http: {
          method,
          path: rawPath,
          protocol: 'HTTP/1.1',
          sourceIp: '203.0.113.7',
          userAgent: headers['user-agent'] ?? '',
        },
        requestId: world.random.for('lambda:urls').uuid(),
        routeKey: '$default',
        stage: '$default',
        time: now.toISOString(),
        timeEpoch: now.getTime(),
      },
      // Whatever is no text of JSON or the like comes so, a form too.
      ...(body.length > 0 && { body: Buffer.from(body).toString('base64') }),
      isBase64Encoded: body.length > 0,
    };
  }
}

function proxied(payload: unknown): HttpResponse {
  const answer = (payload ?? {}) as { statusCode?: number; headers?: Record<string, string>; body?: string };
  const { statusCode = 200, headers = {}, body = '' } = answer;
  return { status: statusCode, headers, body: Buffer.from(body) };
}

function said(status: number, message: string): HttpResponse {
  const body = Buffer.from(JSON.stringify({ Message: message }));
  return { status, headers: { 'content-type': 'application/json' }, body };
}
