import http2 from 'node:http2';
import { createRequire, isBuiltin } from 'node:module';
import zlib from 'node:zlib';
import { httpModule } from './http-client.ts';
import { ownChannels } from './own-channels.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { holdingTheClock } from './seeded-crypto.ts';
import { withOverrides } from './with-overrides.ts';

const realRequire = createRequire(import.meta.url);

// Built-in modules that neither look at the machine nor at the time: a sandbox has the real ones.
const PURE = new Set([
  'assert',
  'assert/strict',
  'async_hooks',
  'buffer',
  'constants',
  'events',
  'path',
  'path/posix',
  'punycode',
  'querystring',
  'stream',
  'stream/consumers',
  'stream/promises',
  'stream/web',
  'string_decoder',
  'url',
  'util',
  'util/types',
]);

/** The modules that a sandbox replaces by its own, by name without `node:`. */
export type OwnModules = Readonly<Record<string, unknown>>;

/**
 * `require` in a sandbox: pure built-in modules are the real ones, HTTP leads into the simulated network, and what would
 * reach the machine (files, sockets, processes) is refused when it is used, not when it is loaded: SDKs load much that
 * they never use.
 */
export function sandboxRequire(sandbox: SandboxHost, own: OwnModules): (id: string) => unknown {
  const loaded = new Map<string, unknown>();
  const require = (id: string): unknown => {
    const name = id.replace(/^node:/, '');
    if (!loaded.has(name)) loaded.set(name, load(name, id));
    return loaded.get(name);
  };
  const load = (name: string, id: string): unknown => {
    if (name in own) return own[name];
    if (PURE.has(name)) return realRequire(`node:${name}`);
    const make = REPLACED[name];
    if (make) return make(sandbox);
    if (name === 'module') return { createRequire: () => require, builtinModules: [], isBuiltin };
    if (isBuiltin(id)) return refused(name);
    throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
  };
  return require;
}

const REPLACED: Readonly<Record<string, (sandbox: SandboxHost) => unknown>> = {
  diagnostics_channel: ownChannels,
  http: (sandbox) => httpModule(sandbox, false),
  https: (sandbox) => httpModule(sandbox, true),
  zlib: zlibModule,
  os: (sandbox) => ({ ...operatingSystem, tmpdir: () => sandbox.scratch.directory }),
  fs: () => withOverrides(refused('fs'), { ...noFiles, promises: noFilesAsync }),
  'fs/promises': (sandbox) =>
    // Looked up when it is called: environments may share a module.
    new Proxy(refused('fs/promises'), {
      get: (target, name) => Reflect.get(sandbox.scratch.files, name) ?? Reflect.get(target, name),
    }),
  child_process: (sandbox) =>
    withOverrides(refused('child_process'), {
      spawn: (...args: Parameters<SandboxHost['scratch']['spawn']>) => sandbox.scratch.spawn(...args),
    }),
  // All functions of the local cloud share one V8: what one of them sets would be set for all.
  v8: () => withOverrides(refused('v8'), { setFlagsFromString: () => {} }),
  net: () => withOverrides(refused('net'), pick('net', ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'createServer'])),
  tls: () => withOverrides(refused('tls'), pick('tls', ['rootCertificates', 'DEFAULT_MIN_VERSION'])),
  http2: (sandbox) =>
    withOverrides(refused('http2'), { ...pick('http2', ['constants']), connect: connectorOf(sandbox) }),
};

// There is no simulated server that speaks HTTP/2: a real one is met, or nothing.
function connectorOf(sandbox: SandboxHost): (url: string, options: http2.SecureClientSessionOptions) => unknown {
  return (url, options) => {
    const { host } = new URL(url);
    if (sandbox.isRealServer(host)) return http2.connect(url, options);
    throw new Error(
      `http2.connect is not available to functions in the local cloud: there is no real server at ${host}`,
    );
  };
}

// A function's file system holds its package and nothing that an SDK looks for (profiles, token caches).
const notFound = (path: unknown): Error =>
  Object.assign(new Error(`ENOENT: no such file or directory, open '${String(path)}'`), { code: 'ENOENT' });

const noFiles = {
  existsSync: () => false,
  readFileSync: (path: unknown) => {
    throw notFound(path);
  },
  readFile: (path: unknown, ...rest: ((error: Error) => void)[]) => {
    process.nextTick(() => rest.at(-1)?.(notFound(path)));
  },
};

const noFilesAsync = {
  readFile: (path: unknown) => Promise.reject(notFound(path)),
  access: (path: unknown) => Promise.reject(notFound(path)),
};

const operatingSystem = {
  EOL: '\n',
  platform: () => 'linux',
  type: () => 'Linux',
  release: () => '5.10.0-aws',
  arch: () => 'arm64',
  machine: () => 'aarch64',
  homedir: () => '/home/sbx_user1051',
  tmpdir: () => '/tmp',
  hostname: () => 'localhost',
  availableParallelism: () => 2,
  cpus: () => [],
  totalmem: () => 5e8,
  freemem: () => 4e8,
  networkInterfaces: () => ({}),
  userInfo: () => ({ username: 'sbx_user1051', uid: 993, gid: 990, homedir: '/home/sbx_user1051', shell: null }),
};

function pick(name: string, members: readonly string[]): Record<string, unknown> {
  const real = realRequire(`node:${name}`) as Record<string, unknown>;
  return Object.fromEntries(members.map((member) => [member, real[member]]));
}

/** A module each of whose members is a function that says what it is and refuses. */
function refused(name: string): object {
  const members = Object.keys(realRequire(`node:${name}`) as object);
  return Object.fromEntries(
    members.map((member) => [
      member,
      function refuse(): never {
        throw new Error(`${name}.${member} is not available to functions in the local cloud`);
      },
    ]),
  );
}

// Compression runs on Node's thread pool: the world's clock waits for it.
function zlibModule(sandbox: SandboxHost): unknown {
  const overrides: Record<string, unknown> = {};
  for (const name of Object.keys(zlib)) {
    const member: unknown = Reflect.get(zlib, name);
    if (typeof member !== 'function') continue;
    if (name.startsWith('create')) overrides[name] = (...args: unknown[]) => holdStream(member(...args), sandbox);
    else if (/^(de|in|g|un|br|z)/.test(name) && !name.endsWith('Sync')) {
      overrides[name] = holdingTheClock(zlib, name, (work) => sandbox.realWork(work));
    }
  }
  return withOverrides(zlib, overrides);
}

function holdStream(stream: object, sandbox: SandboxHost): object {
  // One that fails in the middle of its work closes, and never calls back.
  const closed = new Promise<void>((resolve) => {
    (stream as NodeJS.EventEmitter).once('close', resolve);
  });
  for (const method of ['_transform', '_flush']) {
    const held = holdingTheClock(bound(stream, method), method, (work) =>
      sandbox.realWork(() => Promise.race([work(), closed]) as ReturnType<typeof work>),
    );
    Object.assign(stream, { [method]: held });
  }
  return stream;
}

function bound(stream: object, method: string): object {
  const original = Reflect.get(stream, method) as (...args: unknown[]) => unknown;
  return { [method]: (...args: unknown[]) => original.apply(stream, args) };
}
