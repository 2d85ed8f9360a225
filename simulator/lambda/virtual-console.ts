import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format } from 'node:util';

export interface VirtualConsoleOptions {
  readonly now: () => number;
  /** Of the invocation that runs; undefined during initialisation, which Lambda prints as such. */
  readonly requestId: () => string | undefined;
  readonly writeLine: (line: string) => void;
}

const LEVELS: Readonly<Record<string, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
};

/**
 * The `console` of a sandbox, in Lambda's text format: time, request id, level and message, by tabs. A message of
 * several lines stays one log event.
 * Source: docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
export function virtualConsole(options: VirtualConsoleOptions): Console {
  const write = (level: string, text: string): void => {
    const time = new Date(options.now()).toISOString();
    options.writeLine(`${time}\t${options.requestId() ?? 'undefined'}\t${level}\t${text}`);
  };
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, callback) => {
      write('INFO', chunk.toString().replace(/\n$/, ''));
      callback();
    },
  });
  const methods = Object.entries(LEVELS).map(([method, level]) => [
    method,
    (...args: unknown[]) => write(level, format(...args)),
  ]);
  return Object.assign(new Console({ stdout: sink, stderr: sink }), Object.fromEntries(methods));
}
