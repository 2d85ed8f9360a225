import { XmlShapeDeserializer } from '@aws-sdk/core/protocols';
import { FromStringShapeDeserializer, ToStringShapeSerializer } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';
import { AwsError } from '../cloud/service.ts';
import { type Codec, statusOf, toBytes, toText } from './codec.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { JsonShapes } from './json-codec.ts';
import { type RestMatch, RestRoutes, type RestTarget } from './rest-route.ts';
import type { OperationModel, ServiceModel } from './service-model.ts';
import { errorElement, membersOf, structure, xmlDocument } from './xml.ts';

// How the bodies of one REST protocol look.
interface BodyFormat {
  readonly contentType: string;
  readonly settings: { timestampFormat: { useTrait: boolean; default: 5 | 7 }; httpBindings: boolean };
  read(schema: SchemaRef, body: Uint8Array): Promise<unknown>;
  write(schema: SchemaRef, value: unknown): Uint8Array;
  error(error: AwsError, requestId: string): { readonly headers: Record<string, string>; readonly body: Uint8Array };
}

/** What a REST request leaves when the bucket is taken out of host name or path; for other services, itself. */
export type Locate = (request: HttpRequest) => RestTarget;

/** A request as it is, for services that keep nothing in host names. */
export function plainTarget(request: HttpRequest): RestTarget {
  const [path = '/', query = ''] = request.path.split(/\?(.*)/s);
  return { method: request.method, path, query: new URLSearchParams(query), headers: request.headers, labels: {} };
}

/** The server's side of restXml and restJson1: the inverse of the HTTP bindings in the SDK's schemas. */
export function restCodec(model: ServiceModel, locate: Locate = plainTarget): Codec {
  const format = model.protocol === 'restXml' ? xmlFormat(model) : jsonFormat(model);
  const routes = new RestRoutes(model);
  return {
    async decode(request) {
      const target = locate(request);
      const match = routes.match(target);
      if (!match) {
        throw new AwsError(
          'NotImplemented',
          `${model.serviceId} has no operation for ${request.method} ${target.path}`,
          { status: 501 },
        );
      }
      return { operation: match.operation.name, input: await readInput(format, match, target, request.body) };
    },
    encode: (operation, output, requestId) =>
      writeOutput(model, format, operation, (output ?? {}) as Record<string, unknown>, requestId),
    encodeError(error, requestId) {
      const status = statusOf(model, error);
      if (status === 304) return { status, headers: requestIds(model, requestId), body: new Uint8Array() };
      const { headers, body } = format.error(error, requestId);
      return { status, headers: { ...headers, ...requestIds(model, requestId) }, body };
    },
  };
}

async function readInput(
  format: BodyFormat,
  match: RestMatch,
  target: RestTarget,
  body: Uint8Array,
): Promise<Record<string, unknown>> {
  const reader = new FromStringShapeDeserializer(format.settings);
  const input: Record<string, unknown> = {};
  const inBody: (readonly [string, NormalizedSchema])[] = [];
  for (const [name, member] of membersOf(match.operation.input)) {
    const traits = member.getMergedTraits();
    let value: unknown;
    if (traits.httpLabel) value = readOne(reader, member, match.labels[name]);
    else if (traits.httpQuery) value = readQuery(reader, member, target.query.getAll(traits.httpQuery));
    else if (traits.httpQueryParams) value = Object.fromEntries(target.query);
    else if (traits.httpHeader) value = readOne(reader, member, target.headers[traits.httpHeader.toLowerCase()]);
    else if (traits.httpPrefixHeaders !== undefined) value = prefixed(target.headers, traits.httpPrefixHeaders);
    else if (traits.httpPayload) value = await readPayload(format, member, body);
    else inBody.push([name, member]);
    if (value !== undefined) input[name] = value;
  }
  if (inBody.length > 0 && body.length > 0) {
    Object.assign(input, await format.read(structure(match.operation.name, inBody), body));
  }
  return input;
}

function readOne(reader: FromStringShapeDeserializer, member: NormalizedSchema, text: string | undefined): unknown {
  return text === undefined ? undefined : reader.read(member, text);
}

function readQuery(reader: FromStringShapeDeserializer, member: NormalizedSchema, values: readonly string[]): unknown {
  if (values.length === 0) return undefined;
  if (!member.isListSchema()) return reader.read(member, values[0] ?? '');
  return values.map((value) => reader.read(member.getValueSchema(), value));
}

function prefixed(headers: Readonly<Record<string, string>>, prefix: string): Record<string, string> | undefined {
  const lower = prefix.toLowerCase();
  const found = Object.entries(headers).filter(([name]) => name.startsWith(lower));
  return found.length === 0
    ? undefined
    : Object.fromEntries(found.map(([name, value]) => [name.slice(lower.length), value]));
}

async function readPayload(format: BodyFormat, member: NormalizedSchema, body: Uint8Array): Promise<unknown> {
  if (member.isBlobSchema() || member.isStreaming()) return body;
  if (body.length === 0) return undefined;
  return member.isStringSchema() ? toText(body) : format.read(member, body);
}

function writeOutput(
  model: ServiceModel,
  format: BodyFormat,
  operation: OperationModel,
  output: Readonly<Record<string, unknown>>,
  requestId: string,
): HttpResponse {
  const headers: Record<string, string> = requestIds(model, requestId);
  const writer = new ToStringShapeSerializer(format.settings);
  let status = operation.http?.[2] ?? 200;
  let body: Uint8Array | undefined;
  const inBody: (readonly [string, NormalizedSchema])[] = [];
  for (const [name, member] of membersOf(operation.output)) {
    const traits = member.getMergedTraits();
    const value = output[name];
    if (traits.httpResponseCode) status = Number(value ?? status);
    else if (traits.httpHeader) writeHeader(writer, headers, traits.httpHeader, member, value);
    else if (traits.httpPrefixHeaders !== undefined) writePrefixed(headers, traits.httpPrefixHeaders, value);
    else if (traits.httpPayload) body = writePayload(format, headers, member, value);
    else inBody.push([name, member]);
  }
  if (inBody.length > 0) {
    const { xmlName } = NormalizedSchema.of(operation.output).getMergedTraits();
    const name = xmlName ?? NormalizedSchema.of(operation.output).getName() ?? operation.name;
    body = format.write(structure(name, inBody), output);
    headers['content-type'] = format.contentType;
  }
  // No shape tells that a part of the content is answered otherwise; the header does.
  if (status === 200 && 'content-range' in headers) status = 206;
  return { status, headers, body: body ?? new Uint8Array() };
}

function writeHeader(
  writer: ToStringShapeSerializer,
  headers: Record<string, string>,
  name: string,
  member: NormalizedSchema,
  value: unknown,
): void {
  if (value === undefined || value === null) return;
  writer.write(member, value);
  headers[name.toLowerCase()] = writer.flush();
}

function writePrefixed(headers: Record<string, string>, prefix: string, value: unknown): void {
  for (const [name, text] of Object.entries((value ?? {}) as Record<string, string>))
    headers[`${prefix}${name}`.toLowerCase()] = text;
}

function writePayload(
  format: BodyFormat,
  headers: Record<string, string>,
  member: NormalizedSchema,
  value: unknown,
): Uint8Array | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return toBytes(value);
  headers['content-type'] = format.contentType;
  return format.write(member, value);
}

function requestIds(model: ServiceModel, requestId: string): Record<string, string> {
  return model.service.prefix === 's3'
    ? { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId }
    : { 'x-amzn-requestid': requestId };
}

function xmlFormat(model: ServiceModel): BodyFormat {
  const settings = { timestampFormat: { useTrait: true, default: 5 as const }, httpBindings: true };
  return {
    contentType: 'application/xml',
    settings,
    read: async (schema, body) => {
      try {
        return new XmlShapeDeserializer({ ...settings, xmlNamespace: model.xmlNamespace, serviceNamespace: '' }).read(
          schema as never,
          body,
        );
      } catch {
        const message = 'The XML you provided was not well-formed or did not validate against our published schema';
        throw new AwsError('MalformedXML', message, { status: 400 });
      }
    },
    write: (schema, value) => xmlDocument(schema, value, model.xmlNamespace),
    error: (error, requestId) => ({
      headers: { 'content-type': 'application/xml' },
      body: xmlError(model, error, requestId),
    }),
  };
}

// S3 answers a bare <Error>; the other restXml services wrap it in <ErrorResponse>.
function xmlError(model: ServiceModel, error: AwsError, requestId: string): Uint8Array {
  const s3 = model.service.prefix === 's3';
  const { schema, value } = errorElement(
    model,
    error,
    s3 ? {} : { withType: statusOf(model, error) < 500 ? 'Sender' : 'Receiver' },
  );
  if (!s3) {
    const document = structure('ErrorResponse', [
      ['Error', schema],
      ['RequestId', 0],
    ]);
    return xmlDocument(document, { Error: value, RequestId: requestId }, model.xmlNamespace);
  }
  const document = structure('Error', [...membersOf(schema), ['RequestId', 0], ['HostId', 0]]);
  return xmlDocument(document, { ...value, RequestId: requestId, HostId: requestId }, '');
}

function jsonFormat(model: ServiceModel): BodyFormat {
  const shapes = new JsonShapes(true);
  return {
    contentType: 'application/json',
    settings: { timestampFormat: { useTrait: true, default: 7 }, httpBindings: true },
    read: (schema, body) => shapes.read(schema, body),
    write: (schema, value) => shapes.write(schema, value),
    error: (error) => ({
      headers: {
        'content-type': 'application/json',
        'x-amzn-errortype': model.error(error.code)?.shapeName ?? error.code,
      },
      body: toBytes(JSON.stringify(shapes.errorBody(model, error))),
    }),
  };
}
