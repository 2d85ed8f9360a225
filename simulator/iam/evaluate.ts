import { type ConditionContext, conditionsHold } from './conditions.ts';
import { listOf, type NamedPolicy, type PolicyPrincipal, type PolicyStatement, statementsOf } from './policy.ts';
import { matchesPattern, substitute } from './wildcards.ts';

/** What is asked of a set of policies. */
export interface PolicyQuestion {
  readonly action: string;
  /** An ARN, or `*` for actions without resource-level permissions. */
  readonly resource: string;
  readonly context: ConditionContext;
}

/** A statement of a named policy, by its place in the document. */
export interface StatementRef {
  readonly policy: string;
  readonly index: number;
  readonly statement: PolicyStatement;
  /** The entry of Action that fitted; `NotAction` where the statement has none. */
  readonly matchedAction: string;
}

/** `allow` with all statements that allow it, an explicit `deny` with the one that does, or `none`. */
export type PolicyAnswer =
  | { readonly decision: 'allow'; readonly by: readonly StatementRef[] }
  | { readonly decision: 'deny'; readonly by: readonly StatementRef[] }
  | { readonly decision: 'none'; readonly by: readonly [] };

/**
 * Evaluates policies: an explicit deny wins, then any allow, else nothing allows it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluatePolicies(policies: readonly NamedPolicy[], question: PolicyQuestion): PolicyAnswer {
  const fitting = policies.flatMap(({ name, document }) =>
    statementsOf(document).flatMap((statement, index) => {
      const matchedAction = statementFits(statement, question);
      return matchedAction === undefined ? [] : [{ policy: name, index, statement, matchedAction }];
    }),
  );
  const denies = fitting.filter(({ statement }) => statement.Effect === 'Deny');
  if (denies.length > 0) return { decision: 'deny', by: denies };
  return fitting.length > 0 ? { decision: 'allow', by: fitting } : { decision: 'none', by: [] };
}

/** The action entry by which a statement fits, principals aside; `undefined` when it does not fit. */
export function statementFits(statement: PolicyStatement, question: PolicyQuestion): string | undefined {
  const action = matchedAction(statement, question.action);
  if (
    action === undefined ||
    !resourceFits(statement, question) ||
    !conditionsHold(statement.Condition, question.context)
  )
    return undefined;
  return action;
}

// Asked for each call of each role, of statements that are never changed but replaced.
const matchedActions = new WeakMap<PolicyStatement, Map<string, string | undefined>>();

function matchedAction(statement: PolicyStatement, action: string): string | undefined {
  let matched = matchedActions.get(statement);
  if (!matched) {
    matched = new Map();
    matchedActions.set(statement, matched);
  }
  if (!matched.has(action)) matched.set(action, findAction(statement, action));
  return matched.get(action);
}

// Actions are not case-sensitive.
function findAction(statement: PolicyStatement, action: string): string | undefined {
  const fits = (pattern: string) => matchesPattern(pattern.toLowerCase(), action.toLowerCase());
  if (statement.Action !== undefined) return listOf(statement.Action).find(fits);
  return listOf(statement.NotAction).some(fits) ? undefined : 'NotAction';
}

function resourceFits(statement: PolicyStatement, { resource, context }: PolicyQuestion): boolean {
  const fits = (pattern: string) => {
    const text = substitute(pattern, context);
    return text !== undefined && matchesPattern(text, resource);
  };
  if (statement.NotResource !== undefined) return !listOf(statement.NotResource).some(fits);
  // Trust policies have no Resource.
  return statement.Resource === undefined || listOf(statement.Resource).some(fits);
}

/** Whether a resource policy's principal element names a caller: by ARN, role of the session, account, or `*`. */
export function principalFits(
  principal: PolicyPrincipal | undefined,
  caller: { readonly arn: string; readonly account: string; readonly roleName?: string },
): boolean {
  if (principal === undefined) return false;
  if (principal === '*') return true;
  return listOf(principal.AWS).some((value) => {
    if (value === '*' || value === caller.arn || value === caller.account) return true;
    if (matchesPattern('arn:*:iam::*:root', value)) return value.split(':')[4] === caller.account;
    return (
      caller.roleName !== undefined &&
      value.endsWith(`/${caller.roleName}`) &&
      value.split(':')[4] === caller.account &&
      value.includes(':role/')
    );
  });
}
