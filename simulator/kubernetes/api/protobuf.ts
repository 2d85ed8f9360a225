import type { Fields } from './objects.ts';
import { StatusError } from './status-error.ts';

/** A field of a message: its JSON name and its type, a text or another message. */
interface FieldShape {
  readonly name: string;
  readonly message?: Shape;
}

type Shape = Readonly<Record<number, FieldShape>>;

const text = (name: string): FieldShape => ({ name });

// Numbers from k8s.io/api/authorization/v1 and authentication/v1, generated.proto.
const RESOURCE_ATTRIBUTES: Shape = {
  1: text('namespace'),
  2: text('verb'),
  3: text('group'),
  4: text('version'),
  5: text('resource'),
  6: text('subresource'),
  7: text('name'),
};
const ACCESS_SPEC: Shape = {
  1: { name: 'resourceAttributes', message: RESOURCE_ATTRIBUTES },
  2: { name: 'nonResourceAttributes', message: { 1: text('path'), 2: text('verb') } },
};

/** The kinds that kubectl sends as protobuf without being able to send them otherwise. */
const KINDS: Readonly<Record<string, Shape>> = {
  SelfSubjectAccessReview: { 2: { name: 'spec', message: ACCESS_SPEC } },
  SelfSubjectRulesReview: { 2: { name: 'spec', message: { 1: text('namespace') } } },
  SelfSubjectReview: {},
};

const MAGIC = Buffer.from('k8s\0', 'latin1');

function varint(bytes: Uint8Array, at: number): [number, number] {
  let value = 0;
  for (let index = at, scale = 1; ; index += 1, scale *= 128) {
    const byte = bytes[index];
    if (byte === undefined) throw new RangeError('truncated protobuf');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, index + 1];
  }
}

/** The fields of a message that have a length: number and bytes. Numbers of other wire types are skipped. */
function* lengthDelimited(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  for (let at = 0; at < bytes.length; ) {
    const [tag, afterTag] = varint(bytes, at);
    const [value, next] = varint(bytes, afterTag);
    if ((tag & 7) === 2) {
      yield [tag >> 3, bytes.subarray(next, next + value)];
      at = next + value;
    } else at = next;
  }
}

function decode(bytes: Uint8Array, shape: Shape): Fields {
  const fields: Fields = {};
  for (const [number, content] of lengthDelimited(bytes)) {
    const field = shape[number];
    if (field)
      fields[field.name] = field.message ? decode(content, field.message) : Buffer.from(content).toString('utf8');
  }
  return fields;
}

/**
 * Reads an object in Kubernetes' protobuf encoding: the magic, then runtime.Unknown around the message.
 * @throws StatusError UnsupportedMediaType for kinds that nothing here needs in this encoding.
 */
export function readProtobuf(body: Uint8Array): Fields {
  const start = Buffer.from(body.subarray(0, 4)).equals(MAGIC) ? body.subarray(4) : undefined;
  const unknown = start && decodeUnknown(start);
  const shape = unknown && KINDS[unknown.kind];
  if (!unknown || !shape)
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      `the simulated API server reads no protobuf of ${unknown?.kind ?? 'this'}: send application/json`,
    );
  return { apiVersion: unknown.apiVersion, kind: unknown.kind, ...decode(unknown.raw, shape) };
}

function decodeUnknown(bytes: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  let type: Fields = {};
  let raw: Uint8Array = new Uint8Array();
  for (const [number, content] of lengthDelimited(bytes)) {
    if (number === 1) type = decode(content, { 1: text('apiVersion'), 2: text('kind') });
    if (number === 2) raw = content;
  }
  return { apiVersion: String(type.apiVersion ?? ''), kind: String(type.kind ?? ''), raw };
}
