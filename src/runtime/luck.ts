import { setTimeout } from 'node:timers/promises';

/** Chance, and a pause of less than a second. Whoever would wait longer hands back to the state machine. */
export const luck = {
  random: (): number => Math.random(),
  pause: async (milliseconds: number): Promise<void> => {
    await setTimeout(milliseconds);
  },
};
