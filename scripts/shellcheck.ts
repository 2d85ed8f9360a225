import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readArguments } from './arguments.ts';
import { documentScripts } from './check/document-scripts.ts';

const HELP = `Runs shellcheck on every script that Tender brings to a machine: the shell files, and what SSM documents run.

  npx node scripts/shellcheck.ts

  --help      this text
`;

const root = resolve(import.meta.dirname, '..');
const { values } = readArguments({ options: { help: { type: 'boolean' } } }, HELP);

if (values.help) process.stdout.write(HELP);
else process.exitCode = checkAll();

function checkAll(): number {
  const folder = mkdtempSync(join(tmpdir(), 'shellcheck-'));
  try {
    const files = ['.ci/run', ...globSync('deploy/**/*.sh', { cwd: root })].map((file) => join(root, file));
    const shell = shellcheck(['--format=gcc', ...files]);
    return documents().reduce((status, document) => checkDocument(folder, document) || status, shell);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function documents(): string[] {
  return globSync('deploy/ssm-documents/*.yaml', { cwd: root }).sort();
}

// SC1128: the shebang is not in the first line, because each line has the number that it has in the document.
function checkDocument(folder: string, document: string): number {
  return documentScripts(readFileSync(join(root, document), 'utf8')).reduce((status, { name, line, script }) => {
    const file = join(folder, `${document.replaceAll('/', '.')}.${name}`);
    writeFileSync(file, '\n'.repeat(line - 1) + script);
    return shellcheck(['--format=gcc', '--shell=sh', '--exclude=SC1128', file]) || status;
  }, 0);
}

function shellcheck(args: readonly string[]): number {
  const { status } = spawnSync('shellcheck', args, { cwd: root, stdio: 'inherit' });
  return status ?? 1;
}
