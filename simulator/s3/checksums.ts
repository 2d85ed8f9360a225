import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32cJs, Crc64NvmeJs } from '@aws-sdk/checksums/crc';
import { AwsError } from '../cloud/service.ts';

/** A checksum of an object or part, base64. A composite one of a multipart object ends in `-<parts>`. */
export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: 'COMPOSITE' | 'FULL_OBJECT';
}

/** What the local S3 can verify. Others are refused rather than believed. */
export type ChecksumAlgorithm = (typeof algorithms)[number];

/** The checksum members of requests and responses. */
export interface ChecksumMembers {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ContentMD5?: string | undefined;
}

const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;

// Base64.
async function digest(algorithm: ChecksumAlgorithm, body: Uint8Array): Promise<string> {
  if (algorithm === 'CRC32') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString('base64');
  }
  if (algorithm === 'SHA1' || algorithm === 'SHA256') {
    return createHash(algorithm.toLowerCase()).update(body).digest('base64');
  }
  const checksum = algorithm === 'CRC32C' ? new Crc32cJs() : new Crc64NvmeJs();
  checksum.update(body);
  return Buffer.from(await checksum.digest()).toString('base64');
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
export async function verifyBody(
  body: Uint8Array,
  given: ChecksumMembers,
  algorithm?: string,
): Promise<ObjectChecksum | undefined> {
  if (given.ContentMD5 !== undefined && Buffer.from(md5(body), 'hex').toString('base64') !== given.ContentMD5) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', { status: 400 });
  }
  for (const each of algorithms) {
    const expected = given[`Checksum${each}`];
    if (expected === undefined) continue;
    const value = await digest(each, body);
    if (value !== expected) {
      throw new AwsError('BadDigest', `The ${each} you specified did not match the calculated checksum.`, {
        status: 400,
      });
    }
    return { algorithm: each, value, type: 'FULL_OBJECT' };
  }
  return algorithm === undefined ? undefined : computed(checksumAlgorithm(algorithm), body);
}

/** @throws AwsError NotImplemented for algorithms that are not known here. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const known = algorithms.find((each) => each === name);
  if (!known) throw unknownAlgorithm(name);
  return known;
}

/** The checksum of a whole multipart object, from its parts or from all of its bytes. */
export async function combined(
  algorithm: ChecksumAlgorithm,
  type: 'COMPOSITE' | 'FULL_OBJECT',
  parts: readonly Uint8Array[],
  whole: Uint8Array,
): Promise<ObjectChecksum> {
  if (type === 'FULL_OBJECT') return computed(algorithm, whole);
  const digests = await Promise.all(parts.map((part) => digest(algorithm, part)));
  const value = await digest(algorithm, Buffer.concat(digests.map((each) => Buffer.from(each, 'base64'))));
  return { algorithm, value: `${value}-${parts.length}`, type };
}

/** A checksum as response members. */
export function checksumMembers(checksum: ObjectChecksum | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {};
}

async function computed(algorithm: ChecksumAlgorithm, body: Uint8Array): Promise<ObjectChecksum> {
  return { algorithm, value: await digest(algorithm, body), type: 'FULL_OBJECT' };
}

function unknownAlgorithm(name: string): AwsError {
  return new AwsError('NotImplemented', `The local cloud does not verify checksums of ${name}.`, { status: 501 });
}
