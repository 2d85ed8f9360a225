import type { EvidenceStore, JoinEvidence } from './ports.ts';

/** Ten writers of one object settle in as many turns; more means that something is wrong with the store. */
const maximumTurns = 10;
/** Failures that are remembered by instance. */
const remembered = 10;

/**
 * Counts a failed join against the launch template version (S4). Compare-and-swapped; the same instance is counted once, so it can run again.
 * @returns how many failed in a row, this one included.
 */
export async function failedOnce(
  store: EvidenceStore,
  key: string,
  failure: { instanceId: string; at: string; why: string },
): Promise<number> {
  const changed = await change(store, key, (evidence) =>
    evidence.failed.some((known) => known.instanceId === failure.instanceId)
      ? evidence
      : { failuresInARow: evidence.failuresInARow + 1, failed: [...evidence.failed, failure].slice(-remembered) },
  );
  return changed.failuresInARow;
}

/** Forgets the failures of a launch template version of which an instance joined. Writes nothing where there are none. */
export async function joinedOnce(store: EvidenceStore, key: string): Promise<void> {
  await change(store, key, (evidence) =>
    evidence.failuresInARow === 0 ? evidence : { failuresInARow: 0, failed: [] },
  );
}

async function change(
  store: EvidenceStore,
  key: string,
  how: (evidence: JoinEvidence) => JoinEvidence,
): Promise<JoinEvidence> {
  for (let turn = 0; turn < maximumTurns; turn += 1) {
    const read = await store.read(key);
    const before = read?.evidence ?? { failuresInARow: 0, failed: [] };
    const after = how(before);
    if (after === before || (await store.write(key, after, read?.etag)) === 'written') return after;
  }
  throw new Error(`${key} is written by so many at once that ${maximumTurns} turns were not enough`);
}
