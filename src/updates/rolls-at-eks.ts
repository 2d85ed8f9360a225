import type { ManagedNodeGroups } from './ports.ts';
import { isEksAtWork, type UpdateRecord } from './update-record.ts';

/** Whether EKS still rolls the group, whoever watches. */
export async function rollsAtEks(
  record: UpdateRecord,
  eks: Pick<ManagedNodeGroups, 'describe' | 'update'>,
): Promise<boolean> {
  const { managed } = record;
  if (!managed || !isEksAtWork(record)) return false;
  if (managed.updateId !== '') return (await eks.update(managed, managed.updateId))?.status === 'InProgress';
  return (await eks.describe(managed))?.status === 'UPDATING';
}
