import type * as eventbridge from '@aws-sdk/client-eventbridge';
import { AwsError, type Caller } from '../cloud/service.ts';
import { ConditionContext } from '../iam/conditions.ts';
import { principalFits, statementFits } from '../iam/evaluate.ts';
import { type PolicyDocument, type PolicyStatement, statementsOf } from '../iam/policy.ts';

/** An event as far as a bus's policy looks at it. */
interface OfferedEvent {
  readonly source: string;
  readonly 'detail-type': string;
}

/**
 * Refuses an event of another account that the bus's policy does not let in. Without a policy a bus takes events of its own account only.
 * Rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-permissions-manage.html
 * @throws AwsError AccessDeniedException
 */
export function requireWelcome(
  policy: PolicyDocument | undefined,
  busArn: string,
  sender: Caller,
  event: OfferedEvent,
): void {
  const action = 'events:PutEvents';
  const context = new ConditionContext({
    'aws:PrincipalAccount': sender.account,
    'aws:PrincipalArn': sender.arn,
    'aws:SecureTransport': 'true',
    'events:source': event.source,
    'events:detail-type': event['detail-type'],
  });
  const fitting = (policy ? statementsOf(policy) : []).filter(
    (statement) =>
      principalFits(statement.Principal, sender) &&
      statementFits(statement, { action, resource: busArn, context }) !== undefined,
  );
  const denied = fitting.some(({ Effect }) => Effect === 'Deny');
  if (!denied && fitting.some(({ Effect }) => Effect === 'Allow')) return;
  const why = denied
    ? 'with an explicit deny in a resource-based policy'
    : `because no resource-based policy allows the ${action} action`;
  const message = `User: ${sender.arn} is not authorized to perform: ${action} on resource: ${busArn} ${why}`;
  throw new AwsError('AccessDeniedException', message, { status: 403 });
}

/** The policy of a bus after PutPermission: a whole new one, or the old one with one statement put in or replaced. @throws AwsError */
export function permitted(
  policy: PolicyDocument | undefined,
  busArn: string,
  input: eventbridge.PutPermissionCommandInput,
): PolicyDocument {
  if (input.Policy !== undefined) return parsed(input.Policy);
  const { StatementId, Principal, Action, Condition } = input;
  if (StatementId === undefined || Principal === undefined || Action === undefined)
    throw invalid('Parameter(s) StatementId, Action and Principal, or Policy, must be specified.');
  const statement: PolicyStatement = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: busArn,
    ...(Condition?.Type && { Condition: { [Condition.Type]: { [Condition.Key ?? '']: Condition.Value ?? '' } } }),
  };
  const others = policy ? statementsOf(policy).filter(({ Sid }) => Sid !== StatementId) : [];
  return { Version: '2012-10-17', Statement: [...others, statement] };
}

/** The policy of a bus after RemovePermission; undefined when nothing is left. @throws AwsError ResourceNotFoundException */
export function withdrawn(
  policy: PolicyDocument | undefined,
  { StatementId, RemoveAllPermissions }: eventbridge.RemovePermissionCommandInput,
): PolicyDocument | undefined {
  if (RemoveAllPermissions) return undefined;
  const statements = policy ? statementsOf(policy) : [];
  const others = statements.filter(({ Sid }) => Sid !== StatementId);
  if (others.length === statements.length)
    throw new AwsError('ResourceNotFoundException', 'Statement with the provided id does not exist.');
  return others.length === 0 ? undefined : { Version: '2012-10-17', Statement: others };
}

function parsed(text: string): PolicyDocument {
  try {
    return JSON.parse(text) as PolicyDocument;
  } catch {
    throw invalid('Parameter Policy is not valid.');
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
