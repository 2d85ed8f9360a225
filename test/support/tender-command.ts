import { tender } from '../../cli/tender.ts';

/** What a command printed, and how it ended. */
export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the `tender` command in this process, without a terminal. */
export function runTender(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
  return runTenderAt(() => new Date(), environment, ...args);
}

/** The same, by a clock of one's own. */
export async function runTenderAt(
  now: () => Date,
  environment: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Ran> {
  const written = { out: '', err: '' };
  const sink = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const status = await tender(args, { environment, out: sink('out'), err: sink('err'), now });
  return { status, ...written };
}
