import { isDeepStrictEqual } from 'node:util';
import type { ResourceValues } from './intrinsics.ts';
import { changeOf } from './resource-change.ts';
import { StackPlan } from './stack-plan.ts';
import type { Difference, StackWish } from './stack-record.ts';
import type { StackTargets } from './stack-targets.ts';
import type { Stack, StackRequest } from './stack-types.ts';

/** What executing a change would do to each resource, as a change set says it; nothing is touched. */
export async function differencesOf(
  id: string,
  request: StackRequest,
  before: Stack | undefined,
  targets: StackTargets,
): Promise<readonly Difference[]> {
  const resources = new Map<string, ResourceValues>();
  const plan = await StackPlan.read(id, request, resources, targets, before);
  const differences = plan.order.flatMap((logicalId): Difference[] => {
    const declared = plan.declared(logicalId);
    const there = before?.resources.get(logicalId);
    const { type } = declared;
    if (!there) {
      resources.set(logicalId, unknownYet(logicalId));
      return [{ action: 'Add', logicalId, type, physicalId: undefined, replaces: false, changed: [] }];
    }
    const { changed, replaces } = changeOf(declared, there);
    resources.set(logicalId, replaces ? unknownYet(logicalId) : there);
    if (changed.length === 0) return [];
    return [{ action: 'Modify', logicalId, type, physicalId: there.physicalId, replaces, changed }];
  });
  const wanted = new Set(plan.order);
  const removed = [...(before?.resources.values() ?? [])].filter(({ logicalId }) => !wanted.has(logicalId));
  return [
    ...differences,
    ...removed.map(({ logicalId, type, physicalId }): Difference => {
      return { action: 'Remove', logicalId, type, physicalId, replaces: false, changed: [] };
    }),
  ];
}

/** Whether a wish asks for nothing but what is there. */
export function isSame(
  differences: readonly Difference[],
  request: StackRequest,
  before: Stack | undefined,
  wish: StackWish,
  was: StackWish,
): boolean {
  if (!before || differences.length > 0) return false;
  const policies = ({ Resources }: Stack['template']) =>
    Object.values(Resources).map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy]);
  return (
    isDeepStrictEqual(request.template.Outputs, before.template.Outputs) &&
    isDeepStrictEqual(policies(request.template), policies(before.template)) &&
    isDeepStrictEqual(wish.tags, was.tags)
  );
}

// What a resource is called before it is there: no other is called so, so whatever refers to it differs.
function unknownYet(logicalId: string): ResourceValues {
  const placeholder = `{{changeSet:KnownAfterApply:${logicalId}}}`;
  return { ref: placeholder, attributes: new Proxy({}, { has: () => true, get: () => placeholder }) };
}
