import type { Deployment } from './deployment.ts';
import { print, type Row } from './print.ts';
import { type Ran, runMachine } from './run-machine.ts';
import type { CommandContext } from './surroundings.ts';

/** Starts a workflow for a cluster and prints what came of it. */
export async function runWorkflow(
  context: CommandContext,
  deployment: Deployment,
  workflow: string,
  input: Readonly<Record<string, unknown>>,
  options: { readonly wait: boolean },
): Promise<void> {
  printOutcome(context, await runMachine(context, deployment, workflow, input, options));
}

/** Prints what came of an execution: its output, or which one it is. */
export function printOutcome(context: CommandContext, { execution, output }: Ran): void {
  const value = output ?? { execution };
  print(context, value, { kind: 'fields', fields: flat(value) });
}

/** Fields of fields by their path; lists in one line. */
function flat(value: object, path = ''): Row {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]): [string, string | number][] => {
      const key = path === '' ? name : `${path}.${name}`;
      if (Array.isArray(one))
        return [
          [key, one.map((each) => (typeof each === 'object' ? JSON.stringify(each) : each)).join(', ') || 'none'],
        ];
      if (typeof one === 'object' && one !== null) return Object.entries(flat(one, key)) as [string, string][];
      return [[key, typeof one === 'number' ? one : String(one)]];
    }),
  );
}
