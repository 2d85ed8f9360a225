import type { WriteStream } from 'node:tty';
import { createLogUpdate } from 'log-update';
import type { Sink } from './surroundings.ts';

/** What is told while something takes its time. */
export interface Progress {
  /** A line that stays. */
  line(text: string): void;
  /** What goes on now: rewritten in place on a terminal, and not written at all elsewhere. */
  now(text: string): void;
  /** Nothing is rewritten any more. */
  end(): void;
}

/** Tells of progress on a terminal in place, and else with plain lines. */
export function progressOn(sink: Sink): Progress {
  if (sink.isTTY !== true) {
    return { line: (text) => void sink.write(`${text}\n`), now: () => undefined, end: () => undefined };
  }
  const update = createLogUpdate(sink as WriteStream, { showCursor: true });
  return {
    line(text) {
      update.clear();
      sink.write(`${text}\n`);
    },
    now: (text) => update(text),
    end() {
      update.clear();
      update.done();
    },
  };
}
