import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blob, count, flag, id, inner, list, message, text } from '../../../src/etcd-client/protobuf-message.ts';

const Inner = message({ name: text(1), size: count(2) });
const Everything = message({
  id: id(1),
  count: count(2),
  flag: flag(3),
  text: text(4),
  blob: blob(5),
  inner: inner(6, Inner),
  texts: list(text(7)),
  inners: list(inner(8, Inner)),
});

const size = fc.maxSafeInteger();
const innerValue = fc.record({ name: fc.string({ unit: 'grapheme' }), size });
const value = fc.record({
  id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((number) => number.toString(16)),
  count: size,
  flag: fc.boolean(),
  text: fc.string({ unit: 'grapheme' }),
  blob: fc.uint8Array({ maxLength: 200 }),
  inner: innerValue,
  texts: fc.array(fc.string()),
  inners: fc.array(innerValue),
});

describe('message', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(value, (written) => void expect(Everything.decode(Everything.encode(written))).toEqual(written)),
    );
  });

  it('fills in what is not mentioned', () => {
    expect(Everything.decode(new Uint8Array())).toEqual({
      id: '0',
      count: 0,
      flag: false,
      text: '',
      blob: new Uint8Array(),
      inner: { name: '', size: 0 },
      texts: [],
      inners: [],
    });
  });

  it('skips fields that it does not know, and known ones of another type', () => {
    const writer = new BinaryWriter();
    writer.tag(99, WireType.LengthDelimited).string('of a later version');
    writer.tag(2, WireType.LengthDelimited).string('once a number');
    writer.tag(4, WireType.LengthDelimited).string('kept');

    expect(Everything.decode(writer.finish())).toMatchObject({ count: 0, text: 'kept' });
  });

  it('refuses a message that is cut off within a field', () => {
    const bytes = Inner.encode({ name: 'a name', size: 1 });

    expect(() => Inner.decode(bytes.subarray(0, 4))).toThrow();
  });

  it('refuses a count that JavaScript cannot hold, and keeps ids of 64 bits exact', () => {
    const number = message({ value: count(1) });
    const bytes = message({ value: id(1) }).encode({ value: '7fffffffffffffff' });

    expect(() => number.decode(bytes)).toThrow('above 2^53');
    expect(message({ value: id(1) }).decode(bytes)).toEqual({ value: '7fffffffffffffff' });
  });
});
