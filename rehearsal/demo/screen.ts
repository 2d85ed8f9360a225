import { createLogUpdate } from 'log-update';
import type { Sentence } from './narrate.ts';
import { renderBoard, toldSince } from './render-board.ts';
import { joinTimeoutSeconds, type Story } from './story.ts';

/** Where a story is shown while it happens. */
export interface Screen {
  /** Ends what is live; what comes next is written below it. */
  close(): void;
}

const redrawMs = 200;
const lookAtEtcdMs = 500;
const sentencesShown = 8;

/** Whether a stream is a terminal that may be redrawn: no pipe, and nobody asked for plain lines (NO_COLOR, CI). */
export function isLive(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && !env.NO_COLOR && !env.CI && env.TERM !== 'dumb';
}

/** One line for each thing that happens. */
export function plainScreen(story: Story, stream: NodeJS.WritableStream): Screen {
  let open = true;
  story.listen((sentence) => {
    if (open) stream.write(`${toldSince(sentence, story.beganAt)}\n`);
  });
  return {
    close: () => {
      open = false;
    },
  };
}

/** The board and the last sentences, redrawn in place. */
export function liveScreen(story: Story, stream: NodeJS.WriteStream, speed: number): Screen {
  const update = createLogUpdate(stream);
  const latest: Sentence[] = [];
  story.listen((sentence) => latest.splice(0, latest.length, ...[...latest, sentence].slice(-sentencesShown)));
  const draw = () => {
    const { beganAt, now, load, title, members } = story;
    const width = stream.columns ?? 120;
    const settings = { now, beganAt, speed, joinTimeoutSeconds, title, load, members, latest, width, colored: true };
    update(renderBoard(story.board, settings).join('\n'));
  };
  draw();
  const timer = setInterval(draw, redrawMs);
  const look = setInterval(() => void story.lookAtEtcd().catch(() => {}), lookAtEtcdMs);
  return {
    close: () => {
      clearInterval(timer);
      clearInterval(look);
      draw();
      update.done();
    },
  };
}
