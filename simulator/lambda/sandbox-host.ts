import type { HttpRequest, HttpResponse } from '../wire/http.ts';
import type { Timer } from '../world/world.ts';
import type { Scratch } from './scratch.ts';

/** What the built-in modules of a sandbox need of the sandbox that they live in. */
export interface SandboxHost {
  /** Runs something later on the world's clock, for the invocation that asks; never when that one is dead, and not while the environment is frozen. */
  later(milliseconds: number, what: string, run: () => void): Timer;
  /** Sends a request for the invocation that asks; never settles when it is dead. @throws ConnectionError. */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Milliseconds of a round trip to the host. */
  roundTripMs(host: string): number;
  /** The CA that signed the certificate of this server, PEM, when it is not a public one. */
  caCertificateOf(host: string, port: number): string | undefined;
  /** The names in the certificate of this server, where they are told. */
  serverNamesOf(host: string): readonly string[] | undefined;
  /** Whether there is a real server at this address, which HTTP/2 may reach. */
  isRealServer(address: string): boolean;
  /** Its files and processes. */
  readonly scratch: Scratch;
  /** Holds the world's clock while real work is done. */
  realWork<T>(work: () => Promise<T>): Promise<T>;
}
