import { SnapshotTooLargeToDrill } from './errors.ts';

const GiB = 1024 ** 3;
/** A restore has the database twice on a disk of 10 GB, and a log (S27). Larger ones need a larger machine than a function. */
const LARGEST_IN_FUNCTION_BYTES = 4.5 * GiB;
/** The image, etcd's log and what an API server writes. */
const BESIDE_GIB = 4;
/** What a file system keeps for itself and for root, who does not drill. */
const KEPT = 0.05;
/** What a task on Fargate can have: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html */
const STORAGE_GIB = { least: 21, most: 200 };

/** Where a snapshot is drilled: in the function itself, or in a task with a disk of this size. */
export type PlaceOfDrill = { readonly kind: 'function' } | { readonly kind: 'task'; readonly storageGiB: number };

/**
 * Chooses by the size of the database.
 * @param hasImage whether the stage has an image for tasks
 * @throws SnapshotTooLargeToDrill
 */
export function placeOfDrill(
  { id, database: { bytes } }: { readonly id: string; readonly database: { readonly bytes: number } },
  hasImage: boolean,
): PlaceOfDrill {
  if (bytes <= LARGEST_IN_FUNCTION_BYTES) return { kind: 'function' };
  const storageGiB = Math.max(STORAGE_GIB.least, Math.ceil((2 * bytes) / GiB / (1 - KEPT)) + BESIDE_GIB);
  if (!hasImage || storageGiB > STORAGE_GIB.most) throw new SnapshotTooLargeToDrill(id, bytes, hasImage);
  return { kind: 'task', storageGiB };
}
