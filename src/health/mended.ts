import type { Finding } from './finding.ts';
import type { Ledger } from './ledger.ts';
import type { Memory, MendedMemory } from './memory.ts';
import type { HealthPolicy } from './policy.ts';
import { isReached, minutesAfter } from './time.ts';

/** What a kubelet that has died shows itself by: now by the one, now by the other. */
const OF_THE_KUBELET: readonly string[] = ['NotReady', 'Unknown', 'LeaseStopped'];

/**
 * What repairs of health passes have mended on each instance by a restart or a reboot, within the time that flapping is counted in; those that are seen to have ended now among them.
 * By the ids of findings, oldest first.
 */
export function mendedLately(
  ledger: Ledger | undefined,
  { mended, subjects }: Pick<Memory, 'mended' | 'subjects'>,
  { flapping }: HealthPolicy,
  now: Date,
): Memory['mended'] {
  const ids = new Set([...Object.keys(mended), ...Object.keys(subjects)]);
  const kept = [...ids].map((id) => {
    const known = mended[id] ?? [];
    const ended = endedOf(ledger, subjects[id]).filter(({ at }) => !known.some((one) => one.at === at));
    // What came back within the time is remembered for as long as it lasts.
    const lately = ({ at }: MendedMemory) =>
      subjects[id] !== undefined || !isReached(minutesAfter(at, flapping.withinMinutes), now);
    return [id, [...known, ...ended].filter(lately)] as const;
  });
  return Object.fromEntries(kept.filter(([, all]) => all.length > 0));
}

function endedOf(ledger: Ledger | undefined, subject: Memory['subjects'][string] | undefined): MendedMemory[] {
  const { execution, startedFor: signal } = subject ?? {};
  const over = ledger?.ended.find((one) => one.execution === execution);
  const [, rung] = /^mended by (restart|reboot)\b/.exec(over?.outcome ?? '') ?? [];
  if (over?.status !== 'SUCCEEDED' || rung === undefined || signal === undefined) return [];
  return [{ signal, rung: rung as MendedMemory['rung'], at: over.at }];
}

/** The highest rung that has mended a node of what it shows again; undefined: none has lately. */
export function mendedInVain(
  { id, symptoms }: Finding,
  mended: Memory['mended'],
  { flapping }: HealthPolicy,
): MendedMemory | undefined {
  const [{ signal, seenAt }] = symptoms;
  const same = (mended[id] ?? []).filter(
    (one) =>
      (one.signal === signal || areOfTheKubelet(one.signal, signal)) &&
      !isReached(minutesAfter(one.at, flapping.withinMinutes), new Date(seenAt)),
  );
  return same.findLast(({ rung }) => rung === 'reboot') ?? same.at(-1);
}

function areOfTheKubelet(...signals: readonly string[]): boolean {
  return signals.every((one) => OF_THE_KUBELET.includes(one));
}
