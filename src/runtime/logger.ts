import { redact } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Further members of a log record. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one JSON line per record, with the fields it was made with, and secrets redacted. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** What a logger needs of its surroundings. */
export interface LogSink {
  now(): Date;
  /** Takes one line, without its newline. */
  write(line: string): void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

/** Reads a level as people write it (`INFO`, `warn`); anything else is `info`. */
export function logLevel(text: string | undefined): LogLevel {
  const lower = text?.toLowerCase();
  return lower !== undefined && lower in RANK ? (lower as LogLevel) : 'info';
}

/** A logger whose every record carries these fields. Records below the level are dropped. */
export function jsonLogger(sink: LogSink, level: LogLevel, context: LogFields): Logger {
  const at = (own: LogLevel) => (message: string, fields?: LogFields) => {
    if (RANK[own] < RANK[level]) return;
    const record = { level: own, time: sink.now().toISOString(), message, ...context, ...fields };
    sink.write(redact(JSON.stringify(record, withErrors)));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

// JSON.stringify makes {} of an Error. The cause is told by name and message: a chain of stacks drowns the record.
function withErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return typeof value === 'bigint' ? String(value) : value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause instanceof Error && { cause: `${cause.name}: ${cause.message}` }) };
}
