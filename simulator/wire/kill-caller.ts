/**
 * Not an answer but an order to the Lambda sandbox: the function that made this call dies now. Thrown out of
 * {@link HttpEndpoint.handle} and of the dispatcher for `kill-before` and `kill-after` faults, and only for requests
 * whose origin is a Lambda function.
 */
export class KillCaller extends Error {
  override readonly name = 'KillCaller';
  /** Whether the call took effect before the death. */
  readonly when: 'before' | 'after';
  constructor(when: 'before' | 'after') {
    super(`the calling function dies ${when} the call takes effect`);
    this.when = when;
  }
}
