/** The process died, as a Lambda function that is killed. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Counts calls of ports and kills at one of them. */
export interface Fuse {
  /** Calls that were made. */
  calls: number;
  /** Dies at this call, counted from 1; 0: never. */
  readonly killAt: number;
  /** Whether the call that kills has happened, its answer lost; or never arrived. */
  readonly moment: 'before' | 'after';
}

/** The same port, whose every method counts and may kill. Arguments and answers pass through as they are. */
export function interruptible<Port extends object>(port: Port, fuse: Fuse): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (...inputs: unknown[]) => {
        fuse.calls += 1;
        const dies = fuse.calls === fuse.killAt;
        if (dies && fuse.moment === 'before') throw new Killed(`before ${String(name)}`);
        const answer: unknown = await Reflect.apply(method, target, inputs);
        if (dies) throw new Killed(`after ${String(name)}`);
        return answer;
      };
    },
  });
}

/**
 * Runs a step whole to count its calls; then, for each call, dies before and after it and runs the step again, whole. `prepare` begins anew each
 * time, `assess` judges what is there in the end and is told where the first run died.
 * @returns how many calls the whole step makes, so that a test can say that there were some.
 */
export async function killedAtEveryCall<Answer>(steps: {
  prepare(): void;
  run(fuse: Fuse): Promise<Answer>;
  assess(answer: Answer, died: string): void;
}): Promise<number> {
  const whole: Fuse = { calls: 0, killAt: 0, moment: 'before' };
  steps.prepare();
  steps.assess(await steps.run(whole), 'nowhere');
  for (const moment of ['before', 'after'] as const) {
    for (let killAt = 1; killAt <= whole.calls; killAt += 1) {
      steps.prepare();
      const died = await steps.run({ calls: 0, killAt, moment }).then(
        () => 'not at all',
        (error: unknown) => (error instanceof Killed ? error.message : Promise.reject(error)),
      );
      steps.assess(await steps.run({ calls: 0, killAt: 0, moment }), died);
    }
  }
  return whole.calls;
}
