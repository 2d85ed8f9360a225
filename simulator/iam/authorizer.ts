import type { Access, Caller } from '../cloud/service.ts';
import type { World } from '../world/world.ts';
import { ConditionContext } from './conditions.ts';
import { evaluatePolicies, type StatementRef } from './evaluate.ts';
import { listOf, statementsOf } from './policy.ts';
import type { Role, Roles } from './roles.ts';

/** A call that was refused. */
export interface Denial {
  readonly at: number;
  readonly caller: string;
  readonly roleName: string;
  readonly action: string;
  readonly resource: string;
  /** The sentence that the caller was told. */
  readonly message: string;
}

/** A statement that allowed calls: which of its actions, on which resources, how often. */
export interface Usage {
  readonly role: string;
  readonly policy: string;
  readonly statement: number;
  readonly sid: string | undefined;
  /** The entry of the statement's Action. */
  readonly grant: string;
  readonly action: string;
  readonly resource: string;
  readonly calls: number;
}

/** An action entry of a role's Allow statement that no call needed so far. */
export interface UnusedGrant {
  readonly role: string;
  readonly policy: string;
  readonly statement: number;
  readonly sid: string | undefined;
  readonly grant: string;
}

interface Decision {
  readonly role: Role | undefined;
  /** Why not; `undefined` for yes. */
  readonly reason: string | undefined;
  /** The statements that allow it. */
  readonly statements: readonly StatementRef[];
}

/** Decides what a role session may do, and keeps the books that tests read. */
export class Authorizer {
  readonly #world: World;
  readonly #roles: Roles;
  readonly #usage = new Map<string, Usage>();
  readonly #denials: Denial[] = [];

  constructor(world: World, roles: Roles) {
    this.#world = world;
    this.#roles = roles;
  }

  /**
   * Why the caller may not do it, in AWS's words; `undefined` when it may. The operator (no role) may do anything.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
   */
  refusal(caller: Caller, access: Access, more: Readonly<Record<string, string>> = {}): string | undefined {
    if (caller.roleName === undefined) return undefined;
    const { reason, statements, role } = this.#decide(caller, access, more);
    if (role) for (const statement of statements) this.#use(role, statement, access);
    if (reason === undefined) return undefined;
    const on = access.resource === '*' ? '' : ` on resource: ${access.resource}`;
    const message = `User: ${caller.arn} is not authorized to perform: ${access.action}${on} ${reason}`;
    const { action, resource } = access;
    this.#denials.push({
      at: this.#world.now(),
      caller: caller.arn,
      roleName: caller.roleName,
      action,
      resource,
      message,
    });
    return message;
  }

  /** Whether the caller may do it, without any entry in the books: for answers that only differ in how much they tell. */
  allows(caller: Caller, access: Access, more: Readonly<Record<string, string>> = {}): boolean {
    return caller.roleName === undefined || this.#decide(caller, access, more).reason === undefined;
  }

  usage(): readonly Usage[] {
    return [...this.#usage.values()];
  }

  denials(): readonly Denial[] {
    return this.#denials;
  }

  /** Action entries that nothing used, in all roles or those that `which` picks. */
  unused(which: (role: Role) => boolean = () => true): readonly UnusedGrant[] {
    const used = new Set(this.usage().map((usage) => grantKey(usage)));
    return this.#roles
      .list()
      .filter(which)
      .flatMap((role) => this.#grants(role))
      .filter((grant) => !used.has(grantKey(grant)));
  }

  #grants(role: Role): UnusedGrant[] {
    return this.#roles.policiesOf(role).flatMap(({ name, document }) =>
      statementsOf(document).flatMap((statement, index) =>
        statement.Effect === 'Allow'
          ? listOf(statement.Action).map((grant) => ({
              role: role.name,
              policy: name,
              statement: index,
              sid: statement.Sid,
              grant,
            }))
          : [],
      ),
    );
  }

  #decide(caller: Caller, access: Access, more: Readonly<Record<string, string>>): Decision {
    const role = caller.roleName === undefined ? undefined : this.#roles.find(caller.roleName, caller.account);
    if (!role) return { role, reason: noIdentityPolicy(access.action), statements: [] };
    const context = contextOf(this.#world, caller, role, access, more);
    return { role, ...this.#evaluate(role, access, context) };
  }

  #evaluate(role: Role, access: Access, context: ConditionContext): Omit<Decision, 'role'> {
    const question = { action: access.action, resource: access.resource, context };
    const refused = (reason: string) => ({ reason, statements: [] });
    const answer = evaluatePolicies(this.#roles.policiesOf(role), question);
    if (answer.decision === 'deny') return refused('with an explicit deny in an identity-based policy');
    if (answer.decision === 'none') return refused(noIdentityPolicy(access.action));
    const boundary = this.#roles.boundaryOf(role);
    const bounded = boundary ? evaluatePolicies([boundary], question).decision : 'allow';
    if (bounded === 'deny') return refused('with an explicit deny in a permissions boundary');
    if (bounded === 'none') return refused(`because no permissions boundary allows the ${access.action} action`);
    return { reason: undefined, statements: answer.by };
  }

  #use(role: Role, { policy, index, statement, matchedAction }: StatementRef, { action, resource }: Access): void {
    const key = [role.name, policy, index, matchedAction, action, resource].join('\n');
    const calls = (this.#usage.get(key)?.calls ?? 0) + 1;
    this.#usage.set(key, {
      role: role.name,
      policy,
      statement: index,
      sid: statement.Sid,
      grant: matchedAction,
      action,
      resource,
      calls,
    });
  }
}

function grantKey({ role, policy, statement, grant }: UnusedGrant): string {
  return [role, policy, statement, grant].join('\n');
}

function noIdentityPolicy(action: string): string {
  return `because no identity-based policy allows the ${action} action`;
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
function contextOf(
  world: World,
  caller: Caller,
  role: Role,
  access: Access,
  more: Readonly<Record<string, string>>,
): ConditionContext {
  const tags = () => Object.fromEntries([...role.tags].map(([key, value]) => [`aws:PrincipalTag/${key}`, value]));
  const account = access.resource.split(':')[4];
  const global = () => ({
    'aws:PrincipalArn': role.arn,
    'aws:PrincipalAccount': caller.account,
    'aws:PrincipalType': 'AssumedRole',
    'aws:userid': `${role.id}:${caller.arn.split('/').pop() ?? ''}`,
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': world.date().toISOString(),
    'aws:EpochTime': String(Math.floor(world.now() / 1000)),
    ...(account ? { 'aws:ResourceAccount': account } : {}),
  });
  return new ConditionContext(global, tags, more, caller.context, access.context ?? {});
}
