import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../cloud/service.ts';

/** A checksum of an object or part, base64. A composite one of a multipart object ends in `-<parts>`. */
export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: 'COMPOSITE' | 'FULL_OBJECT';
}

/** What the local S3 can verify. The others (CRC32C, CRC64NVME) are refused rather than believed. */
export type ChecksumAlgorithm = 'CRC32' | 'SHA1' | 'SHA256';

/** The checksum members of requests and responses. */
export interface ChecksumMembers {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ContentMD5?: string | undefined;
}

const algorithms = ['CRC32', 'SHA1', 'SHA256'] as const;

/** The checksum of some bytes, base64. */
function digest(algorithm: ChecksumAlgorithm, body: Uint8Array): string {
  if (algorithm !== 'CRC32') return createHash(algorithm.toLowerCase()).update(body).digest('base64');
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
}

/** MD5 in hexadecimal, as in ETags. */
export function md5(body: Uint8Array): string {
  return createHash('md5').update(body).digest('hex');
}

/**
 * Verifies what a request says about its body, and returns the checksum to keep: the one given, or one computed because the
 * request names an algorithm.
 * @throws AwsError BadDigest, NotImplemented for algorithms that are not known here.
 */
export function verifyBody(body: Uint8Array, given: ChecksumMembers, algorithm?: string): ObjectChecksum | undefined {
  if (given.ChecksumCRC32C !== undefined || given.ChecksumCRC64NVME !== undefined)
    throw unknownAlgorithm('CRC32C and CRC64NVME');
  if (given.ContentMD5 !== undefined && Buffer.from(md5(body), 'hex').toString('base64') !== given.ContentMD5) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', { status: 400 });
  }
  for (const each of algorithms) {
    const expected = given[`Checksum${each}`];
    if (expected === undefined) continue;
    const value = digest(each, body);
    if (value !== expected) {
      throw new AwsError('BadDigest', `The ${each} you specified did not match the calculated checksum.`, {
        status: 400,
      });
    }
    return { algorithm: each, value, type: 'FULL_OBJECT' };
  }
  return algorithm === undefined ? undefined : { ...computed(checksumAlgorithm(algorithm), body) };
}

/** @throws AwsError NotImplemented for algorithms that are not known here. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const known = algorithms.find((each) => each === name);
  if (!known) throw unknownAlgorithm(name);
  return known;
}

/** The checksum of a whole multipart object from its parts. */
export function combined(
  algorithm: ChecksumAlgorithm,
  type: 'COMPOSITE' | 'FULL_OBJECT',
  parts: readonly Uint8Array[],
): ObjectChecksum {
  if (type === 'FULL_OBJECT') return computed(algorithm, Buffer.concat(parts));
  const digests = Buffer.concat(parts.map((part) => Buffer.from(digest(algorithm, part), 'base64')));
  return { algorithm, value: `${digest(algorithm, digests)}-${parts.length}`, type };
}

/** A checksum as response members. */
export function checksumMembers(checksum: ObjectChecksum | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {};
}

function computed(algorithm: ChecksumAlgorithm, body: Uint8Array): ObjectChecksum {
  return { algorithm, value: digest(algorithm, body), type: 'FULL_OBJECT' };
}

function unknownAlgorithm(name: string): AwsError {
  return new AwsError('NotImplemented', `The local cloud does not verify checksums of ${name}.`, { status: 501 });
}
