import { expect, test } from 'vitest';
import { importsOf, sourceFiles, textOf } from '../support/source-files.ts';

const adapters = ['aws', 'kubernetes', 'etcd-client', 'processes'];
const notDomains = new Set([...adapters, 'prices', 'runtime', 'wiring', 'schema']);

/** Import directions of the design; each entry says who, what it may not import, and where the code belongs instead. */
const rules: readonly { who: RegExp; not: (imported: string, path: string) => boolean; instead: string }[] = [
  {
    who: /^(src|functions|cli|simulator)\//,
    not: (imported) => /^(test|bench|scripts)\//.test(imported),
    instead: 'nothing imports test, bench or scripts: move what is shared to src/ or simulator/',
  },
  {
    who: /^simulator\//,
    not: (imported) => /^(src|functions|cli)\//.test(imported),
    instead: 'the simulator must not know what it is used for: pass it in, or describe it in a template',
  },
  {
    who: /^rehearsal\//,
    // What AWS charges is nobody's own, and neither is which ports are free.
    not: (imported) => /^(src\/(?!prices\/|processes\/free-ports)|functions\/|test\/|bench\/|scripts\/)/.test(imported),
    instead: 'a rehearsal runs what is packaged: it reaches Tender through the stack and the cloud',
  },
  {
    who: /^src\//,
    not: (imported) => /^(functions|cli|simulator|rehearsal)\//.test(imported),
    instead: 'src/ does not know who wires it: let functions/ pass in what is needed',
  },
  {
    who: /^src\/(?!aws\/|kubernetes\/|etcd-client\/|processes\/|runtime\/|wiring\/)/,
    not: (imported) =>
      [
        '@aws-sdk/',
        '@smithy/',
        '@bufbuild/',
        '@kubernetes/client-node',
        'node:http2',
        'node:child_process',
        'node:fs',
      ].some((sdk) => imported.startsWith(sdk)),
    instead:
      'a domain knows no SDK: declare what it needs in its ports.ts and implement that in src/aws, src/kubernetes, src/etcd-client or src/processes',
  },
  {
    who: /^src\//,
    not: (imported, path) => {
      const [mine, theirs] = [domainOf(path), domainOf(imported)];
      return mine !== undefined && theirs !== undefined && mine !== theirs;
    },
    instead: 'two domains never import each other: work that needs both is a state machine',
  },
  {
    who: /^src\/(?!wiring\/|aws\/|kubernetes\/|etcd-client\/|processes\/)/,
    not: (imported, path) =>
      domainOf(path) !== undefined && /^src\/(aws|kubernetes|etcd-client|processes|runtime|wiring)\//.test(imported),
    instead: 'a domain imports itself only: take the adapter through a port',
  },
  {
    who: /^src\/(aws|kubernetes|etcd-client|processes)\//,
    not: (imported, path) => {
      const [mine, theirs] = [adapterOf(path), adapterOf(imported)];
      return theirs !== undefined && mine !== theirs;
    },
    instead: 'adapters never import each other: meet in src/wiring',
  },
  {
    who: /^src\/(aws|kubernetes|etcd-client|processes)\//,
    not: (imported) => domainOf(imported) !== undefined && !/\/((\w+-)?ports|errors|names|cluster)\.ts$/.test(imported),
    instead: 'an adapter knows a domain by its ports.ts (or <subject>-ports.ts), errors.ts and names.ts only',
  },
];

function adapterOf(path: string): string | undefined {
  return adapters.find((adapter) => path.startsWith(`src/${adapter}/`));
}

function domainOf(path: string): string | undefined {
  const folder = /^src\/([^/]+)\//.exec(path)?.[1];
  return folder === undefined || notDomains.has(folder) ? undefined : folder;
}

test('imports go in the directions of the design', () => {
  const wrong = sourceFiles('src', 'functions', 'simulator', 'rehearsal', 'cli').flatMap((path) =>
    importsOf(path).flatMap((imported) =>
      rules
        .filter(({ who, not }) => who.test(path) && not(imported, path))
        .map(({ instead }) => `${path} imports ${imported}: ${instead}`),
    ),
  );

  expect(wrong).toEqual([]);
});

test('files have one exported idea by name: no barrels, no dumping grounds', () => {
  const forbidden = /(^|\/)(utils?|common|helpers?|misc|index)(\.ts$|\/)/;

  const wrong = sourceFiles('src', 'functions', 'simulator', 'cli', 'bench', 'scripts')
    .filter((path) => forbidden.test(path))
    .map((path) => `${path}: name it after what it does`);

  expect(wrong).toEqual([]);
});

test('decisions read no clock, no luck and no environment of their own', () => {
  const wrong = sourceFiles('src')
    .filter((path) => domainOf(path) !== undefined)
    .flatMap((path) => unholyWords(path).map((word) => `${path} uses ${word}: take it as an argument`));

  expect(wrong).toEqual([]);
});

test('the simulator knows no time and no luck but the world’s', () => {
  // Where real time is met: the pace of the world, and the sandbox that shows functions the world's time under the usual names.
  const allowed = (path: string) => path === 'simulator/world/world.ts' || path.startsWith('simulator/lambda/');
  const wrong = sourceFiles('simulator')
    .filter((path) => !allowed(path))
    .flatMap((path) =>
      unholyWords(path).map((word) => `${path} uses ${word}: take world.now(), world.after() or world.random`),
    );

  expect(wrong).toEqual([]);
});

function unholyWords(path: string): string[] {
  const code = textWithoutComments(path);
  return ['Date.now(', 'new Date()', 'Math.random(', 'process.env', 'setTimeout('].filter((word) =>
    code.includes(word),
  );
}

function textWithoutComments(path: string): string {
  return textOf(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');
}
