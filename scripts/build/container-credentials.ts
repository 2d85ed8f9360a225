import { fromHttp } from '@aws-sdk/credential-provider-http';

/**
 * Stands in for `@aws-sdk/credential-provider-node` in programs of containers: ECS gives a task its credentials at an address that stands in the environment, and
 * new ones before they end.
 */
export function defaultProvider(): ReturnType<typeof fromHttp> {
  return fromHttp();
}
