import type { Environment } from '../src/runtime/settings.ts';

/** Where text goes. */
export interface Sink {
  write(text: string): unknown;
  /** Whether a person looks at it. */
  readonly isTTY?: boolean;
}

/** What a command has of the process that it runs in. */
export interface Surroundings {
  readonly environment: Environment;
  /** Results, and nothing else. */
  readonly out: Sink;
  /** What is said on the way, and what went wrong. */
  readonly err: Sink;
  now(): Date;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly output: Format;
  readonly stage: string;
  readonly region?: string | undefined;
}

/** How results are written. */
export type Format = 'table' | 'json' | 'yaml';

/** A command that has found its deployment. */
export interface CommandContext extends Surroundings {
  readonly options: CommonOptions;
}
