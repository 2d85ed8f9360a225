import { ConnectionError, type HttpEndpoint, type HttpRequest, type HttpResponse, type RequestOrigin } from './http.ts';

/** The hosts that the simulated world can reach. */
export class Network {
  readonly #aws: HttpEndpoint;
  readonly #hosts = new Map<string, HttpEndpoint>();
  readonly #realServers = new Set<string>();

  /** @param aws answers for all AWS hosts. */
  constructor(aws: HttpEndpoint) {
    this.#aws = aws;
  }

  /** Puts an endpoint behind a host name or address; returns how to take it away. A later one of the same name replaces it. */
  attach(host: string, endpoint: HttpEndpoint): () => void {
    const name = host.toLowerCase();
    this.#hosts.set(name, endpoint);
    return () => {
      if (this.#hosts.get(name) === endpoint) this.#hosts.delete(name);
    };
  }

  /**
   * Lets functions reach a real server at this address (`127.0.0.1:2379`), by HTTP/2 only. Real answers take real time: let the
   * world keep pace with it (`World.pace`), and do not expect the same history twice.
   */
  admitRealServer(address: string): void {
    this.#realServers.add(address);
  }

  /** Whether there is a real server at this address. */
  isRealServer(address: string): boolean {
    return this.#realServers.has(address);
  }

  /** The CA that a client must trust to talk to this host; undefined where a public one signed. */
  caCertificateOf(host: string): string | undefined {
    return this.#hosts.get(host.toLowerCase())?.caCertificate;
  }

  /** The names in this host's certificate; undefined where every name is as good. */
  serverNamesOf(host: string): readonly string[] | undefined {
    return this.#hosts.get(host.toLowerCase())?.serverNames;
  }

  /**
   * Sends a request to whoever answers for its host.
   * @throws ConnectionError ENOTFOUND when nobody does, and whatever the endpoint throws for a broken connection.
   */
  async request(request: HttpRequest, origin: RequestOrigin): Promise<HttpResponse> {
    const host = request.host.toLowerCase();
    const endpoint = this.#hosts.get(host) ?? (/\.amazonaws\.com(\.cn)?$/.test(host) ? this.#aws : undefined);
    if (!endpoint) throw new ConnectionError('ENOTFOUND', `getaddrinfo ENOTFOUND ${request.host}`);
    return endpoint.handle(request, origin);
  }
}
