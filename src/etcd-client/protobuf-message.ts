import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** One field of a message: its number, and how its values are written and read. */
export interface Field<T> {
  readonly number: number;
  readonly wireType: WireType;
  /** What it is when the message does not mention it. */
  empty(): T;
  /** What it is after one more occurrence; a repeated field grows, any other is replaced. */
  read(reader: BinaryReader, before: T): T;
  write(writer: BinaryWriter, value: T): void;
}

/** The type of a field's values. */
type ValueOf<F> = F extends Field<infer T> ? T : never;

/** A protobuf message: reads and writes plain objects. */
export interface Message<T> {
  /** Fields that it does not know are skipped, so that a newer server is understood. @throws Error when it is cut off or malformed. */
  decode(bytes: Uint8Array): T;
  encode(value: Partial<T>): Uint8Array;
}

/** Declares a message by its fields. */
export function message<F extends Readonly<Record<string, Field<unknown>>>>(
  fields: F,
): Message<{ readonly [K in keyof F]: ValueOf<F[K]> }> {
  const names = new Map(Object.entries(fields).map(([name, { number }]) => [number, name]));
  return {
    decode(bytes) {
      const reader = new BinaryReader(bytes);
      const values: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(fields)) values[name] = field.empty();
      while (reader.pos < reader.len) {
        const [number, wireType] = reader.tag();
        const name = names.get(number) ?? '';
        const field = fields[name];
        if (field?.wireType === wireType) values[name] = field.read(reader, values[name]);
        else reader.skip(wireType, number);
      }
      return values as { [K in keyof F]: ValueOf<F[K]> };
    },
    encode(value) {
      const writer = new BinaryWriter();
      for (const [name, field] of Object.entries(fields)) {
        if (name in value) field.write(writer, value[name]);
      }
      return writer.finish();
    },
  };
}

/** A count, size, index or revision, signed or not. Etcd's stay far below 2^53. */
export function count(number: number): Field<number> {
  return {
    number,
    wireType: WireType.Varint,
    empty: () => 0,
    read: (reader) => safeNumber(reader.int64()),
    write: (writer, value) => void writer.tag(number, WireType.Varint).int64(value),
  };
}

/** An id of 64 bits, as etcdctl shows it: hexadecimal without leading zeros; `0` stands for none. */
export function id(number: number): Field<string> {
  return {
    number,
    wireType: WireType.Varint,
    empty: () => '0',
    read: (reader) => BigInt(reader.uint64()).toString(16),
    write: (writer, value) => void writer.tag(number, WireType.Varint).uint64(BigInt(`0x${value}`)),
  };
}

/** True or false; false when it is not mentioned. */
export function flag(number: number): Field<boolean> {
  return {
    number,
    wireType: WireType.Varint,
    empty: () => false,
    read: (reader) => reader.bool(),
    write: (writer, value) => void writer.tag(number, WireType.Varint).bool(value),
  };
}

/** Text; empty when it is not mentioned. */
export function text(number: number): Field<string> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    empty: () => '',
    read: (reader) => reader.string(),
    write: (writer, value) => void writer.tag(number, WireType.LengthDelimited).string(value),
  };
}

/** Bytes; what is read is a view on the message, not a copy. */
export function blob(number: number): Field<Uint8Array> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    empty: () => new Uint8Array(),
    read: (reader) => reader.bytes(),
    write: (writer, value) => void writer.tag(number, WireType.LengthDelimited).bytes(value),
  };
}

/** A message within the message; when it is not mentioned, one without any field. */
export function inner<T>(number: number, type: Message<T>): Field<T> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    empty: () => type.decode(new Uint8Array()),
    read: (reader) => type.decode(reader.bytes()),
    write: (writer, value) => void writer.tag(number, WireType.LengthDelimited).bytes(type.encode(value)),
  };
}

/** A repeated field of texts or messages; numbers, which may come packed, are not needed here. */
export function list<T>(field: Field<T>): Field<readonly T[]> {
  return {
    number: field.number,
    wireType: field.wireType,
    empty: () => [],
    read: (reader, before) => [...before, field.read(reader, field.empty())],
    write: (writer, values) => {
      for (const value of values) field.write(writer, value);
    },
  };
}

function safeNumber(value: bigint | string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is no count: it is above 2^53`);
  return number;
}
