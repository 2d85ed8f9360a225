import Table from 'cli-table3';
import { dump } from 'js-yaml';
import type { CommandContext } from './surroundings.ts';

/** One row of a table, by the names of its columns. */
export type Row = Readonly<Record<string, string | number | undefined>>;

/** What a result looks like to people. */
export type Human =
  | { readonly kind: 'rows'; readonly rows: readonly Row[]; readonly empty: string }
  | { readonly kind: 'fields'; readonly fields: Row };

const PLAIN = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
const NO_LINES = { 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' };
const NO_BORDERS = { ...PLAIN, ...NO_LINES, right: '', 'right-mid': '', middle: '  ' };

/** Writes a result as it was asked for: for people, or everything that is known for programs. */
export function print({ out, options }: CommandContext, value: unknown, human: Human): void {
  switch (options.output) {
    case 'json':
      out.write(`${JSON.stringify(value, null, 2)}\n`);
      return;
    case 'yaml':
      // What is undefined is not there, as in JSON.
      out.write(dump(JSON.parse(JSON.stringify(value)), { lineWidth: -1 }));
      return;
    case 'table':
      out.write(`${human.kind === 'rows' ? rows(human) : fields(human.fields)}\n`);
  }
}

function rows({ rows: all, empty }: Extract<Human, { kind: 'rows' }>): string {
  const [first] = all;
  if (!first) return empty;
  const names = Object.keys(first);
  return drawn([names.map((name) => name.toUpperCase()), ...all.map((row) => names.map((name) => row[name] ?? '-'))]);
}

function fields(all: Row): string {
  return drawn(Object.entries(all).map(([name, value]) => [name, value ?? '-']));
}

// Without lines and colours: the same on a screen, in a pipe and for a screen reader.
function drawn(lines: readonly (readonly (string | number)[])[]): string {
  const table = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...lines.map((line) => line.map(String)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `512 B`, `3.4 MiB`. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** `42s`, `12m`, `5h`, `3d`: the largest unit of which there are two. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
