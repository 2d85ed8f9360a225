import { Command, InvalidArgumentError, Option } from 'commander';
import { nearest } from '../src/schema/problems.ts';
import { andonCommand } from './andon-command.ts';
import { auditCommand } from './audit-command.ts';
import { clusterCommand } from './cluster-command.ts';
import { addCompletion } from './completion.ts';
import { etcdCommand } from './etcd-command.ts';
import { healthCommands } from './health-commands.ts';
import { nodeCommand } from './node-commands.ts';
import { onCluster } from './on-cluster.ts';
import { onDeployment } from './on-deployment.ts';
import { runCommand } from './run-commands.ts';
import { signalsCommand } from './signals-command.ts';
import type { Format, Surroundings } from './surroundings.ts';
import { updateCommand } from './update-commands.ts';

const FORMATS: readonly Format[] = ['table', 'json', 'yaml'];
const EPILOGUE = `
Examples:
  tender health demo                                what is wrong, and what is done about it
  tender node retire ip-10-0-1-23.ec2.internal      replace a node
  tender run explain demo-i-0abc                    why an execution did what it did

Environment:
  AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL and all else that the AWS SDK reads
  TENDER_STAGE       what --stage is when it is not given

Exit status: 0 done; 1 it failed, or the answer is no; 2 other words are needed; 3 AWS or etcd could not be asked. More: docs/cli.md
tender --version says which version this is.`;

/** All verbs of the `tender` command. `outcome` gets the exit status of those that have one of their own. */
export function programOf(surroundings: Surroundings, outcome: { status: number }): Command {
  const program = new Command('tender')
    .description('Looks after Kubernetes clusters on AWS: reads what Tender keeps, and starts its workflows.')
    .addOption(
      new Option('-o, --output <format>', 'how results are written')
        .choices(FORMATS)
        .argParser(format)
        .default('table'),
    )
    .option('--stage <stage>', 'which deployment', surroundings.environment.TENDER_STAGE ?? 'dev')
    .option('--region <region>', 'where it is deployed')
    .addHelpText('after', EPILOGUE);
  const on = onCluster(program, surroundings);
  const onWhole = onDeployment(program, surroundings);
  for (const command of healthCommands(on, outcome)) program.addCommand(command);
  program.addCommand(andonCommand(program, surroundings));
  program.addCommand(clusterCommand(program, surroundings, outcome));
  program.addCommand(nodeCommand(on));
  program.addCommand(updateCommand(on, outcome));
  program.addCommand(etcdCommand(on, outcome));
  program.addCommand(runCommand(onWhole));
  program.addCommand(signalsCommand(onWhole, outcome));
  program.addCommand(auditCommand(onWhole));
  addCompletion(program, surroundings);
  configure(program, surroundings);
  return program;
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
