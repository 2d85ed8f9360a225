import { CommanderError } from 'commander';
import type { Environment } from '../src/runtime/settings.ts';
import { EXIT, exitStatusOf } from './errors.ts';
import { programOf } from './program.ts';
import type { Surroundings } from './surroundings.ts';
import { ownVersion } from './version.ts';

/** A person waits longer than a function may: lists of all workflows, several in a row, are throttled (5 a second). */
const PATIENT: Environment = { AWS_MAX_ATTEMPTS: '8' };

/**
 * Runs the `tender` command with these arguments, and gives its exit status. Results go to `out`, all else to `err`.
 */
export async function tender(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out } = surroundings;
  // Not an option of commander's, which would be taken from verbs that have one of this name.
  if (args.length === 1 && /^(--version|-V)$/.test(args[0] ?? '')) {
    out.write(`${ownVersion()}\n`);
    return EXIT.done;
  }
  const outcome = { status: EXIT.done as number };
  const environment = { ...PATIENT, ...surroundings.environment };
  const program = programOf({ ...surroundings, environment }, outcome);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return outcome.status;
  } catch (error) {
    const wantsObject = out.isTTY !== true && program.opts().output === 'json';
    // Commander has said what is wrong already.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.done;
      if (wantsObject) out.write(`${JSON.stringify(usageProblem(error))}\n`);
      return EXIT.usage;
    }
    surroundings.err.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
    if (wantsObject) out.write(`${JSON.stringify(problemOf(error))}\n`);
    return exitStatusOf(error);
  }
}

function usageProblem({ message }: CommanderError): object {
  return { error: 'Usage', message: message.replace(/^error: /, '') };
}

function problemOf(error: unknown): object {
  return error instanceof Error ? { error: error.name, message: error.message } : { error: String(error) };
}
