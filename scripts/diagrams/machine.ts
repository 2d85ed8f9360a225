import { readFileSync } from 'node:fs';
import { DEFAULT_SCHEMA, load, Type } from 'js-yaml';

/** A state, as far as a picture of it goes. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Seconds?: string | number;
  readonly Next?: string;
  readonly Default?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts?: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Branches?: readonly Machine[];
  readonly ItemProcessor?: Machine;
}

export interface Machine {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

// CloudFormation's short forms (!GetAtt, !Ref, !Sub) stand for their text.
const schema = DEFAULT_SCHEMA.extend(
  new Type('!', { kind: 'scalar', multi: true, construct: (text: unknown) => String(text) }),
);

/** Reads one ASL file. What is read was validated when the stack was packaged, so its shape is believed. */
export function readMachine(path: string): Machine {
  return load(readFileSync(path, 'utf8'), { schema }) as Machine;
}

/** The sentences that open the file: what starts the machine, and its input by hand. */
export function openingComment(path: string): string {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('#')),
    )
    .map((line) => line.replace(/^# ?/, '').replace(/\{".*\}/, '`$&`'))
    .join('\n');
}
