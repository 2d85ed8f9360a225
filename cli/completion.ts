import { fileURLToPath } from 'node:url';
import { type Complete, type RootCommand, script } from '@bomb.sh/tab';
import completing from '@bomb.sh/tab/commander';
import { Argument, type Command } from 'commander';
import { type Name, type NameKind, namesOf } from './complete-names.ts';
import type { Surroundings } from './surroundings.ts';

const SHELLS = ['bash', 'zsh', 'fish'];
const OWN = fileURLToPath(new URL('./tender.mjs', import.meta.url));

/** What words name, by what docs call them: arguments of verbs, and values of options. */
const KINDS: Readonly<Record<string, NameKind>> = {
  cluster: 'cluster',
  group: 'group',
  node: 'node',
  instance: 'instance',
};

/**
 * Adds `tender completion`, and what the scripts that it prints ask. Verbs, options and their fixed values are completed, and names of clusters, groups, nodes,
 * instances and executions: for those AWS is asked, and nobody else. Call it when all other verbs are there.
 */
export function addCompletion(program: Command, surroundings: Surroundings): void {
  const tab = completing(program, { completionCommandName: 'completion' });
  completeNames(program, tab, surroundings);
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

/** The package asks for names at once, and AWS takes a moment: so it is let find out which are wanted, and then, when they are there, is asked again. */
function completeNames(program: Command, tab: RootCommand, surroundings: Surroundings): void {
  let wanted: NameKind | undefined;
  let names: readonly Name[] = [];
  const offering = (kind: NameKind) => (complete: Complete) => {
    wanted = kind;
    for (const { value, says } of names) complete(value, says);
  };
  for (const [path, command] of tab.commands) {
    for (const [name, argument] of command.arguments) {
      const kind = kindOf(path, name);
      if (kind) argument.handler ??= offering(kind);
    }
    for (const [name, option] of command.options) {
      const kind = KINDS[name];
      if (kind && !option.isBoolean) option.handler = offering(kind);
    }
  }
  program.commands
    .find((command) => command.name() === 'complete')
    ?.action(async (words: readonly string[]) => {
      Reflect.set(tab, 'complete', () => undefined);
      tab.parse([...words]);
      Reflect.deleteProperty(tab, 'complete');
      if (wanted) names = await namesOf(wanted, words, surroundings);
      tab.parse([...words]);
    });
}

function kindOf(path: string, name: string): NameKind | undefined {
  if (path === 'run stop' || path === 'run watch') return 'running execution';
  if (name === 'id') return path.startsWith('run ') ? 'execution' : undefined;
  if (name === 'name') return path.startsWith('cluster ') && path !== 'cluster adopt' ? 'cluster' : undefined;
  return KINDS[name];
}
