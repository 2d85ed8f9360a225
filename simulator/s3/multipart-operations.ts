import type * as sdk from '@aws-sdk/client-s3';
import { AwsError, type Operations } from '../cloud/service.ts';
import { type Bucket, currentVersion, type Upload, type UploadedPart } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import {
  type ChecksumMembers,
  checksumAlgorithm,
  checksumMembers,
  combined,
  md5,
  type ObjectChecksum,
  verifyBody,
} from './checksums.ts';
import type { Guard } from './guard.ts';
import { bucketAccess, objectAccess } from './object-access.ts';
import { attributesOf, bodyBytes, encryptionMembers, versionMember } from './object-request.ts';
import { checkWriteConditions } from './preconditions.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const smallestPart = 5 * 1024 * 1024;

/** Multipart uploads. */
export function multipartOperations(buckets: Buckets, guard: Guard): Operations<typeof sdk> {
  const upload = (input: {
    readonly Bucket?: string | undefined;
    readonly Key?: string | undefined;
    readonly UploadId?: string | undefined;
  }) => {
    const bucket = buckets.get(input.Bucket);
    return { bucket, upload: openUpload(bucket, input.Key, input.UploadId) };
  };
  return {
    CreateMultipartUpload: guard.operation(
      (input) => [
        objectAccess('PutObject', input),
        ...(input.Tagging === undefined ? [] : [objectAccess('PutObjectTagging', input)]),
      ],
      (input, call) => {
        const bucket = buckets.get(input.Bucket);
        const { ChecksumAlgorithm: algorithm } = input;
        if (algorithm !== undefined) checksumAlgorithm(algorithm);
        const started = buckets.startUpload(bucket, {
          key: input.Key ?? '',
          initiator: call.caller.arn,
          attributes: attributesOf(bucket, input, guard, call),
          checksumAlgorithm: algorithm,
          checksumType: checksumType(algorithm, input.ChecksumType),
        });
        return {
          Bucket: bucket.name,
          Key: started.key,
          UploadId: started.id,
          ...encryptionMembers(started.attributes),
          ...(started.checksumType ? { ChecksumAlgorithm: algorithm, ChecksumType: started.checksumType } : {}),
        };
      },
    ),
    UploadPart: guard.operation(
      (input) => [objectAccess('PutObject', input)],
      async (input, call) => {
        const { bucket, upload: open } = upload(input);
        const body = bodyBytes(input.Body);
        const number = partNumber(input.PartNumber);
        const checksum = await verifyBody(body, input, open.checksumAlgorithm);
        // Every part is encrypted with a data key of its own, which takes decrypting the upload's.
        guard.checkDecrypt(bucket, open.key, open.attributes.encryption, call);
        const part: UploadedPart = { number, body, etag: `"${md5(body)}"`, lastModified: call.world.date(), checksum };
        open.parts.set(number, part);
        return { ETag: part.etag, ...encryptionMembers(open.attributes), ...partChecksum(checksum) };
      },
      true,
    ),
    CompleteMultipartUpload: guard.operation(
      (input) => [
        objectAccess('PutObject', input),
        ...(input.IfMatch === undefined ? [] : [objectAccess('GetObject', input)]),
      ],
      async (input, { region }) => {
        const { bucket, upload: open } = upload(input);
        const parts = chosenParts(open, input.MultipartUpload?.Parts ?? []);
        const bodies = parts.map(({ body }) => body);
        const whole = Buffer.concat(bodies);
        const checksum = await wholeChecksum(open, bodies, whole);
        checkWholeChecksum(checksum, input);
        // From here on nothing waits: what was checked is what is written.
        openUpload(bucket, open.key, open.id);
        checkWriteConditions(currentVersion(bucket, open.key), input);
        const etags = Buffer.concat(parts.map(({ etag }) => Buffer.from(bare(etag), 'hex')));
        const version = buckets.putVersion(bucket, {
          key: open.key,
          body: whole,
          etag: `${md5(etags)}-${parts.length}`,
          attributes: open.attributes,
          checksum,
          partSizes: bodies.map(({ length }) => length),
        });
        bucket.uploads.delete(open.id);
        return {
          Location: `https://${bucket.name}.s3.${region}.amazonaws.com/${encodeURIComponent(open.key)}`,
          Bucket: bucket.name,
          Key: open.key,
          ETag: version.etag,
          ...versionMember(bucket, version),
          ...encryptionMembers(version),
          ...checksumMembers(version.checksum),
        };
      },
    ),
    AbortMultipartUpload: guard.operation(
      (input) => [objectAccess('AbortMultipartUpload', input)],
      (input) => {
        const { bucket, upload: open } = upload(input);
        bucket.uploads.delete(open.id);
        return {};
      },
    ),
    ListParts: guard.operation(
      (input) => [objectAccess('ListMultipartUploadParts', input)],
      (input) => {
        const { bucket, upload: open } = upload(input);
        const after = Number(input.PartNumberMarker ?? 0);
        const all = [...open.parts.values()].filter(({ number }) => number > after).sort((a, b) => a.number - b.number);
        const page = all.slice(0, input.MaxParts ?? 1000);
        const last = page.at(-1)?.number;
        return {
          Bucket: bucket.name,
          Key: open.key,
          UploadId: open.id,
          PartNumberMarker: String(after),
          MaxParts: input.MaxParts ?? 1000,
          IsTruncated: page.length < all.length,
          ...(page.length < all.length && last !== undefined ? { NextPartNumberMarker: String(last) } : {}),
          Parts: page.map(describePart),
          StorageClass: 'STANDARD',
        };
      },
    ),
    ListMultipartUploads: guard.operation(
      (input) => [bucketAccess('ListBucketMultipartUploads', input.Bucket)],
      (input) => {
        const bucket = buckets.get(input.Bucket);
        const order = (upload: Upload) => `${upload.key}\n${upload.startedAt.toISOString()}`;
        const uploads = [...bucket.uploads.values()]
          .filter(({ key }) => key.startsWith(input.Prefix ?? ''))
          .sort((a, b) => (order(a) < order(b) ? -1 : 1));
        return {
          Bucket: bucket.name,
          KeyMarker: '',
          UploadIdMarker: '',
          MaxUploads: input.MaxUploads ?? 1000,
          IsTruncated: false,
          ...(input.Prefix === undefined ? {} : { Prefix: input.Prefix }),
          Uploads: uploads.map(({ key, id, startedAt }) => ({
            Key: key,
            UploadId: id,
            Initiated: startedAt,
            StorageClass: 'STANDARD' as const,
          })),
        };
      },
    ),
  };
}

// CRC64NVME knows no composite checksums; SHA no full-object ones.
function checksumType(
  algorithm: string | undefined,
  wanted: 'COMPOSITE' | 'FULL_OBJECT' | undefined,
): 'COMPOSITE' | 'FULL_OBJECT' | undefined {
  if (algorithm === undefined) return undefined;
  return wanted ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
}

function openUpload(bucket: Bucket, key: string | undefined, id: string | undefined): Upload {
  const upload = bucket.uploads.get(id ?? '');
  if (upload && upload.key === key) return upload;
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  throw new AwsError('NoSuchUpload', message, { status: 404 });
}

function partNumber(number: number | undefined): number {
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= 10_000) return number;
  const message = 'Part number must be an integer between 1 and 10000, inclusive';
  throw new AwsError('InvalidArgument', message, { status: 400 });
}

function chosenParts(upload: Upload, named: readonly sdk.CompletedPart[]): UploadedPart[] {
  if (named.length === 0) {
    const message = 'The XML you provided was not well-formed or did not validate against our published schema';
    throw new AwsError('MalformedXML', message, { status: 400 });
  }
  const parts = named.map(({ PartNumber, ETag, ...checksums }) => {
    const part = upload.parts.get(PartNumber ?? 0);
    const given = part?.checksum && checksums[`Checksum${part.checksum.algorithm}`];
    if (part && bare(part.etag) === bare(ETag ?? '') && (given === undefined || given === part.checksum?.value))
      return part;
    const message =
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    throw new AwsError('InvalidPart', message, { status: 400 });
  });
  if (parts.some((part, index) => index > 0 && part.number <= (parts[index - 1]?.number ?? 0))) {
    const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
    throw new AwsError('InvalidPartOrder', message, { status: 400 });
  }
  if (parts.slice(0, -1).some(({ body }) => body.length < smallestPart)) {
    const message = 'Your proposed upload is smaller than the minimum allowed size';
    throw new AwsError('EntityTooSmall', message, { status: 400 });
  }
  return parts;
}

/** An ETag without its quotes: of a part, the MD5 of its body. */
function bare(etag: string): string {
  return etag.replaceAll('"', '');
}

async function wholeChecksum(
  upload: Upload,
  bodies: readonly Uint8Array[],
  whole: Uint8Array,
): Promise<ObjectChecksum | undefined> {
  if (upload.checksumAlgorithm === undefined || upload.checksumType === undefined) return undefined;
  return combined(checksumAlgorithm(upload.checksumAlgorithm), upload.checksumType, bodies, whole);
}

/** What a client says the whole object hashes to is compared, where the upload keeps such a checksum. */
function checkWholeChecksum(checksum: ObjectChecksum | undefined, given: ChecksumMembers): void {
  const expected = checksum?.type === 'FULL_OBJECT' ? given[`Checksum${checksum.algorithm}`] : undefined;
  if (checksum === undefined || expected === undefined || expected === checksum.value) return;
  const message = `The ${checksum.algorithm} you specified did not match the calculated checksum.`;
  throw new AwsError('BadDigest', message, { status: 400 });
}

function partChecksum(checksum: ObjectChecksum | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value } : {};
}

function describePart({ number, body, etag, lastModified, checksum }: UploadedPart): sdk.Part {
  return { PartNumber: number, Size: body.length, ETag: etag, LastModified: lastModified, ...partChecksum(checksum) };
}
