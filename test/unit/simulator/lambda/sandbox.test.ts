import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../../simulator/wire/http.ts';
import { KillCaller } from '../../../../simulator/wire/kill-caller.ts';
import { json, LambdaUnderTest } from './lambda-under-test.ts';

const GET_PARAMETER = `
  import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
  const ssm = new SSMClient({ maxAttempts: 1 });
  export const handler = async ({ name }) => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return { value: Parameter.Value };
  };`;

describe('a function in the sandbox', () => {
  it('talks to AWS with the real SDK client, as its role', async () => {
    const it = new LambdaUnderTest();
    it.answer = (request) =>
      json({ Parameter: { Value: `of ${JSON.parse(Buffer.from(request.body).toString()).Name}` } });
    await it.create(GET_PARAMETER);

    const result = await it.settled(it.functions.invoke('it', { name: '/a' }));

    expect(result).toMatchObject({ ok: true, payload: { value: 'of /a' } });
    const { request, origin } = it.requests[0] ?? {};
    expect(request).toMatchObject({ method: 'POST', host: 'ssm.us-east-1.amazonaws.com', port: 443, path: '/' });
    expect(request?.headers['x-amz-target']).toBe('AmazonSSM.GetParameter');
    expect(request?.headers.authorization).toContain('Credential=KEY-arn:role/20260302/us-east-1/ssm/aws4_request');
    expect(origin).toEqual({ kind: 'lambda', name: 'it', ordinal: 1 });
  });

  it('reaches no server by HTTP/2 that the network has not admitted, and is told so', async () => {
    const it = new LambdaUnderTest();
    await it.create(`import { connect } from 'node:http2';
      export const handler = async () => { connect('https://127.0.0.1:2379'); };`);

    expect(await it.settled(it.functions.invoke('it', {}))).toMatchObject({
      ok: false,
      errorMessage: expect.stringContaining('there is no real server at 127.0.0.1:2379'),
    });
  });

  it('lives on virtual time', async () => {
    const it = new LambdaUnderTest();
    await it.create(
      `import { setTimeout as sleep } from 'node:timers/promises';
       export const handler = async (event, context) => {
         const before = Date.now();
         await sleep(20_000);
         await new Promise((resolve) => setTimeout(resolve, 10_000));
         return { waited: Date.now() - before, year: new Date().getFullYear(), isDate: new Date(0) instanceof Date,
           left: context.getRemainingTimeInMillis() };
       };`,
      { timeoutSeconds: 60 },
    );

    const result = await it.settled(it.functions.invoke('it', {}));

    expect(result).toMatchObject({ payload: { waited: 30_000, year: 2026, isDate: true } });
    expect(result.ok && (result.payload as { left: number }).left).toBeLessThan(30_000);
  });

  it('sees its own environment and nothing of the machine', async () => {
    const it = new LambdaUnderTest();
    await it.create(
      `import { readFileSync } from 'node:fs';
       import { spawnSync } from 'node:child_process';
       import { getHeapStatistics, setFlagsFromString } from 'node:v8';
       const attempt = (what) => { try { what(); return 'done' } catch (error) { return error.message } };
       export const handler = async () => ({
         home: process.env.HOME, table: process.env.TABLE, region: process.env.AWS_REGION, name: process.env.AWS_LAMBDA_FUNCTION_NAME,
         file: attempt(() => readFileSync('/etc/passwd')), process: attempt(() => spawnSync('ls')),
         heap: attempt(getHeapStatistics), flag: attempt(() => setFlagsFromString('--no-such-flag-of-all')),
       });`,
      { environment: { TABLE: 'x' } },
    );

    const result = await it.settled(it.functions.invoke('it', {}));

    expect(result).toMatchObject({
      payload: {
        table: 'x',
        region: 'us-east-1',
        name: 'it',
        file: "ENOENT: no such file or directory, open '/etc/passwd'",
        process: 'child_process.spawnSync is not available to functions in the local cloud',
        heap: 'v8.getHeapStatistics is not available to functions in the local cloud',
        flag: 'done',
      },
    });
    expect(result).not.toHaveProperty('payload.home');
  });

  it('reports a thrown error by its name', async () => {
    const it = new LambdaUnderTest();
    await it.create(
      `class NodeNotReady extends Error { name = 'NodeNotReady' }
       export const handler = async () => { throw new NodeNotReady('not yet') };`,
    );

    const result = await it.settled(it.functions.invoke('it', {}));

    expect(result).toMatchObject({ ok: false, errorType: 'NodeNotReady', errorMessage: 'not yet' });
    expect(JSON.stringify(result)).not.toContain(process.cwd());
  });

  it('times out as Lambda says it', async () => {
    const it = new LambdaUnderTest();
    await it.create('export const handler = () => new Promise(() => {});', { timeoutSeconds: 3 });

    const result = await it.settled(it.functions.invoke('it', {}));

    expect(result).toMatchObject({ ok: false, errorType: 'Sandbox.Timedout' });
    expect(result).toHaveProperty(
      'errorMessage',
      expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 3\.00 seconds$/),
    );
    expect(it.functions.usage()).toMatchObject([{ invocations: 1, errors: 1, coldStarts: 1 }]);
  });

  it('keeps module state warm, one environment per concurrent invocation, until it has been idle for ten minutes', async () => {
    const it = new LambdaUnderTest();
    await it.create(
      'let count = 0; export const handler = async () => { count += 1; await new Promise((r) => setTimeout(r, 100)); return count };',
    );
    const invoke = () => it.functions.invoke('it', {}).then((result) => result.ok && result.payload);

    const together = await it.settled(Promise.all([invoke(), invoke()]));
    const warm = await it.settled(invoke());
    await it.world.advance(11 * 60_000);
    const cold = await it.settled(invoke());

    expect({ together, warm, cold }).toEqual({ together: [1, 1], warm: 2, cold: 1 });
  });

  it('reports an initialisation that fails, and a handler that is not there', async () => {
    const it = new LambdaUnderTest();
    await it.create("throw new TypeError('broken'); export const handler = 1;");
    await it.create('export const other = 1;', { name: 'other' });
    await it.create('export const handler = (event, context, callback) => callback();', { name: 'old' });

    const results = await it.settled(Promise.all(['it', 'other', 'old'].map((name) => it.functions.invoke(name, {}))));

    expect(results.map((result) => !result.ok && result.errorType)).toEqual([
      'TypeError',
      'Runtime.HandlerNotFound',
      'Runtime.CallbackHandlerDeprecated',
    ]);
  });

  it('dies at a planted kill, in a fresh environment next time, and never sends another request', async () => {
    const it = new LambdaUnderTest();
    it.answer = (request) => {
      if (request.path === '/kill') throw new KillCaller('before');
      return json({});
    };
    await it.create(
      `import https from 'node:https';
       let evaluated = 0;
       const get = (path) => new Promise((resolve, reject) => https.get('https://a.example.com' + path, resolve).on('error', reject));
       export const handler = async ({ kill }) => {
         evaluated += 1;
         if (!kill) return evaluated;
         setTimeout(() => get('/from-the-grave'), 1000);
         await Promise.allSettled([get('/kill'), new Promise((r) => setTimeout(r, 500)).then(() => get('/too-late'))]);
       };`,
    );

    const killed = await it.settled(it.functions.invoke('it', { kill: true }));
    const next = await it.settled(it.functions.invoke('it', {}));
    await it.world.advance(60_000);

    expect(killed).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
    expect(killed).toHaveProperty(
      'errorMessage',
      expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 1$/),
    );
    expect(next).toMatchObject({ payload: 1 });
    expect(it.requests.map(({ request }) => request.path)).toEqual(['/kill']);
  });

  it('can be killed at any moment', async () => {
    const it = new LambdaUnderTest();
    await it.create('export const handler = () => new Promise((resolve) => setTimeout(resolve, 2000));');
    const result = it.functions.invoke('it', {});
    await it.world.advance(1500);

    for (const invocation of it.functions.running('it')) invocation.kill();

    expect(await it.settled(result)).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
  });

  it('freezes between invocations, and thaws with the next', async () => {
    const it = new LambdaUnderTest();
    await it.create(
      `let late = [];
       export const handler = async () => {
         await new Promise((r) => setTimeout(r, 5));
         const seen = [...late];
         setTimeout(() => late.push(Date.now()), 1000);
         return seen.length;
       };`,
    );
    await it.settled(it.functions.invoke('it', {}));
    await it.world.advance(5000);

    expect(await it.settled(it.functions.invoke('it', {}))).toMatchObject({ payload: 1 });
  });

  it('shows a broken connection as an error of the socket', async () => {
    const it = new LambdaUnderTest();
    it.answer = () => {
      throw new ConnectionError('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:6443');
    };
    await it.create(
      `import https from 'node:https';
       export const handler = () => new Promise((resolve) => https.get({ host: 'api.example.com', port: 6443 }, resolve).on('error', (e) => resolve(e.code)));`,
    );

    expect(await it.settled(it.functions.invoke('it', {}))).toMatchObject({ payload: 'ECONNREFUSED' });
  });

  it('trusts a private server only with its CA, and shows its client certificate', async () => {
    const it = new LambdaUnderTest();
    it.caCertificate = '-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n';
    await it.create(
      `import https from 'node:https';
       export const handler = ({ ca }) => new Promise((resolve) => {
         const agent = new https.Agent({ ca, cert: 'my cert', key: 'my key' });
         https.get('https://api.example.com:6443/x', { agent }, (r) => resolve(r.statusCode)).on('error', (e) => resolve(e.code));
       });`,
    );
    const get = (ca?: string) => it.settled(it.functions.invoke('it', { ca })).then((r) => r.ok && r.payload);

    expect([await get(it.caCertificate), await get('another'), await get()]).toEqual([
      200,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ]);
    expect(it.requests.map(({ request }) => request.clientCertificate)).toEqual(['my cert']);
  });

  it('trusts a server only under a name of its certificate, or the one that the client expects', async () => {
    const it = new LambdaUnderTest();
    it.caCertificate = 'ours';
    it.serverNames = ['api.demo.example.com', '10.96.0.1'];
    await it.create(
      `import https from 'node:https';
       export const handler = ({ servername }) => new Promise((resolve) => {
         const agent = new https.Agent({ ca: 'ours', servername });
         https.get('https://nlb.example.com/x', { agent }, (r) => resolve(r.statusCode)).on('error', (e) => resolve([e.code, e.message]));
       });`,
    );
    const get = (servername?: string) =>
      it.settled(it.functions.invoke('it', { servername })).then((r) => r.ok && r.payload);

    expect([await get('api.demo.example.com'), await get()]).toEqual([
      200,
      [
        'ERR_TLS_CERT_ALTNAME_INVALID',
        "Hostname/IP does not match certificate's altnames: Host: nlb.example.com. is not in the cert's altnames: DNS:api.demo.example.com, IP Address:10.96.0.1",
      ],
    ]);
  });

  it('streams a response until its reader goes away', async () => {
    const it = new LambdaUnderTest();
    let ended = false;
    it.answer = (request) => ({
      status: 200,
      headers: {},
      body: (async function* () {
        try {
          for (let i = 0; ; i += 1) {
            yield Buffer.from(`${i};`);
            await it.world.sleep(1000);
          }
        } finally {
          ended = request.signal?.aborted ?? false;
        }
      })(),
    });
    await it.create(
      `import https from 'node:https';
       export const handler = () => new Promise((resolve) => {
         let text = '';
         https.get('https://api.example.com/watch', (r) => r.on('data', (d) => { text += d; if (text.includes('3')) { r.destroy(); resolve(text); } }));
       });`,
      { timeoutSeconds: 30 },
    );

    expect(await it.settled(it.functions.invoke('it', {}))).toMatchObject({ payload: '0;1;2;3;' });
    await it.world.advance(5000);
    expect(ended).toBe(true);
  });

  it('has fetch, AbortSignal.timeout and seeded ids', async () => {
    const it = new LambdaUnderTest();
    it.answer = async (request) =>
      request.path === '/slow' ? await new Promise(() => undefined) : json({ path: request.path });
    await it.create(
      `import { randomUUID, createHash } from 'node:crypto';
       export const handler = async () => ({
         body: await (await fetch('https://a.example.com/x?y=1')).json(),
         slow: await fetch('https://a.example.com/slow', { signal: AbortSignal.timeout(2000) }).catch((error) => error.name),
         ids: [randomUUID(), crypto.randomUUID(), Math.random()],
         hash: createHash('sha256').update('x').digest('hex').slice(0, 8),
         digest: Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('x'))).toString('hex').slice(0, 8),
       });`,
      { timeoutSeconds: 30 },
    );

    const result = await it.settled(it.functions.invoke('it', {}));

    expect(result).toMatchObject({
      payload: { body: { path: '/x?y=1' }, slow: 'AbortError', hash: '2d711642', digest: '2d711642' },
    });
  });
});

describe('many invocations at once', () => {
  const WORKER = `
    import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
    const ssm = new SSMClient({});
    const get = async (Name) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter.Value;
    export const handler = async ({ n }) => {
      const first = await get('/first/' + n);
      const others = await Promise.all([1, 2, 3].map((i) => get('/other/' + n + '/' + i)));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
      console.log('done', n, crypto.randomUUID());
      return [first, ...others];
    };`;

  const run = async (seed: number, modulesPerVersion?: number): Promise<string> => {
    const it = new LambdaUnderTest({ seed, ...(modulesPerVersion ? { modulesPerVersion } : {}) });
    it.answer = async (request) => {
      await it.world.sleep(it.world.random.for('service').integer(1, 20));
      return json({ Parameter: { Value: String(request.body.byteLength) } });
    };
    await it.create(WORKER);
    const all = Promise.all(Array.from({ length: 20 }, (_, n) => it.functions.invoke('it', { n })));
    const results = await it.settled(all);
    expect(results.every((result) => result.ok)).toBe(true);
    const sent = it.requests.map(({ at, request, origin }) => [
      at,
      Buffer.from(request.body).toString(),
      origin.ordinal,
    ]);
    return JSON.stringify([it.world.history.toText(), it.lines, sent, results]);
  };

  it('leave the same log with the same seed, another with another', async () => {
    const [one, two, other] = [await run(7), await run(7), await run(8)];

    expect(one).toBe(two);
    expect(one).not.toBe(other);
  });

  it('may share one evaluated module', async () => {
    expect(await run(7, 1)).toBe(await run(7, 1));
  });
});
