import { type Mark, marksAnnotation, marksOf, marksText, ownerAnnotation } from './names.ts';
import type { DrainNode } from './ports.ts';

/**
 * The annotations that make a node this execution's, with more marks. Marks of an execution before it are kept: they are Tender's all the same, and
 * the claim says that nobody else works on the node. Undefined when the node has them already.
 */
export function withMark(
  { annotations }: Pick<DrainNode, 'annotations'>,
  owner: string,
  ...more: readonly Mark[]
): Readonly<Record<string, string | null>> | undefined {
  const before = marksOf(annotations);
  const marks = new Set([...before, ...more]);
  if (annotations[ownerAnnotation] === owner && marks.size === before.size) return undefined;
  return { [ownerAnnotation]: owner, [marksAnnotation]: marksText(marks) };
}
