// Which pages the site has, and where each lies in it. Everything that git knows and ends in .md is a page; folders that are linked to get a list of what is in them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && !path.startsWith('docs/site/') && existsSync(join(root, path)));

/** Paths of all Markdown files, from the root. */
export const pages = tracked.filter((path) => path.endsWith('.md') && !path.startsWith('test/'));

/** Folders that pages link to and that have no page of their own. */
export function folders() {
  const linked = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)#\s]+)\)/g)].map(([, link]) =>
      posix.normalize(posix.join(dirname(page), link)).replace(/\/$/, ''),
    ),
  );
  return [...new Set(linked)].filter(
    (path) => pages.some((page) => dirname(page) === path) && !pages.includes(`${path}/README.md`),
  );
}

/** Markdown of a folder's list: each page with its first words. */
export function listOf(folder) {
  const name = { 'docs/runbooks': 'Runbooks', 'docs/diagrams': 'Workflows' }[folder] ?? folder;
  const rows = pages
    .filter((path) => dirname(path) === folder)
    .map((path) => `| [${titleOf(textOf(path), path)}](${basename(path)}) | ${firstWords(textOf(path))} |`);
  return `# ${name}\n\n| | |\n|---|---|\n${rows.join('\n')}\n`;
}

export function textOf(path) {
  return readFileSync(join(root, path), 'utf8');
}

export function titleOf(text, path) {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? basename(path, '.md');
}

/** The first sentence below the title. */
function firstWords(text) {
  const body = text
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^#.*$/gm, '')
    .trim();
  const paragraph = (body.split(/\n\n/)[0] ?? '').replaceAll('\n', ' ').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const sentence = /^.*?[.:](?= |$)/.exec(paragraph)?.[0] ?? paragraph;
  return sentence.replaceAll('|', '\\|');
}

/** Where a file or folder lies in the site. A file that is no page is copied, as text. @throws when there is no such thing */
export function placeOf(path) {
  if (path === 'README.md') return 'index.html';
  if (path.endsWith('/README.md')) return path.replace(/README\.md$/, 'index.html');
  if (pages.includes(path)) return path.replace(/\.md$/, '.html');
  if (!existsSync(join(root, path))) throw new Error(`${path} is not there`);
  if (!statSync(join(root, path)).isDirectory()) return `source/${path}.txt`;
  if (pages.some((page) => dirname(page) === path)) return `${path}/index.html`;
  return `source/${path}/index.html`;
}

/** A link as it is written in a page, from where that page lies in the site. */
export function linkFrom(page, link) {
  if (/^(https?:|mailto:|#)/.test(link)) return link;
  const [path, anchor] = link.split('#');
  const target = posix.normalize(posix.join(dirname(page), path)).replace(/\/$/, '');
  const place = posix.relative(dirname(placeOf(page)), placeOf(target));
  return anchor === undefined ? place : `${place}#${anchor}`;
}

/** Files and folders that pages link to and that are no pages: path from the root, and where it lies in the site. */
export function linkedFiles(links) {
  return [...new Set(links)].map((path) => ({
    path,
    place: placeOf(path),
    isFolder: statSync(join(root, path)).isDirectory(),
  }));
}

/** What git knows in a folder. */
export function filesIn(folder) {
  return tracked.filter((path) => dirname(path) === folder);
}

/** The anchors that GitHub gives to headings. */
export function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function inFolder(folder) {
  return pages.filter((path) => dirname(path) === folder);
}

const SECTIONS = [
  [
    'Begin',
    ['README.md', 'docs/quick-start.md', 'docs/concepts.md', 'deploy/README.md', 'docs/adopt.md', 'docs/migration.md'],
  ],
  [
    'Operate',
    [
      'docs/cli.md',
      'docs/doctor.md',
      'docs/health.md',
      'docs/updates.md',
      'docs/in-place-updates.md',
      'docs/fleet-lock.md',
      'docs/etcd.md',
      'docs/telling.md',
      'docs/alarms.md',
      'docs/audit.md',
      'docs/hooks.md',
      'docs/runbooks',
    ],
  ],
  ['Workflows', ['docs/diagrams', 'statemachines/README.md', ...inFolder('docs/diagrams')]],
  [
    'Reference',
    [
      'docs/reference/policy.md',
      'docs/clusters.md',
      'docs/tags-and-labels.md',
      'docs/scope.md',
      'docs/semantics.md',
      'docs/security.md',
      'docs/costs.md',
      'docs/benchmarks.md',
    ],
  ],
  [
    'Inside',
    [
      'CONTRIBUTING.md',
      'docs/adr/README.md',
      'simulator/README.md',
      'docs/local-cloud.md',
      'docs/contract-tests.md',
      ...inFolder('docs/simulator'),
      ...inFolder('simulator/lambda'),
    ],
  ],
  ['Decisions', inFolder('docs/adr')],
];

/** A page that nobody has put into a section is one about operating. */
function withOthers([name, paths]) {
  const listed = new Set(SECTIONS.flatMap(([, each]) => each));
  return [name, name === 'Operate' ? [...paths, ...inFolder('docs').filter((path) => !listed.has(path))] : paths];
}

/** What stands at the side of each page. */
export function navigation() {
  return SECTIONS.map(withOthers).map(([name, paths]) => ({
    name,
    open: !['Workflows', 'Decisions'].includes(name),
    entries: paths
      .filter((path) => pages.includes(path) || folders().includes(path))
      .map((path) => ({
        place: placeOf(path),
        title: pages.includes(path)
          ? path === 'README.md'
            ? 'Tender'
            : titleOf(textOf(path), path)
          : titleOf(listOf(path), path),
      })),
  }));
}
