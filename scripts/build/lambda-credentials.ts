import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for `@aws-sdk/credential-provider-node` in bundles: Lambda gives a function its credentials in the environment, and
 * nowhere else. The whole chain (profiles, SSO, login, web identity, metadata) costs 60 KiB a function.
 */
export function defaultProvider(): ReturnType<typeof fromEnv> {
  return fromEnv();
}
