import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DEFAULT_SCHEMA, load, type Schema, Type } from 'js-yaml';
import { root } from './source-files.ts';

/** A state, as far as rules look at it. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Output?: unknown;
  readonly Condition?: string;
  readonly Seconds?: unknown;
  readonly Timestamp?: unknown;
  readonly Items?: unknown;
  readonly Error?: unknown;
  readonly Cause?: unknown;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly TimeoutSeconds?: unknown;
  readonly HeartbeatSeconds?: unknown;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly Next: string;
    readonly Assign?: Readonly<Record<string, unknown>>;
    readonly Output?: unknown;
  }[];
  readonly Choices?: readonly {
    readonly Condition: string;
    readonly Next: string;
    readonly Assign?: Readonly<Record<string, unknown>>;
    readonly Output?: unknown;
  }[];
  readonly Branches?: readonly Definition[];
  readonly ItemProcessor?: Definition;
}

export interface Definition {
  readonly Comment?: string;
  readonly QueryLanguage?: string;
  readonly TimeoutSeconds?: number;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A machine of statemachines/, with `!GetAtt name.Arn` as `${function:name}`, `!Ref X` as `${ref:X}` and `!Sub` as its text. */
export interface StateMachineFile {
  readonly name: string;
  readonly path: string;
  readonly definition: Definition;
}

const tag = (name: string, construct: (text: string) => string) => new Type(name, { kind: 'scalar', construct });
const schema: Schema = DEFAULT_SCHEMA.extend([
  tag('!GetAtt', (text) => `\${function:${text.replace(/\.Arn$/, '')}}`),
  tag('!Ref', (text) => `\${ref:${text}}`),
  tag('!Sub', (text) => text),
]);

export function readStateMachines(): readonly StateMachineFile[] {
  return globSync('statemachines/*.asl.yaml', { cwd: root })
    .sort()
    .map((path) => ({
      name: basename(path, '.asl.yaml'),
      path,
      definition: load(readFileSync(join(root, path), 'utf8'), { schema }) as Definition,
    }));
}

/** Every state of a machine, those inside Map and Parallel too. */
export function statesOf(
  definition: Definition,
): readonly { readonly name: string; readonly state: State; readonly scope: Definition }[] {
  return Object.entries(definition.States).flatMap(([name, state]) => [
    { name, state, scope: definition },
    ...[...(state.Branches ?? []), ...(state.ItemProcessor ? [state.ItemProcessor] : [])].flatMap(statesOf),
  ]);
}
