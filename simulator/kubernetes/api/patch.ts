import type { Fields } from './objects.ts';
import { badRequest, invalid, StatusError } from './status-error.ts';

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/**
 * Merge keys of the lists that strategic merge patch merges (`patchMergeKey` in k8s.io/api), by field name; a
 * qualified `parent.field` wins. A list that is not here is replaced whole: taints and tolerations are such lists.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  conditions: 'type',
  addresses: 'type',
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  ownerReferences: 'uid',
  secrets: 'name',
  'container.ports': 'containerPort',
  'spec.ports': 'port',
  topologySpreadConstraints: 'topologyKey',
  validations: 'expression',
};

/** Lists of plain values that are merged as sets. */
const MERGED_SETS = new Set(['finalizers', 'podCIDRs']);

function mergeKeyOf(field: string, parent: string): string | undefined {
  const inContainer = parent === 'containers' || parent === 'initContainers';
  if (field === 'ports') return MERGE_KEYS[inContainer ? 'container.ports' : 'spec.ports'];
  return MERGE_KEYS[field];
}

function mergeList(current: readonly unknown[], patch: readonly unknown[], mergeKey: string, field: string): unknown[] {
  if (patch.some((item) => isFields(item) && item.$patch === 'replace'))
    return patch.filter((item) => !(isFields(item) && item.$patch === 'replace'));
  let result = [...current];
  for (const item of patch) {
    if (!isFields(item)) continue;
    const id = item[mergeKey];
    if (id === undefined)
      throw new StatusError(
        500,
        undefined,
        `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`,
      );
    const index = result.findIndex((other) => isFields(other) && other[mergeKey] === id);
    if (item.$patch === 'delete') result = result.filter((_, i) => i !== index);
    else if (index < 0) result.push(strategicMerge({}, item, field));
    else result[index] = strategicMerge(result[index], item, field);
  }
  return result;
}

function mergeField(result: Fields, field: string, value: unknown, parent: string): void {
  const mergeKey = mergeKeyOf(field, parent);
  if (value === null) delete result[field];
  else if (Array.isArray(value) && mergeKey !== undefined)
    result[field] = mergeList(Array.isArray(result[field]) ? result[field] : [], value, mergeKey, field);
  else if (Array.isArray(value) && MERGED_SETS.has(field))
    result[field] = [...new Set([...(Array.isArray(result[field]) ? result[field] : []), ...value])];
  else if (isFields(value)) result[field] = strategicMerge(result[field], value, field);
  else result[field] = value;
}

/** Strategic merge patch: lists of named things merge by their key, `$patch` and `$deleteFromPrimitiveList` are obeyed. */
export function strategicMerge(target: unknown, patch: unknown, parent = ''): unknown {
  if (!isFields(patch)) return patch;
  const { $patch, $retainKeys, ...fields } = patch;
  if ($patch === 'replace') return fields;
  if ($patch === 'delete') return {};
  let result: Fields = isFields(target) ? { ...target } : {};
  if (Array.isArray($retainKeys))
    result = Object.fromEntries(Object.entries(result).filter(([key]) => $retainKeys.includes(key)));
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('$setElementOrder/')) continue;
    const deletion = field.startsWith('$deleteFromPrimitiveList/') ? field.slice(25) : undefined;
    if (deletion !== undefined) {
      const gone = Array.isArray(value) ? value : [];
      const list = result[deletion];
      if (Array.isArray(list)) result[deletion] = list.filter((item) => !gone.includes(item));
    } else mergeField(result, field, value, parent);
  }
  return result;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

function pointer(path: string): string[] {
  if (path === '') return [];
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function childOf(parent: unknown, step: string): unknown {
  if (Array.isArray(parent)) return parent[Number(step)];
  return isFields(parent) ? parent[step] : undefined;
}

function locate(root: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => childOf(value, step), root);
}

function missing(operation: Operation): StatusError {
  const message = `the server rejected our request due to an error in our request`;
  return new StatusError(422, 'Invalid', message, {
    causes: [
      {
        message: `${operation.op} operation does not apply: doc is missing path: ${JSON.stringify(operation.path)}: missing value`,
      },
    ],
  });
}

function removeAt(root: unknown, operation: Operation, path: string): unknown {
  const steps = pointer(path);
  const last = steps.pop() ?? '';
  const parent = locate(root, steps);
  const value = childOf(parent, last);
  if (value === undefined) throw missing(operation);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isFields(parent)) delete parent[last];
  return value;
}

function addAt(root: unknown, operation: Operation, path: string, value: unknown): void {
  const steps = pointer(path);
  const last = steps.pop() ?? '';
  const parent = locate(root, steps);
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) throw missing(operation);
    parent.splice(index, 0, value);
  } else if (isFields(parent)) parent[last] = value;
  else throw missing(operation);
}

function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isFields(a) || !isFields(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => sameJson(a[key], b[key]));
}

function applyOperation(root: unknown, operation: Operation): void {
  switch (operation.op) {
    case 'add':
      addAt(root, operation, operation.path, operation.value);
      return;
    case 'remove':
      removeAt(root, operation, operation.path);
      return;
    case 'replace':
      removeAt(root, operation, operation.path);
      addAt(root, operation, operation.path, operation.value);
      return;
    case 'move':
      addAt(root, operation, operation.path, removeAt(root, operation, operation.from ?? ''));
      return;
    case 'copy':
      addAt(root, operation, operation.path, structuredClone(locate(root, pointer(operation.from ?? ''))));
      return;
    case 'test':
      if (!sameJson(locate(root, pointer(operation.path)), operation.value)) {
        throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {
          causes: [{ message: `testing path ${operation.path} failed: test failed` }],
        });
      }
      return;
    default:
      throw badRequest(`Unexpected kind: ${operation.op}`);
  }
}

/** RFC 6902. @throws StatusError Invalid when a path is missing or a test fails, as the API server answers. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const root = structuredClone(target);
  for (const operation of patch as Operation[]) applyOperation(root, operation);
  return root;
}

/** Refuses a patch that changes what an object is. */
export function assertSameIdentity(
  before: { kind: string; metadata: { name: string } },
  after: { kind: string; metadata?: { name?: string } },
): void {
  if (after.metadata?.name !== before.metadata.name) {
    throw invalid('', before.kind, before.metadata.name, [
      {
        field: 'metadata.name',
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(after.metadata?.name ?? '')}: field is immutable`,
      },
    ]);
  }
}

export { isFields, sameJson };
