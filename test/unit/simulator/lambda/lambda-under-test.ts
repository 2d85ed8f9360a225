import { build } from 'esbuild';
import { type CodePackage, codeFromFiles } from '../../../../simulator/lambda/code-package.ts';
import { Functions, type FunctionsOptions, type NewFunction } from '../../../../simulator/lambda/functions.ts';
import type { HttpRequest, HttpResponse, RequestOrigin } from '../../../../simulator/wire/http.ts';
import { World } from '../../../../simulator/world/world.ts';

type Answer = (request: HttpRequest, origin: RequestOrigin) => HttpResponse | Promise<HttpResponse>;

/** Bundles source text as functions are bundled: one minified ES module. */
export async function bundle(source: string): Promise<CodePackage> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'silent',
  });
  return codeFromFiles({ 'functions/it.mjs': outputFiles[0]?.text ?? '' });
}

export function json(body: unknown, status = 200): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}

/** A world with Lambda alone in it, before a network that answers as told. */
export class LambdaUnderTest {
  readonly world: World;
  readonly functions: Functions;
  readonly requests: { readonly at: number; readonly request: HttpRequest; readonly origin: RequestOrigin }[] = [];
  readonly lines: string[] = [];
  readonly delivered: { readonly at: number; readonly target: string; readonly body: unknown }[] = [];
  answer: Answer = () => json({});
  caCertificate: string | undefined;
  serverNames: readonly string[] | undefined;

  constructor(options: Partial<FunctionsOptions> & { seed?: number } = {}) {
    const world = new World({ seed: options.seed ?? 1 });
    this.world = world;
    this.functions = new Functions({
      world,
      region: 'us-east-1',
      account: '111111111111',
      network: {
        request: async (request, origin) => {
          this.requests.push({ at: world.now(), request, origin });
          return await this.answer(request, origin);
        },
        caCertificateOf: () => this.caCertificate,
        serverNamesOf: () => this.serverNames,
      },
      credentials: (roleArn) => ({ accessKeyId: `KEY-${roleArn}`, secretAccessKey: 'secret', sessionToken: 'token' }),
      logs: { write: (_group, _stream, message) => this.lines.push(message) },
      deliver: async (target, body) => {
        this.delivered.push({ at: world.now(), target, body: JSON.parse(body) });
      },
      ...options,
    });
  }

  async create(source: string, options: Partial<NewFunction> = {}): Promise<void> {
    const code = await bundle(source);
    this.functions.create({ name: 'it', code, handler: 'functions/it.handler', roleArn: 'arn:role', ...options });
  }

  /** Lets time pass until the promise has settled. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const watch = (): void => {
      done = true;
    };
    promise.then(watch, watch);
    await this.world.until('the invocation has ended', () => done);
    return await promise;
  }
}
