import { readArguments } from './arguments.ts';
import { runStep } from './check/run-step.ts';
import { type Step, steps } from './check/steps.ts';

const HELP = `Everything that has to hold before a change is handed in, cheapest first. Says what to do about a failure, and stops there.

  npm run check [-- --only <step> | --without <step>]...

  --only <step>      run this step (may be given several times)
  --without <step>   leave this step out (may be given several times)
  --keep-going       go on after a failure
  --help             this text

Steps:
${steps.map(({ name, what }) => `  ${name.padEnd(10)} ${what}`).join('\n')}
`;

const mark = { passed: '✓', failed: '✗', skipped: '-' } as const;

const { values } = readArguments(
  {
    options: {
      only: { type: 'string', multiple: true, default: [] },
      without: { type: 'string', multiple: true, default: [] },
      'keep-going': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  },
  HELP,
);

if (values.help) process.stdout.write(HELP);
else check(chosen(values.only, values.without), values['keep-going']);

function check(todo: readonly Step[], keepGoing: boolean): void {
  const startedAt = performance.now();
  for (const step of todo) {
    const { outcome, seconds } = runStep(step);
    process.stdout.write(
      `${mark[outcome]} ${step.name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${step.what}\n`,
    );
    if (outcome !== 'failed') continue;
    process.stdout.write(
      `\n${step.name} failed. ${step.remedy}\nAgain, only this: npm run check -- --only ${step.name}\n`,
    );
    process.exitCode = 1;
    if (!keepGoing) return;
  }
  process.stdout.write(
    `${process.exitCode === 1 ? 'not all good' : 'all good'} in ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`,
  );
}

function chosen(only: readonly string[], without: readonly string[]): readonly Step[] {
  const unknown = [...only, ...without].filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `no step is called ${unknown.join(', ')}; there are ${steps.map(({ name }) => name).join(', ')}\n`,
    );
    process.exit(1);
  }
  return steps.filter(({ name }) => (only.length === 0 || only.includes(name)) && !without.includes(name));
}
