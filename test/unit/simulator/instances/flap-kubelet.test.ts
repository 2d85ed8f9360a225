import { expect, it } from 'vitest';
import { flapKubelet } from '../../../../simulator/instances/flap-kubelet.ts';
import type { Machine } from '../../../../simulator/instances/machine.ts';
import { World } from '../../../../simulator/world/world.ts';

it('a kubelet flaps until it is told to stop, and runs then', async () => {
  const world = new World({ seed: 1 });
  const done: string[] = [];
  const machine = { world, instanceId: 'i-1', systemctl: (verb: string) => done.push(verb) } as unknown as Machine;

  const settle = flapKubelet(machine, { downMs: 10_000, upMs: 20_000 });
  await world.advance(65_000);
  settle();
  await world.advance(65_000);

  expect(done).toEqual(['stop', 'start', 'stop', 'start', 'stop', 'start']);
});
