/** A request as it arrives at a simulated host, from a socket or from a sandboxed Lambda alike. */
export interface HttpRequest {
  readonly method: string;
  /** Lower case, without the port: `ec2.us-east-1.amazonaws.com`, `api.demo.example.com`. */
  readonly host: string;
  readonly port: number;
  /** With the query string, as sent. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The client certificate of the TLS session, PEM, when one was presented. */
  readonly clientCertificate?: string;
  /** Aborts when the client goes away; ends a watch. */
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream (a watch) yields chunks until it ends or the request's signal aborts. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/**
 * A host: the AWS front, or the API server of one cluster. Errors are responses; it throws only what a planted fault asks
 * for: {@link ConnectionError} when the connection breaks, and `KillCaller` when the calling Lambda function is to die.
 */
export interface HttpEndpoint {
  /** The CA, PEM, that signed this host's certificate when no public one did: clients must trust it to get through. */
  readonly caCertificate?: string | undefined;
  /** The names and addresses in this host's certificate, where they are told: clients expect the one they asked for among them. */
  readonly serverNames?: readonly string[] | undefined;
  handle(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse>;
}

/** Where a request comes from, for faults, metering and the log. */
export interface RequestOrigin {
  readonly kind: 'lambda' | 'instance' | 'states' | 'outside';
  /** Function name, instance id, or empty. */
  readonly name: string;
  /** Which request of this Lambda invocation it is, from 1. */
  readonly ordinal?: number;
}

/** The connection broke; what the client sees is an error of its socket, with this code (`ECONNREFUSED`, `ECONNRESET`). */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
