import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import type { DemoMember } from '../etcd/demo-etcd.ts';
import type { LoadReport } from '../load/load-report.ts';
import type { Board, BoardRow, Step } from './board.ts';
import { steps } from './board.ts';
import { type Colors, createColors } from './colors.ts';
import { duration } from './duration.ts';
import type { Sentence } from './narrate.ts';

/** What a screen is drawn from, beside the board. */
export interface ScreenSettings {
  /** Epoch milliseconds of the world. */
  readonly now: number;
  /** When the story began. */
  readonly beganAt: number;
  /** Virtual seconds in a second. */
  readonly speed: number;
  /** Seconds an instance has to join. */
  readonly joinTimeoutSeconds: number;
  readonly width: number;
  readonly colored: boolean;
  /** What is being done now; empty when nothing is. */
  readonly title: string;
  /** What became of the requests; undefined before the first. */
  readonly load: LoadReport | undefined;
  /** Real members of etcd below the control plane; empty where there are none. */
  readonly members: readonly DemoMember[];
  /** The last of what happened, oldest first. */
  readonly latest: readonly Sentence[];
}

const titles: Readonly<Record<Step, string>> = {
  launching: 'launched',
  hook: 'hook',
  token: 'token',
  joined: 'joined',
  ready: 'Ready',
  targets: 'targets',
  inService: 'InService',
};

/** Draws the board as lines that fit the width. Pure. Elapsed times are virtual and count from each instance's launch. */
export function renderBoard(board: Board, settings: ScreenSettings): string[] {
  const colors = createColors(settings.colored);
  const { now, beganAt, speed, latest, width, title, load, members } = settings;
  const inService = board.rows.filter(({ state }) => state === 'in service').length;
  const clock = new Date(now).toISOString().slice(11, 19);
  const lines = [
    `${colors.bold(board.group)}  ${inService} of ${board.desired} in service   ${clock} of the local cloud, ${speed} × real time, ${duration(now - beganAt)} since the scale-out`,
    ...(title === '' ? [] : [title]),
    ...(load ? [requests(load, colors)] : []),
    ...(members.length > 0 ? [etcd(members, colors)] : []),
    '',
    ...table(board.rows, settings, colors),
    '',
    ...latest.map((sentence) => colors.dim(toldSince(sentence, beganAt))),
  ];
  return lines.map((line) => cliTruncate(line, Math.max(20, width)));
}

function requests({ answered, failed }: LoadReport, colors: Colors): string {
  const text = `requests: ${answered} answered, ${failed} failed`;
  return failed === 0 ? colors.green(text) : colors.red(text);
}

/** `etcd: m1 leader · m2 follower · m3 down`. */
function etcd(members: readonly DemoMember[], colors: Colors): string {
  const texts = members.map(({ name, role }) => (role === 'down' ? colors.red : colors.green)(`${name} ${role}`));
  return `etcd: ${texts.join(' · ')}`;
}

/** `+3m05s  i-0123456789abcdef0  Ready`: a sentence with its time since the beginning. */
export function toldSince({ at, instanceId, text }: Sentence, beganAt: number): string {
  return [`+${duration(at - beganAt)}`.padStart(8), ...(instanceId === undefined ? [] : [instanceId]), text].join('  ');
}

function table(rows: readonly BoardRow[], settings: ScreenSettings, colors: Colors): string[] {
  const cells = [
    ['instance', 'zone', ...steps.map((step) => titles[step]), 'waits for'].map(colors.dim),
    ...rows.map((row) => rowCells(row, settings, colors)),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => stringWidth(row[column] ?? ''))));
  return cells.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function rowCells(row: BoardRow, settings: ScreenSettings, colors: Colors): string[] {
  const paint = colorOf(row, colors);
  const launched = row.reached.launching ?? 0;
  const times = steps.map((step) => {
    const at = row.reached[step];
    if (at === undefined) return row.state === 'coming' ? '' : colors.dim('–');
    return step === 'launching' ? new Date(at).toISOString().slice(11, 19) : `+${duration(at - launched)}`;
  });
  return [paint(row.instanceId), row.zone, ...times, paint(statusOf(row, settings))];
}

function statusOf(row: BoardRow, { now, joinTimeoutSeconds }: ScreenSettings): string {
  if (row.state === 'in service') return 'nothing: it takes workloads';
  if (row.state === 'terminated') return 'terminated: it never joined';
  if (row.state === 'gone') return 'gone, and missed by nobody';
  if (row.state !== 'coming' || row.reached.joined !== undefined || row.claimedAt === undefined) return row.waitsFor;
  return `${row.waitsFor}, ${duration(Math.max(0, row.claimedAt + joinTimeoutSeconds * 1000 - now))} left`;
}

function colorOf({ state }: BoardRow, colors: Colors): (text: string) => string {
  if (state === 'in service') return colors.green;
  if (state === 'gone') return colors.dim;
  return state === 'coming' || state === 'leaving' ? colors.yellow : colors.red;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}
