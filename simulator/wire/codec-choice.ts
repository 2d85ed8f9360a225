import { cborCodec } from './cbor-codec.ts';
import type { Codec } from './codec.ts';
import type { HttpRequest } from './http.ts';
import { awsJsonCodec } from './json-codec.ts';
import { queryCodec } from './query-codec.ts';
import { restCodec } from './rest-codec.ts';
import { s3Target } from './s3-address.ts';
import type { ServiceModel } from './service-model.ts';

const rest = new WeakMap<ServiceModel, Codec>();

/**
 * The codec for a request to a service. RPC services are spoken to in several protocols (the SDK for JavaScript and botocore do
 * not choose the same one for CloudWatch and SQS): the request's own headers tell.
 */
export function codecFor(model: ServiceModel, request: HttpRequest): Codec {
  if (model.protocol === 'restXml' || model.protocol === 'restJson1') return restCodecOf(model);
  const type = request.headers['content-type'] ?? '';
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor' || type.startsWith('application/cbor'))
    return cborCodec(model);
  if (type.startsWith('application/x-amz-json-1.1')) return awsJsonCodec(model, '1.1');
  if (type.startsWith('application/x-amz-json-1.0') || request.headers['x-amz-target'] !== undefined)
    return awsJsonCodec(model, '1.0');
  return queryCodec(model);
}

// Its routes take a while to make.
function restCodecOf(model: ServiceModel): Codec {
  let codec = rest.get(model);
  if (!codec) {
    codec = model.service.prefix === 's3' ? restCodec(model, s3Target) : restCodec(model);
    rest.set(model, codec);
  }
  return codec;
}
