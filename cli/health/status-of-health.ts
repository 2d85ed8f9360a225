import { isShiftedOnly } from '../../src/health/breakers.ts';
import type { HealthDocument } from '../../src/health/health-document.ts';

/** What a shell is told: all is well, Tender sees to it or waits, a person is needed. */
const STATUS = { well: 0, seenTo: 1, person: 2 } as const;
/** A few passes may fail; then nobody looks at the cluster. */
const TOO_OLD_MS = 10 * 60_000;
/** What does not wait for anything that comes by itself. */
const FOR_PEOPLE: ReadonlySet<string> = new Set([
  'andon',
  'breaker',
  'ended',
  'paused',
  'policy',
  'quorum',
  'told',
  'unknown',
]);

type Told = Pick<HealthDocument, 'at' | 'apiServer' | 'andon' | 'findings' | 'decisions' | 'breakers'>;

/** The exit status of `tender health`: 0 all is well, 1 Tender sees to it or waits, 2 a person is needed. A zone that is left alone for a zonal shift waits for whoever shifts. */
export function statusOfHealth({ at, apiServer, andon, findings, decisions, breakers }: Told, now: Date): number {
  const isOld = now.getTime() - Date.parse(at) > TOO_OLD_MS;
  const needsPerson = decisions.some(
    (one) => one.action === 'page' || (one.action === 'none' && FOR_PEOPLE.has(one.because)),
  );
  const isOpen = breakers.some((one) => one.open && !isShiftedOnly(one));
  if (isOld || !apiServer.reachable || andon || needsPerson || isOpen) return STATUS.person;
  return findings.length > 0 || !apiServer.ready ? STATUS.seenTo : STATUS.well;
}
