import type { HttpEndpoint } from './http.ts';
import type { Network } from './network.ts';

/** The address of a function; browsers take every name that ends in `localhost` to their own machine, and nobody has to change a hosts file for it. */
const FUNCTION_URL = /^([0-9a-f]+\.lambda-url\.[a-z0-9-]+)\.(?:on\.aws|localhost)$/;

/**
 * What stands behind a socket of the local cloud: AWS, and the addresses of its functions, `<id>.lambda-url.<region>.on.aws`, also as `<id>.lambda-url.<region>.localhost`
 * for browsers.
 */
export function frontDoor(aws: HttpEndpoint, network: Pick<Network, 'request'>): HttpEndpoint {
  return {
    async handle(request, origin) {
      const [, name] = FUNCTION_URL.exec(request.host.toLowerCase()) ?? [];
      return name === undefined
        ? aws.handle(request, origin)
        : network.request({ ...request, host: `${name}.on.aws` }, origin);
    },
  };
}
