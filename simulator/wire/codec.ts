import { AwsError } from '../cloud/service.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import type { OperationModel, ServiceModel } from './service-model.ts';

/** A request that was understood: the operation's name and its input as the SDK types describe it. */
export interface DecodedCall {
  readonly operation: string;
  readonly input: unknown;
}

/** The server's side of one wire protocol of one service. */
export interface Codec {
  /** @throws AwsError when the request names no operation of the service or is malformed. */
  decode(request: HttpRequest): Promise<DecodedCall>;
  encode(operation: OperationModel, output: unknown, requestId: string): HttpResponse;
  encodeError(error: AwsError, requestId: string): HttpResponse;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** UTF-8 bytes of a text. */
export function toBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? encoder.encode(text) : text;
}

/** The text of UTF-8 bytes. */
export function toText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The HTTP status of an error: its own, else what the model says, else 400. */
export function statusOf(model: ServiceModel, error: AwsError): number {
  return error.status ?? model.error(error.code)?.status ?? 400;
}

/** A percent-encoded part of a path. @throws AwsError InvalidURI when the encoding is broken. */
export function decodePathPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.", { status: 400 });
  }
}
