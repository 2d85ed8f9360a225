/**
 * Stands in for `undici` in bundles. client-node's default transport is replaced by src/kubernetes/https-transport.ts; what is left of undici
 * are parts that no function uses, and they say so instead of half working.
 */
function refuse(): never {
  throw new Error('undici is not in this bundle: requests to a cluster go through src/kubernetes/https-transport.ts');
}

export const fetch = refuse;
export const setGlobalDispatcher = refuse;
export class Agent {
  constructor() {
    refuse();
  }
}
export class ProxyAgent extends Agent {}
export class Headers extends Agent {}
export class Request extends Agent {}
export class Response extends Agent {}
export class FormData extends Agent {}
