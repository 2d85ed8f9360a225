import { findRun } from '../../src/runs/find-run.ts';
import type { KnownRun, Runs } from '../../src/runs/ports.ts';
import { RunAmbiguous, RunNotFound } from '../errors.ts';

/** The execution that is meant. @throws RunNotFound, RunAmbiguous, and what AWS throws */
export async function soughtRun(id: string, runs: Runs): Promise<KnownRun> {
  const sought = await findRun(id, runs);
  switch (sought.kind) {
    case 'found':
      return sought.run;
    case 'none':
      throw new RunNotFound(id, sought.newest);
    case 'several':
      throw new RunAmbiguous(id, sought.fitting);
  }
}
