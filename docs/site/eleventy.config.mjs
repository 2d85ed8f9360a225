// Builds the site from the Markdown of the repository: no page is written twice, and nothing is fetched.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';
import {
  anchorOf,
  filesIn,
  folders,
  linkedFiles,
  linkFrom,
  listOf,
  navigation,
  pages,
  placeOf,
  root,
  textOf,
  titleOf,
} from './pages.mjs';

const OUTPUT = join(root, '.docs');
/** A picture takes up to a second, and is the same as long as its text is. */
const PICTURES = join(root, 'node_modules/.cache/tender-docs');

// biome-ignore lint/style/noDefaultExport: Eleventy calls what a configuration exports by default
export default function configure(eleventy) {
  const nav = navigation();
  const add = (path, text, place) =>
    eleventy.addTemplate(`pages/${path}`, text, {
      layout: 'layout.njk',
      permalink: place,
      source: path,
      title: titleOf(text, path),
      nav,
      up: posix.relative(dirname(place), '.') || '.',
    });
  for (const path of pages) add(path, textOf(path), placeOf(path));
  for (const folder of folders()) add(`${folder}/README.md`, listOf(folder), `${folder}/index.html`);
  eleventy.addPassthroughCopy({ [join('docs', 'site', 'style.css')]: 'style.css' });
  eleventy.amendLibrary('md', (markdown) => {
    markdown.set({ html: true });
    ofTheSite(markdown);
  });
  eleventy.addFilter('holds', ({ entries }, place) => entries.some((entry) => entry.place === place));
  eleventy.addFilter('from', (place, up) => posix.join(up, place));
  return { dir: { input: 'docs/site', includes: '_includes', output: '.docs' }, markdownTemplateEngine: false };
}

/** Links, headings and pictures as they are in the site. */
function ofTheSite(markdown) {
  markdown.core.ruler.push('links', ({ tokens, env }) => {
    for (const { children } of tokens)
      for (const token of children ?? []) if (token.type === 'link_open') relink(token, env.source);
  });
  markdown.core.ruler.push('anchors', ({ tokens }) => {
    tokens.forEach((token, index) => {
      if (token.type === 'heading_open')
        token.attrSet('id', anchorOf(tokens[index + 1].content.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')));
    });
  });
  const plain = markdown.renderer.rules.fence.bind(markdown.renderer.rules);
  markdown.renderer.rules.fence = (tokens, index, options, env, self) =>
    tokens[index].info === 'mermaid' ? figure(tokens[index].content, env) : plain(tokens, index, options, env, self);
}

/** A picture; of a workflow its good way, since all of it is as wide as a wall, and a link to that. */
function figure(text, { source }) {
  const way = overview(text);
  const name = `pictures/${basename(source, '.md')}.svg`;
  mkdirSync(join(OUTPUT, 'pictures'), { recursive: true });
  writeFileSync(join(OUTPUT, name), picture(text));
  const all = posix.relative(dirname(placeOf(source)), name);
  const link = `<figcaption><a href="${all}">${way ? 'All of it: conditions, and what happens when a step fails' : 'The picture alone'}</a></figcaption>`;
  return `<figure class="picture">${picture(way ?? text)}${link}</figure>`;
}

/** The states of the good way, without words on its edges; undefined: it is no workflow's picture. */
function overview(text) {
  const [, way] = /^ {2}subgraph way.*\n([\s\S]*?)^ {2}end$/m.exec(text) ?? [];
  if (way === undefined) return undefined;
  const states = new Set([...way.matchAll(/^ {4}(\w+)[[({]/gm)].map(([, state]) => state));
  const edges = [...text.matchAll(/^ {2}(\w+|start\(\(start\)\)) --(?:> | .* --> )(\w+)$/gm)]
    .filter(([, from, to]) => (states.has(from) || from.startsWith('start')) && states.has(to))
    .map(([, from, to]) => `  ${from} --> ${to}`);
  return `flowchart TD\n${way}${[...new Set(edges)].join('\n')}\n`;
}

function relink(token, source) {
  const link = token.attrGet('href');
  token.attrSet('href', linkFrom(source, link));
  if (/^(https?:|mailto:|#)/.test(link)) return;
  const path = posix.normalize(posix.join(dirname(source), link.split('#')[0])).replace(/\/$/, '');
  if (placeOf(path).startsWith('source/')) copy(path);
}

/** What is linked to and is no page is in the site as text. */
function copy(path) {
  for (const { place, isFolder } of linkedFiles([path])) {
    const target = join(OUTPUT, place);
    mkdirSync(dirname(target), { recursive: true });
    if (!isFolder) copyFileSync(join(root, path), target);
    else
      writeFileSync(
        target,
        `<!doctype html><title>${path}</title><ul>${filesIn(path)
          .map((file) => `<li>${file}</li>`)
          .join('')}</ul>`,
      );
  }
}

function picture(text) {
  const kept = join(PICTURES, `${createHash('sha256').update(text).digest('hex')}.svg`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  // Its font would be fetched from elsewhere.
  const svg = renderMermaidSVG(text)
    .replace(/\s*@import url\([^)]*\);/g, '')
    .replace(/^\s*\n/gm, '');
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(kept, svg);
  return svg;
}
