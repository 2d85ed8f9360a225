/** A service that wants to send, and the rule, topic or function on whose behalf. */
export interface ServiceSender {
  /** `events.amazonaws.com`. */
  readonly principal: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
  /** Further condition keys, in lower case. */
  readonly keys?: Readonly<Record<string, string>>;
}

type OneOrMany<T> = T | readonly T[];

interface Statement {
  readonly Effect?: string;
  readonly Principal?: '*' | Readonly<Record<string, OneOrMany<string>>>;
  readonly Action?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string>>>>>;
}

/**
 * Whether a resource policy lets a service act: services have no policy of their own, so without a statement in the
 * queue's (or topic's) policy that names them the answer is no.
 *
 * Understands the condition operators and keys that such policies use; a condition it does not understand does not hold.
 * Rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 */
export function policyAllowsService(
  policy: string | undefined,
  action: string,
  resource: string,
  sender: ServiceSender,
): boolean {
  if (policy === undefined || policy === '') return false;
  const document = JSON.parse(policy) as { readonly Statement?: OneOrMany<Statement> };
  const fitting = many(document.Statement).filter((statement) => applies(statement, action, resource, sender));
  return fitting.some(({ Effect }) => Effect === 'Allow') && !fitting.some(({ Effect }) => Effect === 'Deny');
}

function applies(statement: Statement, action: string, resource: string, sender: ServiceSender): boolean {
  return (
    namesPrincipal(statement.Principal, sender.principal) &&
    many(statement.Action).some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    many(statement.Resource).some((pattern) => like(pattern, resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) => conditionHolds(operator, keys, sender))
  );
}

function namesPrincipal(principal: Statement['Principal'], service: string): boolean {
  if (principal === undefined) return false;
  if (principal === '*') return true;
  return many(principal.Service).includes(service) || many(principal.AWS).includes('*');
}

function conditionHolds(
  operator: string,
  keys: Readonly<Record<string, OneOrMany<string>>>,
  sender: ServiceSender,
): boolean {
  const context: Readonly<Record<string, string>> = {
    'aws:sourcearn': sender.sourceArn,
    'aws:sourceaccount': sender.sourceAccount,
    'aws:securetransport': 'true',
    ...sender.keys,
    // Only alarms come with it, which is why they need no policy where the default one stands.
    ...(sender.principal === 'cloudwatch.amazonaws.com' && { 'aws:sourceowner': sender.sourceAccount }),
  };
  return Object.entries(keys).every(([key, values]) => {
    const actual = context[key.toLowerCase()];
    if (actual === undefined) return false;
    switch (operator) {
      case 'StringEquals':
      case 'Bool':
        return many(values).map(String).includes(actual);
      case 'ArnEquals':
      case 'ArnLike':
      case 'StringLike':
        return many(values).some((pattern) => like(pattern, actual));
      default:
        return false;
    }
  });
}

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

function many<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
