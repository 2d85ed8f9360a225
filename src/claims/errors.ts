/** Somebody else wrote the object in between. Transient: read again and decide again. */
export class ConflictingWrite extends Error {
  override readonly name = 'ConflictingWrite';
  constructor(what: string) {
    super(`${what} was changed by somebody else at the same moment. Nothing was written; the step reads it again.`);
  }
}
