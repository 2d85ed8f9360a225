import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { FaultScenario } from '../../support/scenarios/fault-scenario.ts';

/** The world of a scenario that this function alone has held. */
type Play = () => Promise<WeakRef<object>>;

const joinsAfterAKill: Play = async () => {
  const scenario = await FaultScenario.prepare({ packaged: true });
  scenario.plant((call) => call.functionName?.endsWith('-admit-node') === true && call.mutating, {
    kind: 'kill-before',
  });
  await scenario.launch();
  await scenario.comesToRest();
  expect(scenario.cluster.inService()).toHaveLength(1);
  return new WeakRef(scenario.world);
};

const breaksOff: Play = async () => {
  const scenario = await FaultScenario.prepare({ packaged: true });
  await scenario.launch();
  await scenario.world.until('a function runs', () => scenario.cloud.functions.running().length > 0);
  return new WeakRef(scenario.world);
};

/** Whether nothing in the process leads to it any more. */
async function isForgotten(world: WeakRef<object>): Promise<boolean> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    // A WeakRef that was asked holds on until the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    if (world.deref() === undefined) return true;
  }
  return false;
}

// Thousands of worlds are played in one process: what one of them leaves behind is some 30 MB.
const long = process.env.TENDER_LONG !== undefined;

describe.runIf(long)('a world that nobody holds', { timeout: 120_000 }, () => {
  it('is collected, whatever died in it', async () => {
    expect(await isForgotten(await joinsAfterAKill())).toBe(true);
  });

  it('is collected when it is left in the middle of an invocation', async () => {
    expect(await isForgotten(await breaksOff())).toBe(true);
  });
});
