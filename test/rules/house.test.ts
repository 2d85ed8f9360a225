import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { longGlobs } from '../long-files.ts';
import { root, sourceFiles, textOf } from '../support/source-files.ts';
import { functionsOf, undocumentedExports } from '../support/source-functions.ts';

/** Lines that a file may have, by where it lives. */
const fileLimits = [
  { folders: ['src', 'functions', 'cli'], lines: 300 },
  { folders: ['simulator', 'rehearsal', 'scripts', 'bench', 'test'], lines: 750 },
];

const bodyLimit = 40;

/** Functions that may be longer, with the reason: `path: name`. */
const longFunctions: Readonly<Record<string, string>> = {
  'simulator/autoscaling/groups.ts: create': 'one record with every field that a new group has',
  'simulator/cloud/cloud.ts: constructor': 'builds each service once, in the order in which they need each other',
  'simulator/ec2/instance-view.ts: describeInstance': 'one shape of the EC2 API, field by field',
  'simulator/ec2/instances.ts: #create': 'one record with every default that RunInstances documents',
};

test('files are short enough to be read in one sitting', () => {
  const long = fileLimits.flatMap(({ folders, lines }) =>
    sourceFiles(...folders)
      .map((path) => ({ path, has: textOf(path).split('\n').length - 1 }))
      .filter(({ has }) => has > lines)
      .map(({ path, has }) => `${path} has ${has} lines, ${lines} are allowed: split it by the ideas in it`),
  );

  expect(long).toEqual([]);
});

test('function bodies are short, or their length is argued for', () => {
  const functions = sourceFiles('src', 'functions', 'cli', 'simulator', 'rehearsal', 'scripts', 'bench').flatMap(
    functionsOf,
  );
  const long = functions.filter(({ ownLines }) => ownLines > bodyLimit);
  const argued = new Set(long.map(({ path, name }) => `${path}: ${name}`));

  expect(functions.length).toBeGreaterThan(500);
  expect([
    ...long
      .filter(({ path, name }) => !(`${path}: ${name}` in longFunctions))
      .map(
        ({ path, line, name, ownLines }) =>
          `${path}:${line} ${name} has ${ownLines} lines of its own: split it, or argue for it in longFunctions of test/rules/house.test.ts`,
      ),
    ...Object.keys(longFunctions)
      .filter((entry) => !argued.has(entry))
      .map((entry) => `${entry} is not long any more: take it off longFunctions`),
  ]).toEqual([]);
});

test('exported functions and classes have a doc comment; in the simulator, short ones may speak by name and result', () => {
  const silent = [
    { folders: ['src', 'functions', 'cli'], lines: 0 },
    { folders: ['simulator', 'rehearsal', 'scripts'], lines: 20 },
  ].flatMap(({ folders, lines }) =>
    sourceFiles(...folders).flatMap((path) =>
      undocumentedExports(path, lines).map(
        (name) => `${path}: write above ${name} what it promises, and what surprises`,
      ),
    ),
  );

  expect(silent).toEqual([]);
});

test('no test is left out or run alone, unless the line says why', () => {
  const wrong = sourceFiles('test').flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) => {
        const where = `${path}:${index + 1}`;
        if (/\b(test|it|describe)\.only\b/.test(line)) return [`${where}: take .only off`];
        if (!/\b(test|it|describe)\.(skip|todo|skipIf|runIf)\b/.test(line)) return [];
        return saysWhy(line) ? [] : [`${where}: say on this line why the test is skipped, in its name or in a comment`];
      }),
  );

  expect(wrong).toEqual([]);
});

test('what npm test leaves to npm run test:long is there', () => {
  const stale = longGlobs.filter((glob) => globSync(glob, { cwd: root }).length === 0);
  expect(stale.map((glob) => `${glob}: no such file, take it out of test/long-files.ts`)).toEqual([]);
});

/** A reason stands in a comment, in the name, or in the condition: `title` and `long` are constants that say it. */
function saysWhy(line: string): boolean {
  return /\/\/ \w|skipped (where|when|because|:)|needs |\bno \w+|\(title,|\(!?long\)/.test(line);
}

test('nothing names a machine, a home directory or a package host', () => {
  const forbidden = [
    {
      what: /(^|[\s"'`(=:])\/(work|root|Users)\//,
      instead: 'take a path from import.meta.dirname, tmpdir() or a parameter',
    },
    { what: /(^|[\s"'`(=])\/tmp\/\w/, instead: 'take tmpdir() or mkdtemp: another machine has another' },
    { what: /\/home\/(?!sbx_user)\w/, instead: 'take homedir() or a parameter' },
    {
      what: /\b(registry\.npmjs\.org|proxy\.golang\.org|pypi\.org|files\.pythonhosted\.org)\b/,
      instead: "leave the host to the user's own configuration",
    },
    {
      what: /"resolved": "/,
      instead: 'write the lockfile with omit-lockfile-registry-resolved, so that it works with any registry',
    },
  ];

  const wrong = trackedFiles().flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) =>
        forbidden.filter(({ what }) => what.test(line)).map(({ instead }) => `${path}:${index + 1}: ${instead}`),
      ),
  );

  expect(wrong).toEqual([]);
});

/** What git knows, new files included; this file holds the forbidden words itself. */
function trackedFiles(): readonly string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && path !== 'test/rules/house.test.ts' && !path.endsWith('go.sum'));
}
