import type { Watch, WatchEvent } from './contract-target.ts';
import { parseBody } from './http-client.ts';

/** How long a test waits for an event, in real time: the local cloud answers at once, a real server within milliseconds. */
const patienceMs = 8_000;

/** Turns the chunks of a watch into events: one JSON object a line. */
export async function eventStream(
  status: number,
  chunks: AsyncIterable<Uint8Array>,
  close: () => void,
): Promise<Watch> {
  if (status !== 200) {
    return { status, refusal: parseBody(await wholeText(chunks)), next: () => Promise.resolve(undefined), close };
  }
  const events = readEvents(chunks);
  return {
    status,
    refusal: undefined,
    next: () => inTime(events.next().then(({ value }) => value as WatchEvent | undefined)),
    close,
  };
}

async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as WatchEvent;
  }
}

async function wholeText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no watch event within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
