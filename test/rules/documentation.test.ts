import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { root, textOf } from '../support/source-files.ts';

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const pages = tracked.filter((path) => path.endsWith('.md'));
const scripts: Readonly<Record<string, string>> = JSON.parse(textOf('package.json')).scripts;

/** Variables that other programs read or that examples name; ours have to occur in code. */
const foreignVariables = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
]);

test('links between documents lead somewhere', () => {
  const wrong = pages.flatMap((page) =>
    [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^(https?:|mailto:)/.test(link))
      .flatMap((link) => brokenLink(page, link)),
  );

  expect(pages.length).toBeGreaterThan(10);
  expect(wrong).toEqual([]);
});

function brokenLink(page: string, link: string): readonly string[] {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, target))) return [`${page}: ${link} leads to ${target}, which is not there`];
  if (anchor === undefined || !target.endsWith('.md') || anchorsOf(target).has(anchor)) return [];
  return [`${page}: ${target} has no heading #${anchor}`];
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  return new Set(
    [...withoutCode(textOf(page)).matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

test('files that documents name exist', () => {
  const ours =
    /`((?:\.ci|bench|console|deploy|docs|functions|rehearsal|scripts|simulator|src|statemachines|test)\/[\w./-]*[\w/]|serverless\.yml|package\.json)`/g;
  const wrong = pages.flatMap((page) =>
    [...textOf(page).matchAll(ours)]
      .map((match) => match[1] ?? '')
      .filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(page), path)))
      .map((path) => `${page} speaks of ${path}, which is not there`),
  );

  expect(wrong).toEqual([]);
});

test('the two commands of the README are the first it shows, and what they run exists', () => {
  const commands = [...textOf('README.md').matchAll(/^(npm (?:start|test))\b/gm)].map((match) => match[1]);

  expect(commands.slice(0, 2)).toEqual(['npm start', 'npm test']);
  expect(missingFiles(scripts.start ?? 'nothing.ts')).toEqual([]);
  expect(missingFiles(scripts.pretest ?? 'nothing.ts')).toEqual([]);
});

test('every npm script that documents name exists, and runs a file that exists', () => {
  const named = [...pages, '.ci/run'].flatMap((page) =>
    [...textOf(page).matchAll(/\bnpm (?:run (?:-s |--silent )?([\w:-]+)|(start|test)\b)/g)].map((match) => ({
      page,
      script: match[1] ?? match[2] ?? '',
    })),
  );

  const unknown = named.filter(({ script }) => !(script in scripts));
  const broken = Object.entries(scripts).flatMap(([script, command]) =>
    missingFiles(command).map((file) => `package.json: ${script} runs ${file}, which is not there`),
  );

  expect(named.length).toBeGreaterThan(5);
  expect([...unknown.map(({ page, script }) => `${page}: there is no npm run ${script}`), ...broken]).toEqual([]);
});

function missingFiles(command: string): readonly string[] {
  return (command.match(/[\w./-]+\.(ts|mjs)/g) ?? []).filter((file) => !existsSync(join(root, file)));
}

test('every environment variable that documents name is read somewhere', () => {
  const code = tracked
    .filter((path) => /\.(ts|mjs|cjs|ya?ml|sh|service)$|^\.ci\/run$/.test(path) && !path.startsWith('test/rules/'))
    .map(textOf)
    .join('\n');
  const wrong = pages.flatMap((page) =>
    variablesIn(textOf(page))
      .filter((name) => !foreignVariables.has(name) && !new RegExp(`\\b${name}\\b`).test(code))
      .map((name) => `${page} speaks of ${name}, which nothing reads`),
  );

  expect(wrong).toEqual([]);
});

/** `UPPER_CASE` words in code, and before an equals sign anywhere. */
function variablesIn(text: string): readonly string[] {
  const inCode = [
    ...text.matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`/g),
    ...text.matchAll(/\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)=/g),
  ];
  return [...new Set(inCode.map((match) => match[1] ?? ''))];
}

/** Blocks of code may hold brackets that are no links. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}
