import { type Circumstances, type Gate, refuse } from './gate.ts';

/** A zone that traffic is shifted away from, or most of whose nodes fail together, is not a pile of broken nodes. */
export const zone: Gate = (finding, circumstances) => {
  const state = circumstances.breakers.get(`zone ${finding.zone}`);
  if (state?.open !== true) return undefined;
  const words = state.shift === null ? `zone ${finding.zone} impaired: ${state.words}` : state.words;
  return refuse(finding, 'zone', words, state.closesAt ?? undefined);
};

/** So many are unhealthy in the group or in the cluster that something else is wrong. */
export const breaker: Gate = (finding, circumstances) => {
  const state = [`group ${finding.groupName}`, 'cluster']
    .map((name) => circumstances.breakers.get(name))
    .find((one) => one?.open);
  return state && refuse(finding, 'breaker', `breaker: ${state.words}`, state.closesAt ?? undefined);
};

/** Whether what the group would launch has failed to join too often. */
export function hasBadImage(
  { id }: { readonly id: string },
  { subjects, breakers }: Circumstances,
): string | undefined {
  const launchTemplate = subjects.get(id)?.group?.launchTemplate ?? '';
  const state = breakers.get(`image ${launchTemplate}`);
  return state?.open ? state.words : undefined;
}
