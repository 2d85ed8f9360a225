import {
  type Configuration,
  createConfiguration,
  ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import type { KubernetesConnection } from '../../../src/kubernetes/open-cluster.ts';
import type { ContractTarget, Identity } from './contract-target.ts';
import { tender } from './identities.ts';

/** A connection to a target, Tender's unless told: client-node on the target's own way of sending. The transport has tests of its own. */
export function connectionTo(target: ContractTarget, identity: Identity = tender): KubernetesConnection {
  const httpApi = wrapHttpLibrary({
    async send(request) {
      const url = new URL(request.getUrl());
      const body = request.getBody();
      const sent = body === undefined ? undefined : JSON.parse(String(body));
      const type = request.getHeaders()['Content-Type'];
      const answer = await target.send(identity, request.getHttpMethod(), `${url.pathname}${url.search}`, sent, type);
      const text = JSON.stringify(answer.body);
      return new ResponseContext(
        answer.status,
        { ...answer.headers },
        {
          text: async () => text,
          binary: async () => Buffer.from(text),
          stream: () => null,
        },
      );
    },
  });
  const configuration = createConfiguration({ baseServer: new ServerConfiguration('https://contract', {}), httpApi });
  return {
    api: <Api>(Group: new (configuration: Configuration) => Api) => new Group(configuration),
    async get(path) {
      const { status, body } = await target.send(identity, 'GET', path);
      return { status, text: typeof body === 'string' ? body : JSON.stringify(body) };
    },
    async send(method, path, sent) {
      const { status, body } = await target.send(identity, method, path, sent);
      return { status, text: typeof body === 'string' ? body : JSON.stringify(body) };
    },
  };
}
