import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { root, sourceFiles } from '../../support/source-files.ts';

const files = sourceFiles('functions');

// Imports every file with a network that refuses, and ends by itself only when nothing was left open.
const IMPORT_ALL = `import { Socket } from 'node:net';
Socket.prototype.connect = () => { throw new Error('a handler connects when it is imported'); };
const found = {};
for (const file of process.argv.slice(1)) found[file] = Object.keys(await import(file));
process.stdout.write(JSON.stringify(found));`;

/** These take events of AWS as they come and read them themselves. */
const readsItself: Readonly<Record<string, string>> = { 'functions/signals/route-signal.ts': 'MalformedSignal' };
/** They speak HTTP, and answer also what they cannot read. */
const answersItself: Readonly<Record<string, string>> = {
  'functions/answers/answer-link.ts': 'This is no link of Tender',
  'functions/reboots/answer-fleet-lock.ts': 'bad_request',
};
/** The field that every call has; for those that take no cluster, the one that they take. */
const firstField: Readonly<Record<string, string>> = { 'functions/clusters/start-due-workflows.ts': 'time' };

async function handlerOf(file: string): Promise<(event: unknown) => Promise<unknown>> {
  const module: { handler: (event: unknown) => Promise<unknown> } = await import(pathToFileURL(join(root, file)).href);
  return module.handler;
}

describe('the functions', () => {
  it('export a handler and nothing else; importing them needs no environment, opens nothing and prints nothing', () => {
    const urls = files.map((file) => pathToFileURL(join(root, file)).href);
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', IMPORT_ALL, ...urls], {
      env: {},
      encoding: 'utf8',
    });
    expect(JSON.parse(printed)).toEqual(Object.fromEntries(urls.map((url) => [url, ['handler']])));
    expect(files.length).toBeGreaterThan(15);
  });

  describe('called wrongly', () => {
    beforeEach(() => {
      // What is built needs these: a function that gets so far without them fails with another name.
      vi.stubEnv('STATE_BUCKET', undefined);
      const quiet = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      return () => {
        quiet.mockRestore();
        vi.unstubAllEnvs();
      };
    });

    it.each(files.filter((file) => !(file in readsItself) && !(file in answersItself)))(
      '%s names the field that is missing',
      async (file) => {
        const handler = await handlerOf(file);
        await expect(handler({})).rejects.toMatchObject({
          name: 'InvalidInput',
          problems: expect.arrayContaining([expect.stringContaining(`${firstField[file] ?? 'cluster'}: is required`)]),
        });
      },
    );

    it.each(files.filter((file) => !(file in readsItself) && !(file in firstField) && !(file in answersItself)))(
      '%s names a field that it does not know',
      async (file) => {
        const handler = await handlerOf(file);
        await expect(handler({ cluster: 'demo', instanceID: 'i-0123456789abcdef0' })).rejects.toMatchObject({
          name: 'InvalidInput',
          problems: expect.arrayContaining([expect.stringMatching(/^instanceID: is not a known field/)]),
        });
      },
    );

    it.each(Object.entries(answersItself))('%s answers 400 to what is no request', async (file, words) => {
      const handler = await handlerOf(file);
      expect(await handler({})).toMatchObject({ statusCode: 400, body: expect.stringContaining(words) });
    });

    it.each(Object.entries(readsItself))('%s fails with %s for what it cannot read', async (file, name) => {
      vi.stubEnv('AWS_REGION', 'us-east-1').stubEnv('OWN_ACCOUNT_ID', '111111111111').stubEnv('STATE_BUCKET', 'state');
      const handler = await handlerOf(file);
      await expect(handler(7)).rejects.toMatchObject({ name });
    });
  });
});
