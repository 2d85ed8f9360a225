import type { Fields } from './objects.ts';
import { groupVersionOf, RESOURCES, type ResourceType } from './resources.ts';

const PREFIX = '/openapi/v3';

function documentPath(type: ResourceType): string {
  return type.group === '' ? 'api/v1' : `apis/${groupVersionOf(type)}`;
}

function operationPath(type: ResourceType): string {
  const scope = type.namespaced ? '/namespaces/{namespace}' : '';
  return `/${documentPath(type)}${scope}/${type.resource}/{name}`;
}

function patchOperation({ group, version, kind }: ResourceType): Fields {
  const parameters = ['fieldValidation', 'dryRun', 'fieldManager'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const responses = { '200': { description: 'OK' } };
  return {
    patch: {
      parameters,
      responses,
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group, version, kind },
    },
  };
}

/**
 * The answer of an OpenAPI v3 path: which kinds can be patched, and that the server validates fields and knows dry run.
 * kubectl asks no more of it before it applies. Schemas are left out, so `kubectl explain` finds nothing.
 */
export function openApi(path: string): Fields | undefined {
  if (path === PREFIX) {
    const names = [...new Set(RESOURCES.map(documentPath))];
    return { paths: Object.fromEntries(names.map((name) => [name, { serverRelativeURL: `${PREFIX}/${name}` }])) };
  }
  if (!path.startsWith(`${PREFIX}/`)) return undefined;
  const name = path.slice(PREFIX.length + 1);
  const types = RESOURCES.filter((type) => documentPath(type) === name && !type.review);
  if (types.length === 0) return undefined;
  const paths = Object.fromEntries(types.map((type) => [operationPath(type), patchOperation(type)]));
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.36' }, paths, components: { schemas: {} } };
}
