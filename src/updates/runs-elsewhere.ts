import type { NodeWorkflows, UpdateRecord } from './ports.ts';

/** Whether another execution than this has an update; one that has ended and still puts back what it suspended is not over. */
export async function runsElsewhere(
  { status, settled, execution: owner }: Pick<UpdateRecord, 'status' | 'settled' | 'execution'>,
  execution: string,
  workflows: Pick<NodeWorkflows, 'isRunning'>,
): Promise<boolean> {
  const isOpen = status === 'running' || !settled;
  return isOpen && owner !== execution && (await workflows.isRunning(owner));
}
