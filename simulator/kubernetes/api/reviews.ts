import type { Authenticator } from '../auth/authentication.ts';
import type { Authorizer } from '../auth/authorization.ts';
import type { Attributes, User } from '../auth/user.ts';
import type { Fields } from './objects.ts';
import { isFields } from './patch.ts';
import { badRequest } from './status-error.ts';

interface AccessSpec {
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    resource?: string;
    subresource?: string;
    name?: string;
  };
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  groups?: string[];
  uid?: string;
  token?: string;
  namespace?: string;
}

function attributesOf(spec: AccessSpec, user: User): Attributes {
  const resource = spec.resourceAttributes ?? {};
  const path = spec.nonResourceAttributes?.path ?? '';
  return {
    user,
    verb: resource.verb ?? spec.nonResourceAttributes?.verb ?? '',
    group: resource.group ?? '',
    resource: resource.resource ?? '',
    subresource: resource.subresource ?? '',
    namespace: resource.namespace ?? '',
    name: resource.name ?? '',
    path,
  };
}

function userOf(spec: AccessSpec): User {
  return { username: spec.user ?? '', groups: spec.groups ?? [], ...(spec.uid !== undefined && { uid: spec.uid }) };
}

/** Answers the kinds that are questions: nothing is stored. */
export class Reviews {
  readonly #authenticator: Authenticator;
  readonly #authorizer: Authorizer;

  constructor(authenticator: Authenticator, authorizer: Authorizer) {
    this.#authenticator = authenticator;
    this.#authorizer = authorizer;
  }

  /** @throws StatusError BadRequest. */
  async answer(kind: string, apiVersion: string, body: unknown, user: User): Promise<Fields> {
    if (!isFields(body)) throw badRequest('the body is no JSON object');
    const spec = (body.spec ?? {}) as AccessSpec;
    const status = await this.#status(kind, spec, user);
    return {
      kind,
      apiVersion,
      metadata: { creationTimestamp: null },
      ...(kind !== 'SelfSubjectReview' && { spec }),
      status,
    };
  }

  async #status(kind: string, spec: AccessSpec, user: User): Promise<Fields> {
    switch (kind) {
      case 'SelfSubjectReview':
        return { userInfo: user };
      case 'TokenReview': {
        const found = await this.#authenticator.authenticateToken(spec.token ?? '');
        return found ? { authenticated: true, user: found } : { user: {}, error: 'invalid bearer token' };
      }
      case 'SelfSubjectAccessReview':
        return this.#access(attributesOf(spec, user));
      case 'SelfSubjectRulesReview':
        return this.#rules(user, spec.namespace ?? 'default');
      default:
        return this.#access(attributesOf(spec, userOf(spec)));
    }
  }

  #access(attributes: Attributes): Fields {
    const { allowed, reason } = this.#authorizer.authorize(attributes);
    return { allowed, ...(reason !== '' && { reason }) };
  }

  #rules(user: User, namespace: string): Fields {
    const rules = this.#authorizer.rbac.rulesOf(user, namespace);
    return {
      resourceRules: rules.filter((rule) => rule.resources),
      nonResourceRules: rules.filter((rule) => rule.nonResourceURLs),
      incomplete: false,
    };
  }
}
