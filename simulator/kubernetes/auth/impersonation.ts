import { forbidden } from '../api/status-error.ts';
import type { Authorizer } from './authorization.ts';
import { type Attributes, denial, type User } from './user.ts';

/** One thing that a caller wants to be. */
interface Wanted {
  readonly resource: 'users' | 'groups' | 'serviceaccounts';
  readonly namespace: string;
  readonly name: string;
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

function wantedUser(username: string): Wanted {
  const [, namespace, name] = SERVICE_ACCOUNT.exec(username) ?? [];
  if (namespace === undefined || name === undefined) return { resource: 'users', namespace: '', name: username };
  return { resource: 'serviceaccounts', namespace, name };
}

/**
 * Who a request is from once `Impersonate-User` and `Impersonate-Group` are obeyed (`kubectl --as`).
 * @throws StatusError Forbidden when the caller may not be one of them.
 */
export function impersonated(headers: Readonly<Record<string, string>>, caller: User, authorizer: Authorizer): User {
  const username = headers['impersonate-user'];
  if (!username) return caller;
  const groups = (headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  const wanted = [wantedUser(username), ...groups.map((name): Wanted => ({ resource: 'groups', namespace: '', name }))];
  for (const { resource, namespace, name } of wanted) {
    const attributes: Attributes = {
      user: caller,
      verb: 'impersonate',
      group: '',
      resource,
      subresource: '',
      namespace,
      name,
      path: '',
    };
    const { allowed, reason } = authorizer.authorize(attributes);
    if (!allowed) throw forbidden({ group: '', resource }, name, denial(attributes, reason));
  }
  return { username, groups: [...new Set([...groups, ...impliedGroups(username)])] };
}

function impliedGroups(username: string): string[] {
  if (username === 'system:anonymous') return ['system:unauthenticated'];
  const namespace = SERVICE_ACCOUNT.exec(username)?.[1];
  const own = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return [...own, 'system:authenticated'];
}
