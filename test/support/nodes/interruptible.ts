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
