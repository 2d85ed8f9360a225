import { CborCodec, cbor } from '@smithy/core/cbor';
import { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../cloud/service.ts';
import { type Codec, statusOf } from './codec.ts';
import type { HttpResponse } from './http.ts';
import { queryCompatHeaders } from './json-codec.ts';
import type { ServiceModel } from './service-model.ts';

/** The server's side of rpcv2Cbor: `POST /service/<service>/operation/<operation>`. */
export function cborCodec(model: ServiceModel): Codec {
  const codec = new CborCodec();
  const respond = (
    status: number,
    requestId: string,
    body: Uint8Array,
    more: Record<string, string> = {},
  ): HttpResponse => ({
    status,
    headers: {
      'content-type': 'application/cbor',
      'smithy-protocol': 'rpc-v2-cbor',
      'x-amzn-requestid': requestId,
      ...more,
    },
    body,
  });
  return {
    async decode(request) {
      const name = /\/operation\/(\w+)/.exec(request.path)?.[1] ?? '';
      const operation = model.operation(name);
      if (!operation) throw new AwsError('UnknownOperationException', `Unknown operation ${name}`, { status: 404 });
      const empty = request.body.length === 0 || NormalizedSchema.of(operation.input).isUnitSchema();
      const input = empty ? {} : await codec.createDeserializer().read(operation.input as never, request.body);
      return { operation: name, input };
    },
    encode(operation, output, requestId) {
      if (NormalizedSchema.of(operation.output).isUnitSchema()) return respond(200, requestId, cbor.serialize({}));
      const serializer = codec.createSerializer();
      serializer.write(operation.output as never, output ?? {});
      return respond(200, requestId, Uint8Array.from(serializer.flush()));
    },
    encodeError(error, requestId) {
      const type = model.error(error.code)?.shapeName ?? error.code;
      const body = cbor.serialize({ __type: type, message: error.message, ...error.fields });
      return respond(statusOf(model, error), requestId, Uint8Array.from(body), queryCompatHeaders(model, error));
    },
  };
}
