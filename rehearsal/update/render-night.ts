import Table from 'cli-table3';
import type { BoardNode, UpdateBoard } from './update-night.ts';

/** The whole board, for a terminal that can be drawn over. */
export function renderBoard(board: UpdateBoard): string {
  const table = new Table({ head: ['node', 'zone', 'version', 'state'], style: { head: [], border: [] } });
  for (const { name, zone, version, state } of board.nodes) table.push([name, zone, version, state]);
  return [headOf(board), table.toString()].join('\n');
}

/** One line, where nothing can be drawn over. */
export function lineOf(board: UpdateBoard): string {
  const states = ['joining', 'being emptied', 'leaves', 'not ready'].flatMap((state) => counted(board.nodes, state));
  const of = board.nodes.filter(({ version }) => version === board.target).length;
  return `${clock(board.at)}  ${board.phase.padEnd(11)} ${of}/${board.nodes.length} run version ${board.target}  ${board.why}${states.length > 0 ? ` (${states.join(', ')})` : ''}`;
}

function headOf(board: UpdateBoard): string {
  return `${clock(board.at)}  window ${board.window}  ${board.phase}, ${board.updated} updated\n${board.why}`;
}

function counted(nodes: readonly BoardNode[], wanted: string): string[] {
  const number = nodes.filter(({ state }) => state === wanted).length;
  return number === 0 ? [] : [`${number} ${wanted}`];
}

function clock(at: Date): string {
  return at.toISOString().slice(11, 19);
}
