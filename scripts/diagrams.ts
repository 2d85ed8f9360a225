import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readArguments } from './arguments.ts';
import { type ByHand, byHand } from './diagrams/by-hand.ts';
import { openingComment, readMachine } from './diagrams/machine.ts';
import { page } from './diagrams/page.ts';

const HELP = `Draws every statemachines/<name>.asl.yaml as docs/diagrams/<name>.md (Mermaid).

  npx node scripts/diagrams.ts [--check]

  --check   write nothing; fail when a drawing is missing, stale, or of no machine
  --help    this text
`;

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'docs', 'diagrams');
const { values } = readArguments({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } }, HELP);

if (values.help) process.stdout.write(HELP);
else if (values.check) check();
else write();

/** Path of each drawing from docs/diagrams, with its text. */
function drawings(): ReadonlyMap<string, string> {
  const machines = globSync('statemachines/*.asl.yaml', { cwd: root })
    .sort()
    .map((path) => ({ path: join(root, path), name: basename(path, '.asl.yaml') }));
  return new Map(
    machines.map(({ path, name }) => [
      `${name}.md`,
      page(name, readMachine(path), openingComment(path), startOf(name)),
    ]),
  );
}

function startOf(name: string): ByHand | null {
  const start = byHand[name];
  if (start === undefined) throw new Error(`${name}: say in scripts/diagrams/by-hand.ts how a person starts it`);
  return start;
}

function existing(): readonly string[] {
  return globSync('*.md', { cwd: folder });
}

function write(): void {
  const wanted = drawings();
  mkdirSync(folder, { recursive: true });
  for (const stale of existing().filter((file) => !wanted.has(file))) rmSync(join(folder, stale));
  for (const [file, text] of wanted) writeFileSync(join(folder, file), text);
}

function check(): void {
  const wanted = drawings();
  const wrong = [
    ...[...wanted]
      .filter(([file, text]) => textOf(file) !== text)
      .map(([file]) => `docs/diagrams/${file} is not current`),
    ...existing()
      .filter((file) => !wanted.has(file))
      .map((file) => `docs/diagrams/${file} is of no machine`),
  ];
  for (const line of wrong) process.stderr.write(`${line}: npx node scripts/diagrams.ts\n`);
  if (wrong.length > 0) process.exitCode = 1;
}

function textOf(file: string): string | undefined {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
