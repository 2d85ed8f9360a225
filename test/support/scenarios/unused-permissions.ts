import type { UnusedGrant } from '../../../simulator/iam/authorizer.ts';
import type { FaultScenario } from './fault-scenario.ts';

/** `RouteSignal own sqs:SendMessage`; a policy that several roles share counts as used when one of them needs it. */
function nameOf({ role, policy, grant }: UnusedGrant): string {
  const logicalId = (name: string) => name.replace(/^.*tender-dev-/, '').replace(/-[0-9A-F]{12}$/, '');
  return policy === 'own' ? `${logicalId(role).replace(/Role$/, '')} ${grant}` : `${logicalId(policy)} ${grant}`;
}

function ofTheStack(scenario: FaultScenario): { all: UnusedGrant[]; unused: Set<string> } {
  const { authorizer } = scenario.cloud;
  const unused = authorizer.unused((role) => role.name.startsWith('tender-dev-'));
  return { all: [...unused], unused: new Set(unused.map(key)) };
}

function key({ role, policy, statement, grant }: UnusedGrant): string {
  return [role, policy, statement, grant].join(' ');
}

/** What roles of the stack may and no world needed: `RouteSignal sqs:SendMessage`, sorted. Shared policies are unused only when no role used that action of theirs. */
export function unusedPermissions(worlds: readonly FaultScenario[]): string[] {
  const books = worlds.map(ofTheStack);
  const everywhere = (books[0]?.all ?? []).filter((grant) => books.every(({ unused }) => unused.has(key(grant))));
  const used = new Set(worlds.flatMap(({ cloud }) => cloud.authorizer.usage().map((usage) => nameOf(usage))));
  return [...new Set(everywhere.map(nameOf))].filter((name) => !used.has(name)).sort();
}
