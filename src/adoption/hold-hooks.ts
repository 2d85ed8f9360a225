import type { Change } from './ports.ts';

/** What is known of whether hooks would be answered. */
export interface Readiness {
  /** Why Tender cannot work in the cluster; empty: it can. */
  readonly credential: string;
  /** Groups whose instances would not join. */
  readonly silent: readonly string[];
}

/** A hook that is not put yet, and why. */
export interface Held {
  readonly change: Change;
  readonly because: string;
}

/**
 * Which hooks can be put, and which would only throw instances away: a launch hook that nobody can answer abandons each one. All of a group's hooks wait for
 * the same.
 */
export function holdHooks(
  hooks: readonly Change[],
  { credential, silent }: Readiness,
): { readonly ready: readonly Change[]; readonly held: readonly Held[] } {
  const reasonOf = ({ thing }: Change) => {
    if (credential !== '') return `Tender cannot work in the cluster yet: ${credential}`;
    if (thing.kind === 'hook' && silent.includes(thing.group))
      return `the user data of ${thing.group} does not name the join parameter (or give --images-join)`;
    return '';
  };
  return {
    ready: hooks.filter((hook) => reasonOf(hook) === ''),
    held: hooks.flatMap((change) => (reasonOf(change) === '' ? [] : [{ change, because: reasonOf(change) }])),
  };
}
