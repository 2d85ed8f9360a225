import { dump, load } from 'js-yaml';
import type { PkiFiles } from './pki-ports.ts';

interface Resource {
  readonly resources?: readonly string[];
  readonly providers?: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The configuration by which the API server of a drill decrypts what the cluster's has encrypted; undefined where that encrypts nothing. Providers
 * of KMS are left out, since their plugins run on the cluster's own nodes; `elsewhere` has the resources whose objects may need one.
 */
export function scratchEncryption(files: PkiFiles): {
  readonly configuration?: string;
  readonly elsewhere: readonly string[];
} {
  const text = files.get('encryption-configuration.yaml');
  if (text === undefined) return { elsewhere: [] };
  const { resources = [], ...rest } = load(text) as { readonly resources?: readonly Resource[] };
  const isPlugin = (provider: Readonly<Record<string, unknown>>) => 'kms' in provider;
  const here = resources.map(({ providers = [], ...one }) => {
    const kept = providers.filter((provider) => !isPlugin(provider));
    return { ...one, providers: kept.length > 0 ? kept : [{ identity: {} }] };
  });
  return {
    configuration: dump({ ...rest, resources: here }),
    elsewhere: resources.flatMap(({ resources: kinds = [], providers = [] }) =>
      providers.some(isPlugin) ? kinds : [],
    ),
  };
}
