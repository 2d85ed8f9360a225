import { describe, expect, it } from 'vitest';
import { carryOut, changesOf, takeBack, type Undoing } from '../../../src/adoption/carry-out.ts';
import type { AdoptionRecord, AdoptionRecords, Json, Thing, Things, Wanted } from '../../../src/adoption/ports.ts';

const tag = (name: string): Thing => ({ kind: 'tag', group: 'workers', name });
const now = () => new Date('2026-03-01T12:00:00Z');
const nothing = () => undefined;

/** A world of things by name, that may refuse the nth write. */
class World implements Things {
  readonly #values: Map<string, Json>;
  refuse = 0;

  constructor(values: Readonly<Record<string, Json>>) {
    this.#values = new Map(Object.entries(values));
  }

  async read(thing: Thing): Promise<Json> {
    return this.#values.get('name' in thing ? thing.name : '') ?? null;
  }

  async write({ name }: Thing, value: Json): Promise<void> {
    if (this.refuse > 0 && --this.refuse === 0) throw new Error('the shell was closed');
    if (value === null) this.#values.delete(name);
    else this.#values.set(name, value);
  }

  get values(): Record<string, Json> {
    return Object.fromEntries([...this.#values].sort());
  }
}

function memory(): AdoptionRecords & { record: AdoptionRecord | undefined } {
  return {
    record: undefined,
    async read() {
      return this.record;
    },
    async write(record) {
      this.record = structuredClone(record);
    },
    async delete() {
      this.record = undefined;
    },
  };
}

const wanted: readonly Wanted[] = [
  { thing: tag('a'), after: { value: 'new' } },
  { thing: tag('b'), after: { value: 'new' } },
  { thing: tag('c'), after: { value: 'new' } },
];

async function adopt(things: World, records: AdoptionRecords, what: readonly Wanted[] = wanted): Promise<void> {
  await carryOut('demo', await changesOf(what, things), { things, records, uid: 'uid-1', now, made: nothing });
}

function taken(
  records: ReturnType<typeof memory>,
  things: World,
  {
    changed = 'refuse',
    atRest = async () => undefined,
    made = [],
  }: { changed?: 'refuse' | 'keep' | 'take'; atRest?: () => Promise<void>; made?: string[] } = {},
): ReturnType<typeof takeBack> {
  if (!records.record) throw new Error('there is no record');
  const note = ({ change }: Undoing) => void made.push(change.thing.name);
  return takeBack(records.record, { things, records, changed, atRest, made: note });
}

describe('an adoption', () => {
  const before = { b: { value: 'old', more: true }, c: { value: 'new', by: 'somebody' }, z: { value: 'else' } };

  it('changes what is not as it is wanted, and taking it back restores the world', async () => {
    const [things, records] = [new World(before), memory()];

    await adopt(things, records);

    expect(things.values).toEqual({ ...before, a: { value: 'new' }, b: { value: 'new' } });
    expect(records.record?.changes.map(({ thing }) => thing)).toEqual([tag('a'), tag('b')]);
    expect(await taken(records, things)).toEqual([]);
    expect(things.values).toEqual(before);
    expect(records.record).toBeUndefined();
  });

  it.each([1, 2])('stopped before change %i goes on, and remembers what was there before the first', async (nth) => {
    const [things, records] = [new World(before), memory()];
    things.refuse = nth;
    await expect(adopt(things, records)).rejects.toThrow('the shell was closed');

    await adopt(things, records);
    await adopt(things, records);

    expect(records.record?.changes.map((change) => change.before)).toEqual([null, before.b]);
    await taken(records, things);
    expect(things.values).toEqual(before);
  });

  it.each([
    ['refuse', ['a', 'b'], 'AdoptionChanged'],
    ['keep', ['b'], undefined],
    ['take', [], undefined],
  ] as const)('asked to %s what somebody has changed since, leaves %s', async (changed, left, error) => {
    const [things, records] = [new World({ z: { value: 'else' } }), memory()];
    await adopt(things, records);
    await things.write(tag('b'), { value: 'theirs' });
    const work = taken(records, things, { changed });

    if (error)
      await expect(work).rejects.toMatchObject({
        name: error,
        message: expect.stringContaining('b of workers: value'),
      });
    else expect((await work).map(({ change }) => change.thing.name)).toEqual(left);

    expect(Object.keys(things.values)).toEqual(error ? ['a', 'b', 'c', 'z'] : [...left, 'z']);
    expect(records.record === undefined).toBe(error === undefined);
  });

  const hook: Thing = { kind: 'hook', group: 'workers', name: 'hook' };
  const entry: Thing = { kind: 'parameter', name: 'entry' };
  const whole = [
    { thing: entry, after: 'name: demo\nhealth:\n  repair: notify\n' },
    { thing: hook, after: { heartbeatTimeout: 300 } },
    { thing: tag('late'), after: { value: 'new' } },
  ];

  it.each([
    [hook, { heartbeatTimeout: 900 }, 'hook hook of workers: heartbeatTimeout'],
    [entry, 'name: demo\nhealth:\n  repair: on\n', 'parameter entry: health.repair'],
  ])('never keeps %o without what answers it', async (thing, now, words) => {
    const [things, records] = [new World({}), memory()];
    await adopt(things, records, whole);
    await things.write(thing, now);
    const before = things.values;

    await expect(taken(records, things, { changed: 'keep' })).rejects.toThrow(words);

    expect(things.values).toEqual(before);
  });

  it('takes hooks and tags off first, and the rest when no work is left', async () => {
    const [things, records] = [new World({}), memory()];
    await adopt(things, records, whole);
    const made: string[] = [];
    const busy = async () => {
      throw new Error('a retirement has begun');
    };

    await expect(taken(records, things, { atRest: busy, made })).rejects.toThrow('a retirement has begun');
    expect([made, Object.keys(things.values)]).toEqual([['hook', 'late'], ['entry']]);
    await taken(records, things, { made });
    expect([made, things.values, records.record]).toEqual([['hook', 'late', 'entry'], {}, undefined]);
  });

  it('does nothing to what somebody has taken back already', async () => {
    const [things, records] = [new World({}), memory()];
    await adopt(things, records);
    await things.write(tag('a'), null);
    const made: string[] = [];

    await taken(records, things, { made });

    expect(made).toEqual(['c', 'b']);
    expect(things.values).toEqual({});
  });
});
