import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What `parseArgs` gives for this configuration; for arguments that it does not know, says so with the help text and ends with 1. */
export function readArguments<Config extends ParseArgsConfig>(
  config: Config,
  help: string,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    process.exit(1);
  }
}
