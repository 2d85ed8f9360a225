import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { nearest } from '../src/schema/problems.ts';
import { andonCommand } from './andon-command.ts';
import { EXIT, exitStatusOf } from './errors.ts';
import { etcdCommand } from './etcd-command.ts';
import { healthCommands } from './health-commands.ts';
import { onCluster } from './on-cluster.ts';
import type { Format, Surroundings } from './surroundings.ts';

const FORMATS: readonly Format[] = ['table', 'json', 'yaml'];
const EPILOGUE = `
Environment:
  AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL and all else that the AWS SDK reads
  TENDER_STAGE       what --stage is when it is not given

Exit status: 0 done; 1 it failed, or the answer is no; 2 other words are needed; 3 AWS or etcd could not be asked. More: docs/cli.md`;

/**
 * Runs the `tender` command with these arguments, and gives its exit status. Results go to `out`, all else to `err`.
 */
export async function tender(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err, environment } = surroundings;
  const outcome = { status: EXIT.done as number };
  const program = new Command('tender')
    .description('Looks after Kubernetes clusters on AWS: reads what Tender keeps, and starts its workflows.')
    .addOption(
      new Option('-o, --output <format>', 'how results are written: table, json, yaml')
        .default('table')
        .argParser(format),
    )
    .option('--stage <stage>', 'which deployment', environment.TENDER_STAGE ?? 'dev')
    .option('--region <region>', 'where it is deployed')
    .addHelpText('after', EPILOGUE);
  const on = onCluster(program, surroundings);
  for (const command of healthCommands(on, outcome)) program.addCommand(command);
  program.addCommand(andonCommand(program, surroundings));
  program.addCommand(etcdCommand(on, outcome));
  configure(program, surroundings);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return outcome.status;
  } catch (error) {
    // Commander has said what is wrong already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    err.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
    if (out.isTTY !== true && program.opts().output === 'json') out.write(`${JSON.stringify(problemOf(error))}\n`);
    return exitStatusOf(error);
  }
}

/** The same for every command: nothing ends the process, and all words go where they belong. */
function configure(command: Command, surroundings: Surroundings): void {
  const { out, err } = surroundings;
  command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what there is)')
    .configureOutput({
      writeOut: (text) => void out.write(text),
      writeErr: (text) => void err.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const each of command.commands) configure(each, surroundings);
}

function format(value: string): Format {
  const found = FORMATS.find((one) => one === value);
  if (found) return found;
  const like = nearest(value, FORMATS);
  throw new InvalidArgumentError(
    `It is one of ${FORMATS.join(', ')}.${like === undefined ? '' : ` Did you mean ${like}?`}`,
  );
}

function problemOf(error: unknown): object {
  return error instanceof Error ? { error: error.name, message: error.message } : { error: String(error) };
}
