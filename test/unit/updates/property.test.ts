import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ModelOptions, UpdateModel } from '../../support/updates/model.ts';

const runs = process.env.TENDER_LONG === undefined ? 150 : 3000;
/** So many turns are more than any update of nine nodes takes, with everything that comes between. */
const TURNS = 4000;

const arbitrary = fc.record({
  seed: fc.integer(),
  role: fc.constantFrom('worker', 'worker', 'control-plane'),
  nodes: fc.integer({ min: 1, max: 9 }),
  room: fc.integer({ min: 0, max: 3 }),
  maxSurge: fc.integer({ min: 1, max: 3 }),
  maxUnavailable: fc.integer({ min: 1, max: 2 }),
  second: fc.constantFrom('joins', 'never-ready', 'fails-to-join', 'sick-later'),
  badFrom: fc.integer({ min: 1, max: 9 }),
  failingMoves: fc.constantFrom(0, 0, 10, 40),
  lostAnswers: fc.constantFrom(0, 20),
  holds: fc.boolean(),
});
type World = typeof arbitrary extends fc.Arbitrary<infer T> ? T : never;

function modelOf({
  seed,
  role,
  nodes,
  room,
  maxSurge,
  maxUnavailable,
  second,
  badFrom,
  failingMoves,
  lostAnswers,
}: World): UpdateModel {
  let state = seed >>> 0 || 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const options: ModelOptions = {
    nodes,
    role,
    room,
    random,
    failingMoves,
    lostAnswers,
    rules: { maxSurge, maxUnavailable, perGroup: 3 },
    second: (ordinal) => (ordinal >= badFrom ? second : 'joins'),
  };
  return new UpdateModel(options);
}

/** Plays until it is over; whoever is on call resumes what stopped, up to ten times, and the watch what waits. */
async function play(model: UpdateModel, between: (turn: number) => void = () => {}): Promise<string> {
  await model.begin();
  let resumed = 0;
  for (let turn = 0; turn < TURNS; turn += 1) {
    between(turn);
    const { verdict } = model.turn();
    if (verdict === 'again') continue;
    await model.settle();
    if (verdict === 'done' || verdict === 'rolled-back') return verdict;
    expect(model.suspended).toEqual([]);
    expect([...model.outdated]).toEqual([]);
    model.andon = false;
    model.open = true;
    model.away = false;
    model.pass(30);
    resumed += verdict === 'stop' ? 1 : 0;
    if (resumed > 10) return 'stopped';
    await model.begin({ resume: true });
  }
  throw new Error(`it does not end: ${model.record?.why}`);
}

function endOf(model: UpdateModel) {
  return {
    violations: model.violations,
    suspended: model.suspended,
    outdated: [...model.outdated],
    desired: model.desired,
  };
}

it('ends with one image, the group’s own size and nothing left, whatever fails on the way', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(arbitrary, async (world) => {
      const model = modelOf(world);
      const ended = await play(model, (turn) => {
        if (!world.holds) return;
        model.andon = turn % 211 === 36;
        model.open = turn % 307 !== 52;
        model.away = turn % 61 > 57;
      });
      model.pass(10);
      expect(endOf(model)).toEqual({
        violations: [],
        suspended: [],
        outdated: [],
        desired: ended === 'stopped' ? expect.any(Number) : world.nodes,
      });
      if (ended === 'stopped') return;
      const version = ended === 'done' ? '2' : '1';
      expect(new Set(model.members.map((one) => one.version))).toEqual(new Set([version]));
      expect(model.version).toBe(version);
      // What is bad from the first node on never gets any further than that.
      const shows = world.second !== 'joins' && (world.second !== 'sick-later' || world.nodes > 1);
      if (shows && world.badFrom === 1 && world.failingMoves === 0) expect(ended).toBe('rolled-back');
    }),
    { numRuns: runs, includeErrorInReport: true },
  );
});

it('ends with one image when spot instances go and others scale the group meanwhile', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitrary,
      fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom('spot', 'up', 'down')), { maxLength: 6 }),
      async (world, events) => {
        const model = modelOf({ ...world, second: 'joins', failingMoves: 0, holds: false });
        const ended = await play(model, (turn) => {
          for (const [at, what] of events) {
            if (at !== turn) continue;
            if (what === 'spot') model.interrupt(turn);
            else model.scale(what === 'up' ? 1 : -1);
          }
        });
        expect(['done', 'stopped', 'rolled-back']).toContain(ended);
        model.pass(20);
        if (ended !== 'done') return;
        expect(new Set(model.members.map((one) => one.version))).toEqual(new Set(['2']));
        expect([model.suspended, [...model.outdated]]).toEqual([[], []]);
      },
    ),
    { numRuns: runs, includeErrorInReport: true },
  );
});
