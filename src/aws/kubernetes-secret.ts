import { JSON_SCHEMA, load, YAMLException } from 'js-yaml';
import * as z from 'zod/mini';
import { SecretUnusable } from '../clusters/errors.ts';
import type { KubernetesCredential } from '../clusters/ports.ts';
import { problemsOf } from '../schema/problems.ts';

const TokenSecret = z.object({ token: z.string().check(z.minLength(1)) });

const Kubeconfig = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ user: z.string() }) })),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: z.optional(z.string()),
        'client-certificate-data': z.optional(z.string()),
        'client-key-data': z.optional(z.string()),
      }),
    }),
  ),
});

/**
 * Reads a token secret: the token itself, or JSON with a field `token`.
 *
 * @param where the secret's ARN, for the error
 * @throws SecretUnusable
 */
export function tokenCredential(where: string, secret: string): KubernetesCredential {
  const text = secret.trim();
  if (!text.startsWith('{')) {
    if (text === '' || /\s/.test(text))
      throw new SecretUnusable(where, ['holds neither a token nor JSON with a field token']);
    return { token: text };
  }
  return { token: parsed(where, TokenSecret, text).token.trim() };
}

/**
 * Reads the user of the current context from a kubeconfig: a token, or a client certificate with its key.
 *
 * Endpoint and authority are the registry entry's, not the kubeconfig's. Plugins (`exec`) and files have no place in a function.
 *
 * @param where the secret's ARN, for the error
 * @throws SecretUnusable
 */
export function kubeconfigCredential(where: string, secret: string): KubernetesCredential {
  const kubeconfig = parsed(where, Kubeconfig, secret);
  const context = kubeconfig.contexts.find(({ name }) => name === kubeconfig['current-context']);
  const user = kubeconfig.users.find(({ name }) => name === context?.context.user)?.user;
  if (!context) throw new SecretUnusable(where, ['current-context: names a context that is not there']);
  if (!user) throw new SecretUnusable(where, ['users: the user of the current context is not there']);
  const certificate = user['client-certificate-data'];
  const key = user['client-key-data'];
  if (certificate !== undefined && key !== undefined)
    return { clientCertificate: { certificate: decoded(certificate), key: decoded(key) } };
  if (user.token !== undefined) return { token: user.token.trim() };
  throw new SecretUnusable(where, [
    'users: the user of the current context has neither token nor client-certificate-data with client-key-data',
  ]);
}

function parsed<S extends z.core.$ZodType>(where: string, schema: S, text: string): z.core.output<S> {
  const value = yamlOf(where, text);
  const result = z.safeParse(schema, value);
  if (!result.success) throw new SecretUnusable(where, problemsOf(schema, value, result.error.issues));
  return result.data;
}

// The parser's own message quotes lines of the secret.
function yamlOf(where: string, text: string): unknown {
  try {
    return load(text, { schema: JSON_SCHEMA });
  } catch (error) {
    if (error instanceof YAMLException) throw new SecretUnusable(where, ['is neither YAML nor JSON']);
    throw error;
  }
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
