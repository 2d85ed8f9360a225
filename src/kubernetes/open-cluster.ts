import {
  type Configuration,
  createConfiguration,
  HttpMethod,
  RequestContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import type { KubernetesCredential, KubernetesEndpoint } from '../clusters/ports.ts';
import { HttpsTransport } from './https-transport.ts';

/** The API of one cluster: makes each API group's client once, all on one shared connection pool. */
export interface KubernetesConnection {
  /** The generated client of an API group: `api(CoreV1Api)`. */
  api<Api>(Group: new (configuration: Configuration) => Api): Api;
  /**
   * Gets a path, whatever the status, as text. For what no generated client knows, and for lists of thousands, which it would make
   * objects of classes of.
   * @throws what node:https throws when there is no answer
   */
  get(path: string): Promise<PlainAnswer>;
  /** Sends JSON to a path, or nothing, in the same way. */
  send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<PlainAnswer>;
}

/** An answer as it came. */
export interface PlainAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Opens the API of a cluster. Does no I/O: the credential is fetched with the first request, kept until it ends, and
 * fetched once more when the API server refuses it.
 */
export function openCluster(
  { endpoint, certificateAuthority, tlsServerName }: KubernetesEndpoint,
  fetchCredential: (now: Date) => Promise<KubernetesCredential>,
  now: () => Date,
): KubernetesConnection {
  const transport = new HttpsTransport({
    certificateAuthority,
    tlsServerName,
    credential: keptCredential(fetchCredential, now),
  });
  const baseUrl = endpoint.replace(/\/$/, '');
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(baseUrl, {}),
    httpApi: wrapHttpLibrary(transport),
  });
  const apis = new Map<unknown, unknown>();
  return {
    api<Api>(Group: new (configuration: Configuration) => Api): Api {
      const known = apis.get(Group) ?? new Group(configuration);
      apis.set(Group, known);
      return known as Api;
    },
    async get(path) {
      const answer = await transport.send(new RequestContext(`${baseUrl}${path}`, HttpMethod.GET));
      return { status: answer.httpStatusCode, text: await answer.body.text() };
    },
    async send(method, path, body) {
      const request = new RequestContext(`${baseUrl}${path}`, HttpMethod[method]);
      if (body) {
        request.setHeaderParam('content-type', 'application/json');
        request.setBody(JSON.stringify(body));
      }
      const answer = await transport.send(request);
      return { status: answer.httpStatusCode, text: await answer.body.text() };
    },
  };
}

// Callers that ask together share one fetch, and those whom the same credential was refused share its replacement.
function keptCredential(fetchCredential: (now: Date) => Promise<KubernetesCredential>, now: () => Date) {
  let current: Promise<KubernetesCredential> | undefined;
  const begin = (): Promise<KubernetesCredential> => {
    const fetched = fetchCredential(now());
    current = fetched;
    fetched.catch(() => {
      if (current === fetched) current = undefined;
    });
    return fetched;
  };
  return async (refused?: KubernetesCredential): Promise<KubernetesCredential> => {
    const before = current;
    const kept = await before;
    const usable = kept !== undefined && kept !== refused && !(kept.goodUntil && kept.goodUntil <= now());
    if (usable) return kept;
    // Somebody who waited for the same answer may have begun already.
    return current === before || current === undefined ? begin() : current;
  };
}
