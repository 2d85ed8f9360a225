import { AwsError } from './service.ts';

/** One page of a list, and the token of the next when there is one. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | undefined;
}

/**
 * Cuts the page that a token asks for. Tokens are opaque to callers, as AWS's are; here they hold an offset.
 * @throws AwsError with `invalidTokenCode` for a token that no page gave.
 */
export function pageOf<T>(
  items: readonly T[],
  size: number | undefined,
  token: string | undefined,
  invalidTokenCode = 'InvalidNextToken',
): Page<T> {
  const offset =
    token === undefined
      ? 0
      : Number(
          Buffer.from(token, 'base64')
            .toString()
            .replace(/^page:/, ''),
        );
  if (!Number.isInteger(offset)) throw new AwsError(invalidTokenCode, 'The token is not valid.');
  const end = size === undefined ? items.length : offset + size;
  return {
    items: items.slice(offset, end),
    next: end < items.length ? Buffer.from(`page:${end}`).toString('base64') : undefined,
  };
}
