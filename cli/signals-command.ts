import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from './errors.ts';
import type { OnDeployment } from './on-deployment.ts';
import { listSignals } from './signals/list-signals.ts';
import { redriveSignals } from './signals/redrive-signals.ts';

/** `tender signals …`: events that came to nothing, and another try for them. */
export function signalsCommand(on: OnDeployment, outcome: { status: number }): Command {
  const signals = new Command('signals').description('signals that were not understood or not delivered');
  signals
    .command('ls')
    .description('list them: how old, what they are about, and why they came to nothing')
    .option('--limit <number>', 'so many of each queue at most', positive, 100)
    .addHelpText(
      'after',
      '\nEach counts as received once more, and is hidden from others until the command ends. Exit status: 0 there is none; 1 there are some\n\nExample:\n  tender signals ls -o json',
    )
    .action((options: { limit: number }) =>
      on(async (context, deployment) => {
        if ((await listSignals(context, deployment, options)) > 0) outcome.status = EXIT.failed;
      }),
    );
  signals
    .command('redrive')
    .description('give them another try, as they first came; those that come to something leave their queue')
    .option('--discard', 'those leave it, too, that are read and dropped again')
    .option('--id <id>', 'only this one, or those whose id begins so')
    .option('--limit <number>', 'so many of each queue at most', positive, 100)
    .addHelpText(
      'after',
      '\nOne that fails, or is dropped, stays in its queue, with why. Exit status: 0 all left it; 1 some did not\n\nExamples:\n  tender signals redrive --id 6f1c2d\n  tender signals redrive --id 6f1c2d --discard',
    )
    .action((options: { id?: string; limit: number; discard?: boolean }) =>
      on(async (context, deployment) => {
        if (!(await redriveSignals(context, deployment, options))) outcome.status = EXIT.failed;
      }),
    );
  return signals;
}

function positive(value: string): number {
  if (/^[1-9]\d{0,2}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It is a whole number from 1 to 999.');
}
