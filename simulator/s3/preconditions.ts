import { AwsError } from '../cloud/service.ts';
import type { ObjectVersion } from './bucket.ts';

/** The conditional headers of reads. */
export interface ReadConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: Date | undefined;
  readonly IfUnmodifiedSince?: Date | undefined;
}

/** The conditional headers of writes. */
export interface WriteConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

/**
 * Checks a read as HTTP and S3 want it: a matching If-Match makes If-Unmodified-Since moot, and If-None-Match goes before
 * If-Modified-Since (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
 * @throws AwsError PreconditionFailed (412), NotModified (304).
 */
export function checkReadConditions(version: ObjectVersion, conditions: ReadConditions): void {
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  const modified = seconds(version.lastModified);
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  if (IfMatch !== undefined && !etagFits(version, IfMatch)) throw preconditionFailed('If-Match');
  if (IfMatch === undefined && IfUnmodifiedSince && modified > seconds(IfUnmodifiedSince)) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const unchanged =
    IfNoneMatch === undefined
      ? IfModifiedSince && modified <= seconds(IfModifiedSince)
      : etagFits(version, IfNoneMatch);
  if (unchanged) throw new AwsError('NotModified', 'Not Modified', { status: 304 });
}

/**
 * Checks a conditional write against the current version. Writes are atomic here, so two of them never meet on their way and
 * ConditionalRequestConflict (409) only comes as a planted fault; If-Match on a key that was deleted is 404.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 * @throws AwsError PreconditionFailed, NoSuchKey, NotImplemented for If-None-Match with anything but `*`.
 */
export function checkWriteConditions(
  current: ObjectVersion | undefined,
  { IfMatch, IfNoneMatch }: WriteConditions,
): void {
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') {
    const message = 'A header you provided implies functionality that is not implemented';
    throw new AwsError('NotImplemented', message, { status: 501 });
  }
  if (IfNoneMatch === '*' && current) throw preconditionFailed('If-None-Match');
  if (IfMatch === undefined) return;
  if (!current) throw noSuchKey();
  if (!etagFits(current, IfMatch)) throw preconditionFailed('If-Match');
}

/** The error of a key that is not there. */
export function noSuchKey(): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404 });
}

function etagFits(version: ObjectVersion, header: string): boolean {
  const bare = (etag: string) => etag.trim().replace(/^W\//, '').replaceAll('"', '');
  return header.split(',').some((each) => each.trim() === '*' || bare(each) === bare(version.etag));
}

function preconditionFailed(condition: string): AwsError {
  return new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    fields: { Condition: condition },
  });
}
