import type { Schema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import type { Service } from '../cloud/service.ts';

/** The wire protocols that a service may speak. */
export type Protocol = 'awsQuery' | 'ec2Query' | 'restXml' | 'restJson1' | 'awsJson1_0' | 'awsJson1_1' | 'rpcv2Cbor';

/** `[method, path with labels and static query, success status]`. */
type HttpTrait = readonly [method: string, path: string, status: number];

/** One operation as the SDK's schemas describe it. */
export interface OperationModel {
  readonly name: string;
  readonly input: Schema;
  readonly output: Schema;
  readonly http: HttpTrait | undefined;
}

/** A modelled error: its shape, its name in JSON, its code in the query protocols, and its HTTP status. */
export interface ErrorModel {
  readonly schema: StaticStructureSchema;
  readonly shapeName: string;
  readonly queryCode: string;
  readonly status: number;
}

// The parts of an SDK client's resolved configuration that describe its wire.
interface ClientConfig {
  readonly serviceId: string;
  readonly apiVersion: string;
  readonly defaultSigningName?: string;
  readonly protocol: { getShapeId(): string };
  readonly protocolSettings: { readonly xmlNamespace?: string; readonly serviceTarget: string };
}
type ClientConstructor = new (options: object) => { readonly config: ClientConfig };
interface Registry {
  readonly schemas: ReadonlyMap<string, unknown>;
}

/** What the SDK module of a service says about its wire: protocol, names, operations and errors. */
export class ServiceModel {
  readonly service: Service;
  readonly protocol: Protocol;
  /** `Auto Scaling`, `Elastic Load Balancing v2`. */
  readonly serviceId: string;
  /** The service id as in `arn:aws:states:::aws-sdk:<name>:…`: `elasticloadbalancingv2`. */
  readonly integrationName: string;
  readonly apiVersion: string;
  /** The name in the credential scope of a signature: `monitoring` for CloudWatch. */
  readonly signingName: string;
  readonly xmlNamespace: string;
  /** The first half of `X-Amz-Target`. */
  readonly target: string;
  readonly #sdk: SdkFacts;

  constructor(service: Service) {
    this.service = service;
    this.#sdk = factsOf(service);
    const { config } = this.#sdk;
    this.protocol = config.protocol.getShapeId().replace(/^.*#/, '') as Protocol;
    this.serviceId = config.serviceId;
    this.integrationName = config.serviceId.toLowerCase().replaceAll(' ', '');
    this.apiVersion = config.apiVersion;
    this.signingName = config.defaultSigningName ?? service.prefix;
    this.xmlNamespace = config.protocolSettings.xmlNamespace ?? '';
    this.target = config.protocolSettings.serviceTarget;
  }

  operation(name: string): OperationModel | undefined {
    return this.#sdk.operations.get(name);
  }

  operations(): Iterable<OperationModel> {
    return this.#sdk.operations.values();
  }

  /** The modelled error of that code, by shape name or by query code; `undefined` for codes that are not modelled. */
  error(code: string): ErrorModel | undefined {
    return this.#sdk.errors.get(code);
  }
}

/** What is the same for every world: read from an SDK module once in a process, since making a client costs milliseconds. */
interface SdkFacts {
  readonly config: ClientConfig;
  readonly operations: ReadonlyMap<string, OperationModel>;
  readonly errors: ReadonlyMap<string, ErrorModel>;
}

const known = new WeakMap<object, SdkFacts>();

function factsOf(service: Service): SdkFacts {
  const { sdk } = service;
  let facts = known.get(sdk);
  if (!facts) {
    const operations = Object.values(sdk).filter(isOperation).map(operationModel);
    const schemas = ((sdk.errorTypeRegistries ?? []) as readonly Registry[]).flatMap((one) => [
      ...one.schemas.values(),
    ]);
    facts = {
      config: clientConfig(service),
      operations: new Map(operations.map((operation) => [operation.name, operation])),
      errors: new Map(schemas.flatMap((schema) => errorModels(schema as StaticStructureSchema))),
    };
    known.set(sdk, facts);
  }
  return facts;
}

function operationModel(schema: StaticOperationSchema): OperationModel {
  const [, , name, traits, input, output] = schema;
  const http = typeof traits === 'object' ? (traits.http as HttpTrait | undefined) : undefined;
  return { name, input: input as Schema, output: output as Schema, http };
}

function errorModels(schema: StaticStructureSchema): [string, ErrorModel][] {
  const [, , shapeName, traits] = schema;
  if (typeof traits !== 'object') return [];
  const { awsQueryError, httpError } = traits as { awsQueryError?: readonly [string, number]; httpError?: number };
  const queryCode = awsQueryError?.[0] ?? shapeName;
  const model = { schema, shapeName, queryCode, status: awsQueryError?.[1] ?? httpError ?? 400 };
  return [
    [queryCode, model],
    [shapeName, model],
  ];
}

function isOperation(value: unknown): value is StaticOperationSchema {
  return Array.isArray(value) && value[0] === 9;
}

function clientConfig(service: Service): ClientConfig {
  const entry = Object.entries(service.sdk).find(([name]) => name.endsWith('Client') && name !== '__Client');
  if (!entry) throw new Error(`the SDK module of service ${service.prefix} exports no client`);
  const Client = entry[1] as ClientConstructor;
  return new Client({ region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } }).config;
}

const models = new WeakMap<Service, ServiceModel>();

/** The model of a service; read from its SDK module once. */
export function modelOf(service: Service): ServiceModel {
  let model = models.get(service);
  if (!model) {
    model = new ServiceModel(service);
    models.set(service, model);
  }
  return model;
}
