import type { KubeObject, LabelSelector } from './objects.ts';
import { badRequest } from './status-error.ts';

/** Whether an object is chosen. */
export type Matcher = (object: KubeObject) => boolean;

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Whether labels satisfy one requirement; the rules of apimachinery's label selectors. */
function satisfies(labels: Readonly<Record<string, string>>, { key, operator, values }: Requirement): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** Whether labels satisfy node selector requirements (`Gt` and `Lt` too). */
export function matchesRequirements(
  labels: Readonly<Record<string, string>>,
  requirements: readonly { key: string; operator: string; values?: string[] }[],
): boolean {
  return requirements.every((r) => satisfies(labels, { key: r.key, operator: r.operator, values: r.values ?? [] }));
}

/** Whether a LabelSelector of an object chooses these labels. An empty selector chooses everything; none, nothing. */
export function matchesLabelSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (!selector) return false;
  const own = labels ?? {};
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => own[key] === value);
  return exact && matchesRequirements(own, selector.matchExpressions ?? []);
}

const SET_BASED = /^\s*([^\s!=,()]+)\s+(in|notin)\s*\(([^)]*)\)\s*$/;
const EQUALITY = /^\s*([^\s!=,()<>]+)\s*(==|=|!=|>|<)\s*([^\s=!,()]*)\s*$/;
const PRESENCE = /^\s*(!?)\s*([^\s!=,()]+)\s*$/;
const OPERATORS: Readonly<Record<string, string>> = { '=': 'In', '==': 'In', '!=': 'NotIn', '>': 'Gt', '<': 'Lt' };

function parseRequirement(text: string): Requirement {
  const set = SET_BASED.exec(text);
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return { key: set[1] ?? '', operator: set[2] === 'in' ? 'In' : 'NotIn', values };
  }
  const equality = EQUALITY.exec(text);
  if (equality)
    return { key: equality[1] ?? '', operator: OPERATORS[equality[2] ?? ''] ?? '', values: [equality[3] ?? ''] };
  const presence = PRESENCE.exec(text);
  if (presence) return { key: presence[2] ?? '', operator: presence[1] ? 'DoesNotExist' : 'Exists', values: [] };
  const second = text.trim().split(/\s+/)[1];
  if (second !== undefined)
    throw badRequest(`unable to parse requirement: found '${second}', expected: in, notin, =, ==, !=, gt, lt`);
  throw badRequest(`unable to parse requirement: found '${text.trim()}', expected: !, identifier, or 'end of string'`);
}

/** Splits at commas that are not inside parentheses. */
function splitSelector(text: string): string[] {
  return text.split(/,(?![^(]*\))/).filter((part) => part.trim() !== '');
}

/** The matcher of a `labelSelector` query parameter. @throws StatusError BadRequest. */
export function labelMatcher(text: string): Matcher {
  const requirements = splitSelector(text).map(parseRequirement);
  return (object) => requirements.every((requirement) => satisfies(object.metadata.labels ?? {}, requirement));
}

/** Field paths that a kind's storage can be asked for; all know metadata.name, namespaced ones metadata.namespace. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  nodes: ['spec.unschedulable'],
  secrets: ['type'],
  namespaces: ['status.phase'],
  replicasets: ['status.replicas'],
  certificatesigningrequests: ['spec.signerName'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};

/** The value of a field as selectors compare it: text, `false` for an absent flag, empty for what is absent. */
function fieldText(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) {
    value = value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[step] : undefined;
  }
  if (path === 'source' && value !== null && typeof value === 'object')
    return String((value as { component?: string }).component ?? '');
  if (value === undefined || value === null)
    return path === 'spec.unschedulable' || path === 'spec.hostNetwork' ? 'false' : '';
  return String(value);
}

/** One comparison of a field selector. */
export interface FieldRequirement {
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * The comparisons of a `fieldSelector` query parameter.
 * @throws StatusError BadRequest for a field that the kind does not index.
 */
export function parseFieldSelector(text: string, resource: string, namespaced: boolean): FieldRequirement[] {
  const known = ['metadata.name', ...(namespaced ? ['metadata.namespace'] : []), ...(FIELDS[resource] ?? [])];
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const parsed = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
      if (!parsed) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
      const [, rawPath = '', operator, value = ''] = parsed;
      const path = rawPath.replace(/^regarding\./, 'involvedObject.');
      if (!known.includes(path)) {
        throw badRequest(`field label not supported: ${rawPath}`);
      }
      return { path, equal: operator !== '!=', value };
    });
}

/** The matcher of parsed field requirements. */
export function fieldMatcher(requirements: readonly FieldRequirement[]): Matcher {
  return (object) => requirements.every(({ path, equal, value }) => (fieldText(object, path) === value) === equal);
}
