import type { Looked } from '../doctor/ports.ts';

/** What was looked at, or why it could not be. */
export async function look<T>(work: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { seen: await work() };
  } catch (error) {
    return { unseen: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
