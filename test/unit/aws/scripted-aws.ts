import { type AwsAccess, type AwsClientSettings, awsAccess } from '../../../src/aws/aws-access.ts';

/** An error as the SDK throws it: its name is the code. */
export function awsError(code: string, message = 'as AWS says', status = 400): Error {
  return Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: status } });
}

/** What a scripted AWS answers: the output, or an error to throw. */
export type Script = Readonly<Record<string, (input: Record<string, unknown>) => unknown>>;

interface Stack {
  readonly middlewareStack: {
    add(
      middleware: (
        next: unknown,
        context: { commandName?: string },
      ) => (args: { input: never }) => Promise<{ output: never; response: never }>,
      options: { step: 'initialize'; priority: 'high' },
    ): void;
  };
}

/**
 * AWS that answers by script, with the SDK's real clients and paginators: a request never leaves the process. An operation
 * that is not in the script is an error. `sent` is what was asked, `[operation, input]`.
 */
export function scriptedAws(script: Script): AwsAccess & { readonly sent: (readonly [string, unknown])[] } {
  const real = awsAccess({ region: 'eu-central-1' });
  const sent: (readonly [string, unknown])[] = [];
  const answer = async (operation: string, input: Record<string, unknown>) => {
    sent.push([operation, input]);
    const reply = script[operation];
    if (!reply) throw new Error(`the script knows no ${operation}`);
    const output = reply(input);
    if (output instanceof Error) throw output;
    return { output: { $metadata: {}, ...(output as object) } as never, response: {} as never };
  };
  return {
    ...real,
    sent,
    credentials: async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
    client<C>(Client: new (settings: AwsClientSettings) => C): C {
      const client = real.client(Client);
      (client as Stack).middlewareStack.add(
        (_next, { commandName = '' }) =>
          ({ input }) =>
            answer(commandName.replace(/Command$/, ''), input),
        { step: 'initialize', priority: 'high' },
      );
      return client;
    },
  };
}
