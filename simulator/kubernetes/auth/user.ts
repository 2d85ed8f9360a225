/** Who makes a request. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const ANONYMOUS: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** What a request wants to do, as authorizers see it. */
export interface Attributes {
  readonly user: User;
  readonly verb: string;
  /** Of a resource request; empty otherwise. */
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Of a non-resource request; empty otherwise. */
  readonly path: string;
  /** The field selector of a list or watch, `path=value`, for the node authorizer. */
  readonly fieldSelector?: string;
}

/** The sentence of a 403, after `is forbidden: `; the reason of the authorizer follows a colon. */
export function denial(attributes: Attributes, reason: string): string {
  const { user, verb, group, resource, subresource, namespace, path } = attributes;
  const tail = reason === '' ? '' : `: ${reason}`;
  const who = JSON.stringify(user.username);
  if (path !== '') return `User ${who} cannot ${verb} path ${JSON.stringify(path)}${tail}`;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `User ${who} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}${tail}`;
}
