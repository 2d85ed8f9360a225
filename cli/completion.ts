import { fileURLToPath } from 'node:url';
import { script } from '@bomb.sh/tab';
import completing from '@bomb.sh/tab/commander';
import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'];
const OWN = fileURLToPath(new URL('./tender.mjs', import.meta.url));

/**
 * Adds `tender completion`, and what the scripts that it prints ask. Verbs, options and their fixed values are completed; names of clusters and nodes are not, since each would
 * be a question to AWS. Call it when all other verbs are there.
 */
export function addCompletion(program: Command): void {
  completing(program, { completionCommandName: 'completion' });
  // The package's own goes by the name of a program on the PATH, which a clone of this repository is not.
  const theirs = program.commands.findIndex((command) => command.name() === 'completion');
  (program.commands as Command[]).splice(theirs, 1);
  program
    .command('completion')
    .description('print what makes a shell complete the words of this command')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  tender() { npx tender "$@"; }
  source <(npx tender completion bash)
  source <(npx tender completion zsh)
  npx tender completion fish | source`,
    )
    .action((shell: string) => script(shell, 'tender', `'${OWN}'`));
}
