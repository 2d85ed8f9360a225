import { AwsError } from '../cloud/service.ts';
import { TokenBucket } from '../cloud/token-bucket.ts';
import { ConditionContext } from '../iam/conditions.ts';
import { evaluatePolicies } from '../iam/evaluate.ts';
import type { PolicyDocument } from '../iam/policy.ts';
import type { ServiceSender } from '../sqs/queue-policy.ts';
import type { HttpEndpoint, HttpRequest, HttpResponse, RequestOrigin } from '../wire/http.ts';
import type { World } from '../world/world.ts';

/** A REST API with its resources, methods and stages. */
interface RestApi {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly vpcEndpointIds: readonly string[];
  /** Its resource policy. */
  readonly policy: PolicyDocument | undefined;
  readonly rootId: string;
  /** Path parts by id; the root's is empty. */
  readonly resources: Map<string, { readonly parentId: string | undefined; readonly pathPart: string }>;
  /** ARN of a function, by `<resource id> <METHOD>`. */
  readonly methods: Map<string, string>;
  readonly deployments: Set<string>;
  readonly stages: Map<string, Stage>;
}

interface Stage {
  bucket: TokenBucket | undefined;
}

/** What REST APIs are made of. */
export interface RestApisOptions {
  readonly world: World;
  readonly region: string;
  readonly account: string;
  /** Puts an API behind a host name; returns how to take it away. */
  readonly attach: (host: string, endpoint: HttpEndpoint) => () => void;
  readonly invoke: (
    functionArn: string,
    payload: unknown,
    sender: ServiceSender,
  ) => Promise<{ readonly ok: boolean; readonly payload?: unknown }>;
}

/**
 * REST APIs of API Gateway, as far as private ones with Lambda proxies go: reachable through a VPC endpoint's name, behind their resource policy and their stage's
 * throttle. Nobody outside the VPC reaches a private one.
 */
export class RestApis {
  readonly all = new Map<string, RestApi>();
  readonly #options: RestApisOptions;
  readonly #detach = new Map<string, readonly (() => void)[]>();

  constructor(options: RestApisOptions) {
    this.#options = options;
  }

  create(wanted: {
    name: string;
    types: readonly string[];
    vpcEndpointIds: readonly string[];
    policy: string | undefined;
  }) {
    const { world, region, attach } = this.#options;
    const random = world.random.for('apigateway');
    const id = random.uuid().replaceAll('-', '').slice(0, 10);
    const api: RestApi = {
      id,
      name: wanted.name,
      isPrivate: wanted.types.includes('PRIVATE'),
      vpcEndpointIds: wanted.vpcEndpointIds,
      policy: wanted.policy === undefined ? undefined : this.#policyOf(id, wanted.policy),
      rootId: random.uuid().slice(0, 8),
      resources: new Map(),
      methods: new Map(),
      deployments: new Set(),
      stages: new Map(),
    };
    api.resources.set(api.rootId, { parentId: undefined, pathPart: '' });
    this.all.set(id, api);
    const hosts = [`${id}.execute-api.${region}.amazonaws.com`];
    for (const endpoint of wanted.vpcEndpointIds) hosts.push(`${id}-${endpoint}.execute-api.${region}.amazonaws.com`);
    const handle: HttpEndpoint['handle'] = (request, origin) => this.#handle(api, request, origin);
    this.#detach.set(
      id,
      hosts.map((host) => attach(host, { handle })),
    );
    return api;
  }

  /** @throws AwsError `NotFoundException`. */
  get(id: string | undefined): RestApi {
    const api = this.all.get(id ?? '');
    if (!api) throw new AwsError('NotFoundException', 'Invalid API identifier specified', { status: 404 });
    return api;
  }

  delete(id: string): void {
    for (const detach of this.#detach.get(id) ?? []) detach();
    this.all.delete(id);
  }

  newId(): string {
    return this.#options.world.random.for('apigateway').uuid().slice(0, 6);
  }

  /** So many requests a second, and so many at once. */
  throttle(stage: Stage, rate: number, burst: number): void {
    stage.bucket = new TokenBucket(burst, rate, this.#options.world.now());
  }

  /** The short form of the resource is that of this API: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html */
  #policyOf(id: string, text: string): PolicyDocument {
    const { region, account } = this.#options;
    return JSON.parse(
      text.replaceAll('execute-api:/', `arn:aws:execute-api:${region}:${account}:${id}/`),
    ) as PolicyDocument;
  }

  async #handle(api: RestApi, request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse> {
    const [, stageName = '', ...rest] = (request.path.split('?')[0] ?? '').split('/');
    const path = `/${rest.join('/')}`;
    const vpce = api.vpcEndpointIds.find((id) => request.host.includes(`-${id}.`)) ?? api.vpcEndpointIds[0];
    if (api.isPrivate && origin.kind === 'outside') return said(403, 'Forbidden');
    if (!this.#allows(api, `${stageName}/${request.method}${path}`, vpce))
      return said(
        403,
        `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${this.#arnOf(api)}/${stageName}/${request.method}${path}`,
      );
    const stage = api.stages.get(stageName);
    const found = stage && resourceAt(api, rest);
    const functionArn = found && api.methods.get(`${found.id} ${request.method}`);
    if (!stage || !found || functionArn === undefined) return said(403, 'Missing Authentication Token');
    if (stage.bucket && !stage.bucket.take(this.#options.world.now())) return said(429, 'Too Many Requests');
    const event = {
      resource: found.template,
      path,
      httpMethod: request.method,
      headers: request.headers,
      queryStringParameters: null,
      pathParameters: found.parameters,
      stageVariables: null,
      requestContext: { apiId: api.id, stage: stageName, path: `/${stageName}${path}`, httpMethod: request.method },
      body: Buffer.from(request.body).toString('utf8') || null,
      isBase64Encoded: false,
    };
    const sourceArn = `${this.#arnOf(api)}/${stageName}/${request.method}${found.template}`;
    const sender = { principal: 'apigateway.amazonaws.com', sourceArn, sourceAccount: this.#options.account };
    const answer = await this.#options
      .invoke(functionArn, event, sender)
      .catch(() => ({ ok: false, payload: undefined }));
    return answer.ok ? proxied(answer.payload) : said(502, 'Internal server error');
  }

  #allows({ policy, isPrivate, ...api }: RestApi, what: string, vpce: string | undefined): boolean {
    // A private API without a policy lets nobody in.
    if (!policy) return !isPrivate;
    const context = new ConditionContext(vpce === undefined ? {} : { 'aws:SourceVpce': vpce });
    const resource = `${this.#arnOf(api)}/${what}`;
    const question = { action: 'execute-api:Invoke', resource, context };
    return evaluatePolicies([{ name: 'resource', document: policy }], question).decision === 'allow';
  }

  #arnOf({ id }: Pick<RestApi, 'id'>): string {
    const { region, account } = this.#options;
    return `arn:aws:execute-api:${region}:${account}:${id}`;
  }
}

/** The resource of a path; a part in braces takes any. */
function resourceAt({ resources, rootId }: RestApi, parts: readonly string[]) {
  let id = rootId;
  let template = '';
  const parameters: Record<string, string> = {};
  for (const part of parts) {
    const children = [...resources].filter(([, { parentId }]) => parentId === id);
    const child =
      children.find(([, { pathPart }]) => pathPart === part) ??
      children.find(([, { pathPart }]) => /^\{.*\}$/.test(pathPart));
    if (!child) return undefined;
    const { pathPart } = child[1];
    if (pathPart.startsWith('{')) parameters[pathPart.slice(1, -1)] = part;
    id = child[0];
    template += `/${pathPart}`;
  }
  return { id, template, parameters };
}

function proxied(payload: unknown): HttpResponse {
  const {
    statusCode = 502,
    headers = {},
    body = '',
  } = (payload ?? {}) as {
    statusCode?: number;
    headers?: Record<string, string>;
    body?: string;
  };
  return { status: statusCode, headers, body: Buffer.from(body) };
}

function said(status: number, message: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify({ message })) };
}
