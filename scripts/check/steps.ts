/** One thing that has to hold: how to ask, and what to do when it does not. */
export interface Step {
  readonly name: string;
  readonly what: string;
  /** Program and arguments, from the root of the repository, with node_modules/.bin in PATH. */
  readonly command: readonly [string, ...string[]];
  /** A program that not everybody has: the step is skipped, aloud, where `<program> --version` does not run. */
  readonly needs?: string;
  /** Shows its output while it runs, because it takes long. */
  readonly live?: boolean;
  /** A sentence for whoever sees it fail. */
  readonly remedy: string;
}

/** In the order in which they cost time. Each program runs on the Node that npm put first in PATH. */
export const steps: readonly Step[] = [
  {
    name: 'lint',
    what: 'format and lint (biome)',
    command: ['biome', 'ci', '--error-on-warnings', '--colors=off', '.'],
    remedy: 'Run `npm run format`; what it cannot mend is above.',
  },
  {
    name: 'types',
    what: 'TypeScript, strict',
    command: ['tsc', '--noEmit'],
    remedy: 'Mend the types above; no `any`, no `!`.',
  },
  {
    name: 'knip',
    what: 'files, exports and packages that nobody uses (knip)',
    command: ['knip', '--no-progress'],
    remedy:
      'Delete what is listed, or drop its `export`. What is loaded by name only belongs into knip.jsonc, with the reason.',
  },
  {
    name: 'shell',
    what: 'shell scripts, also those in SSM documents (shellcheck)',
    command: ['node', 'scripts/shellcheck.ts'],
    needs: 'shellcheck',
    remedy: 'Mend the script; each SC number has a page in the ShellCheck wiki.',
  },
  {
    name: 'schema',
    what: 'docs/cluster.schema.json and docs/reference/policy.md are current',
    command: ['node', 'scripts/write-cluster-schema.ts', '--check'],
    remedy: 'Run `npx node scripts/write-cluster-schema.ts` and commit the file.',
  },
  {
    name: 'diagrams',
    what: 'docs/diagrams are current',
    command: ['node', 'scripts/diagrams.ts', '--check'],
    remedy: 'Run `npx node scripts/diagrams.ts` and commit docs/diagrams.',
  },
  {
    name: 'package',
    what: 'serverless package, offline and without credentials',
    command: ['node', 'scripts/package.ts', '--if-changed'],
    remedy: 'The message of serverless is above; `npm run package` repeats it.',
  },
  {
    name: 'template',
    what: 'the packaged template (cfn-lint)',
    command: ['cfn-lint', '--', '.serverless/cloudformation-template-update-stack.json'],
    needs: 'cfn-lint',
    remedy: 'Mend it in serverless.yml or deploy/stack, which the logical ids above lead to.',
  },
  {
    name: 'tests',
    what: 'all tests',
    command: ['vitest', 'run'],
    live: true,
    remedy: 'Run one file again with `npm test -- <part of its path>`.',
  },
];
