import { describe, expect, it } from 'vitest';
import { compileEventPattern } from '../../../../simulator/eventbridge/pattern.ts';

const fits = (pattern: object, event: unknown) => compileEventPattern(JSON.stringify(pattern)).matches(event);

describe('an event pattern', () => {
  it.each<[string, object, object, object]>([
    ['exact values', { a: ['x', 5, null] }, { a: 5.0 }, { a: 'y' }],
    ['a prefix', { a: [{ prefix: 'i-' }] }, { a: 'i-0' }, { a: 'j-i-' }],
    [
      'a suffix, whatever its case',
      { a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] },
      { a: 'b.png' },
      { a: 'png' },
    ],
    ['a text, whatever its case', { a: [{ 'equals-ignore-case': 'Alice' }] }, { a: 'aLICE' }, { a: 'alice2' }],
    ['a wildcard', { a: [{ wildcard: 'arn:*:instance/*' }] }, { a: 'arn:aws:instance/i' }, { a: 'arn:instance/i' }],
    ['anything but', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'z' }, { a: 'x' }],
    ['anything but a prefix', { a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'z' }, { a: 'xz' }],
    ['a range of numbers', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, { a: 0 }],
    ['a field that is not there', { a: [{ exists: false }] }, { b: 1 }, { a: 1 }],
    ['a network', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.0.255' }, { a: '10.0.1.0' }],
    ['one of several', { $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, { a: 2, b: 1 }],
    ['an element of a list', { a: ['x'] }, { a: ['w', 'x'] }, { a: [] }],
    ['one object of a list', { l: { a: [1], b: [2] } }, { l: [{ a: 1, b: 2 }] }, { l: [{ a: 1 }, { b: 2 }] }],
  ])('knows %s', (_, pattern, fitting, other) => {
    expect([fits(pattern, fitting), fits(pattern, other)]).toEqual([true, false]);
  });

  it.each<[string, object]>([
    ['a value outside a list', { a: 'x' }],
    ['an empty list', { a: [] }],
    ['an unknown filter', { a: [{ begins: 'x' }] }],
    ['a single alternative', { $or: [{ a: [1] }] }],
    ['half a range', { a: [{ numeric: ['>'] }] }],
  ])('is refused with %s', (_, pattern) => {
    expect(() => fits(pattern, {})).toThrow(
      expect.objectContaining({
        code: 'InvalidEventPatternException',
        message: expect.stringMatching(/^Event pattern is not valid\. Reason: ./),
      }),
    );
  });
});
