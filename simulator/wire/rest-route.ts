import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticStructureSchema } from '@smithy/types';
import { decodePathPart } from './codec.ts';
import type { OperationModel, ServiceModel } from './service-model.ts';

/** A REST request without what locates the service: bucket in the host name or path, for S3. */
export interface RestTarget {
  readonly method: string;
  /** Still percent-encoded, begins with `/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** Labels that are not in the operation's path template (`Bucket`). */
  readonly labels: Readonly<Record<string, string>>;
}

/** An operation and the labels of its path. */
export interface RestMatch {
  readonly operation: OperationModel;
  readonly labels: Readonly<Record<string, string>>;
}

interface Route {
  readonly operation: OperationModel;
  readonly method: string;
  readonly path: RegExp;
  readonly labelNames: readonly string[];
  readonly staticQuery: readonly (readonly [string, string])[];
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
  /** Labels that the path template does not hold. */
  readonly outerLabels: readonly string[];
}

/**
 * Finds the operation that a REST request means: method, path, literal query parameters, and the required parameters and
 * headers that tell operations of one path apart (UploadPart from PutObject). The most specific one wins.
 */
export class RestRoutes {
  readonly #routes: readonly Route[];

  constructor(model: ServiceModel) {
    this.#routes = [...model.operations()].flatMap((operation) =>
      operation.http ? [route(operation, operation.http[0], operation.http[1])] : [],
    );
  }

  match(target: RestTarget): RestMatch | undefined {
    let best: { readonly match: RestMatch; readonly rank: number } | undefined;
    for (const candidate of this.#routes) {
      const labels = labelsWhenFitting(candidate, target);
      if (labels && (!best || rank(candidate, target) > best.rank)) {
        best = { match: { operation: candidate.operation, labels }, rank: rank(candidate, target) };
      }
    }
    return best?.match;
  }
}

function route(operation: OperationModel, method: string, uri: string): Route {
  const [path = '/', query = ''] = uri.split('?');
  const labelNames: string[] = [];
  const pattern = path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      const label = /^\{([^}+]+)(\+?)\}$/.exec(part);
      if (!label?.[1]) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      labelNames.push(label[1]);
      return label[2] ? '(.+)' : '([^/]+)';
    })
    .join('');
  const members = requiredMembers(operation);
  return {
    operation,
    method,
    path: new RegExp(`^${pattern}${path.endsWith('/') ? '' : '/?'}$`),
    labelNames,
    staticQuery: [...new URLSearchParams(query)],
    requiredQuery: members.flatMap((member) => traitOf(member, 'httpQuery')),
    requiredHeaders: members.flatMap((member) => traitOf(member, 'httpHeader')).map((name) => name.toLowerCase()),
    outerLabels: members
      .filter((member) => member.getMergedTraits().httpLabel)
      .map((member) => member.getMemberName())
      .filter((name) => !labelNames.includes(name)),
  };
}

// A structure schema lists its required members first and says how many they are.
function requiredMembers(operation: OperationModel): NormalizedSchema[] {
  const input = NormalizedSchema.of(operation.input);
  if (!input.isStructSchema()) return [];
  const required = (input.getSchema() as unknown as StaticStructureSchema)[6] ?? 0;
  return [...input.structIterator()].slice(0, Number(required)).map(([, member]) => member);
}

function traitOf(member: NormalizedSchema, trait: 'httpQuery' | 'httpHeader'): string[] {
  const name = member.getMergedTraits()[trait];
  return name === undefined ? [] : [name];
}

// `x-id` only tells what the SDK meant; other clients leave it out.
function labelsWhenFitting(candidate: Route, target: RestTarget): Record<string, string> | undefined {
  if (candidate.method !== target.method) return undefined;
  if (candidate.outerLabels.length !== Object.keys(target.labels).length) return undefined;
  const path = candidate.path.exec(target.path);
  if (!path) return undefined;
  const { query, headers } = target;
  const literal = candidate.staticQuery.every(([key, value]) =>
    key === 'x-id' ? !query.has(key) || query.get(key) === value : query.get(key) === value,
  );
  const given =
    candidate.requiredQuery.every((key) => query.has(key)) && candidate.requiredHeaders.every((key) => key in headers);
  if (!literal || !given) return undefined;
  const labels = candidate.labelNames.map((name, index) => [name, decodePathPart(path[index + 1] ?? '')]);
  return { ...target.labels, ...Object.fromEntries(labels) };
}

function rank(candidate: Route, target: RestTarget): number {
  const literals = candidate.staticQuery.filter(([key]) => key !== 'x-id' || target.query.has(key)).length;
  return (
    literals * 100 +
    (candidate.requiredQuery.length + candidate.requiredHeaders.length) * 10 -
    candidate.labelNames.length
  );
}
