#!/usr/bin/env node
// The `tender` command with any Node from 20 on: runs cli/main.ts on the Node that is installed here, where the caller stands.
// Plain JavaScript, because neither TypeScript nor a package can be counted on in an older Node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const node = existsSync(own) ? own : process.execPath;
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
// What was compiled once is kept, so that words and completions come at once.
const cache = fileURLToPath(new URL('../node_modules/.cache/tender', import.meta.url));
const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { NODE_COMPILE_CACHE: cache, ...process.env },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`${node} cannot be run: ${error.message}. Run npm ci first.`);
  process.exitCode = 1;
});
child.on('close', (code, signal) => {
  process.exitCode = signal ? 130 : (code ?? 1);
});
