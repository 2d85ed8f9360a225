/** A published version of a function. */
export interface PublishedVersion {
  readonly functionName: string;
  /** `12` */
  readonly version: string;
  readonly publishedAt: Date;
  readonly bytes: number;
}

/** Versions of one function that a newer one has replaced by this time. The newest is never among them. Pure. */
export function supersededVersions(
  versions: readonly PublishedVersion[],
  by: Date,
): readonly (PublishedVersion & { readonly supersededAt: Date })[] {
  const inOrder = versions.toSorted((one, other) => Number(one.version) - Number(other.version));
  return inOrder.flatMap((one, index) => {
    const supersededAt = inOrder[index + 1]?.publishedAt;
    return supersededAt && supersededAt <= by ? [{ ...one, supersededAt }] : [];
  });
}

/** The versions of functions that a state machine's definition invokes, as `<function>:<version>`. */
export function versionsNamedIn(definition: string): readonly string[] {
  return [...definition.matchAll(/:function:([\w-]+:\d+)\b/g)].map(([, named = '']) => named);
}
