import { type Mark, marksAnnotation, marksOf, marksText, ownerAnnotation } from './names.ts';
import type { DrainNode } from './ports.ts';

/**
 * The annotations that make a node this execution's, with one more mark. Marks of an execution before it are kept: they are Tender's all the same, and
 * the claim says that nobody else works on the node. Undefined when the node has them already.
 */
export function withMark(
  { annotations }: Pick<DrainNode, 'annotations'>,
  owner: string,
  mark: Mark | undefined,
): Readonly<Record<string, string | null>> | undefined {
  const before = marksOf(annotations);
  const marks = mark === undefined ? before : new Set([...before, mark]);
  if (annotations[ownerAnnotation] === owner && marks.size === before.size) return undefined;
  return { [ownerAnnotation]: owner, [marksAnnotation]: marksText(marks) };
}
