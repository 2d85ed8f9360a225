import type { Memory } from './memory.ts';

/** Two answers of EC2 closer together than this are one. */
const APART_MS = 30_000;

/** Whether EC2 has said before this look that the instance is gone, so that it says so for the second time now. */
export function isConfirmedGone(instanceId: string, { gone }: Memory, at: string): boolean {
  const known = gone[instanceId];
  return known !== undefined && known.passes >= 1 && Date.parse(at) - Date.parse(known.firstAt) >= APART_MS;
}
