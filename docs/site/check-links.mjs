// Follows every link of the built site, and every anchor, from its first page on; what leads elsewhere is not followed. A broken link, or a page that none leads to, fails.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { LinkChecker } from 'linkinator';

const TYPES = { '.html': 'text/html', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain' };
const server = createServer(({ url = '/' }, response) => {
  const path = join('.docs', decodeURI(new URL(url, 'http://localhost').pathname));
  const file = url === '/' ? '.docs/index.html' : path;
  if (!existsSync(file) || statSync(file).isDirectory()) return void response.writeHead(404).end();
  response
    .writeHead(200, { 'content-type': `${TYPES[extname(file)] ?? 'text/plain'}; charset=utf-8` })
    .end(readFileSync(file));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const origin = `http://127.0.0.1:${server.address().port}/`;

const { links } = await new LinkChecker().check({
  path: [origin],
  recurse: true,
  checkFragments: true,
  concurrency: 20,
  linksToSkip: [`^(?!${origin})`],
});
server.close();
const broken = links.filter(({ state }) => state === 'BROKEN');
const reached = new Set(links.map(({ url }) => decodeURI(new URL(url).pathname).slice(1)));
const pages = globSync('**/*.html', { cwd: '.docs' }).filter((path) => !path.startsWith('source/'));
const lost = pages.filter((path) => !reached.has(path));
for (const { url, parent } of broken) console.error(`${parent}: ${url} leads nowhere`.replaceAll(origin, ''));
for (const path of lost) console.error(`${path}: no page leads there`);
console.error(`${pages.length} pages, ${links.length} links, ${broken.length + lost.length} broken`);
process.exitCode = pages.length > 0 && broken.length + lost.length === 0 ? 0 : 1;
