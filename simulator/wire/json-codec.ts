import { JsonCodec2 } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';
import { AwsError } from '../cloud/service.ts';
import { type Codec, statusOf, toBytes, toText } from './codec.ts';
import type { HttpResponse } from './http.ts';
import type { ServiceModel } from './service-model.ts';

/** Reads and writes shapes as JSON. `jsonName`: restJson1 renames members, awsJson does not. */
export class JsonShapes {
  readonly #codec: JsonCodec2;

  constructor(jsonName: boolean) {
    this.#codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: 7 }, jsonName });
  }

  /** @throws AwsError SerializationException when it is not JSON. */
  async read(schema: SchemaRef, body: Uint8Array): Promise<unknown> {
    if (body.length === 0 || NormalizedSchema.of(schema).isUnitSchema()) return {};
    try {
      return await this.#codec.createDeserializer().read(schema as never, toText(body));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new AwsError('SerializationException', error.message, { status: 400 });
    }
  }

  write(schema: SchemaRef, value: unknown): Uint8Array {
    if (NormalizedSchema.of(schema).isUnitSchema()) return toBytes('{}');
    const serializer = this.#codec.createSerializer();
    serializer.write(schema as never, value ?? {});
    return Uint8Array.from(serializer.flush());
  }

  /** The body of an error: its members as the model writes them. */
  errorBody(model: ServiceModel, error: AwsError): Record<string, unknown> {
    const schema = model.error(error.code)?.schema;
    if (!schema) return { message: error.message, ...error.fields };
    const named = schema[4].includes('Message') ? 'Message' : 'message';
    const body = JSON.parse(toText(this.write(schema, { ...error.fields, [named]: error.message })));
    return { ...body, [named]: error.message };
  }
}

/**
 * The code and fault of an error for clients that still expect the query protocol's codes.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
 */
export function queryCompatHeaders(model: ServiceModel, error: AwsError): Record<string, string> {
  const modelled = model.error(error.code);
  if (!modelled || modelled.queryCode === modelled.shapeName) return {};
  return { 'x-amzn-query-error': `${modelled.queryCode};${modelled.status < 500 ? 'Sender' : 'Receiver'}` };
}

/** The server's side of awsJson 1.0 and 1.1. */
export function awsJsonCodec(model: ServiceModel, version: '1.0' | '1.1'): Codec {
  const shapes = new JsonShapes(false);
  const respond = (
    status: number,
    requestId: string,
    body: Uint8Array,
    more: Record<string, string> = {},
  ): HttpResponse => ({
    status,
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amzn-requestid': requestId, ...more },
    body,
  });
  return {
    async decode(request) {
      const name = (request.headers['x-amz-target'] ?? '').split('.').pop() ?? '';
      const operation = model.operation(name);
      if (!operation) throw new AwsError('UnknownOperationException', `Unknown operation ${name}`, { status: 404 });
      return { operation: name, input: await shapes.read(operation.input, request.body) };
    },
    encode: (operation, output, requestId) => respond(200, requestId, shapes.write(operation.output, output)),
    encodeError(error, requestId) {
      const type = model.error(error.code)?.shapeName ?? error.code;
      const body = { __type: type, ...shapes.errorBody(model, error) };
      return respond(
        statusOf(model, error),
        requestId,
        toBytes(JSON.stringify(body)),
        queryCompatHeaders(model, error),
      );
    },
  };
}
