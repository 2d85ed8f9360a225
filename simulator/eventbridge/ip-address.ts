import { isIPv6 } from 'node:net';

/** An IP address as a number, and how many bits its family has. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A range of addresses of one family, both ends included. */
export interface IpRange {
  readonly bits: 32 | 128;
  readonly low: bigint;
  readonly high: bigint;
}

const IPV4_LIKE = /^\d+\.\d+\.\d+\.\d+$/;
const IPV6_LIKE = /^[\da-fA-F:]*:[\da-fA-F:]*$/;

/** Whether the text has the form of an address, whether or not it is one (`10.0.0.256` has). */
export function looksLikeIpAddress(text: string): boolean {
  return IPV4_LIKE.test(text) || IPV6_LIKE.test(text);
}

/** The address that the text is, if it is one. Octets are decimal, also with leading zeros. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (IPV4_LIKE.test(text)) {
    const octets = text.split('.').map(Number);
    if (octets.some((octet) => octet > 255)) return undefined;
    return { bits: 32, value: octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n) };
  }
  if (!IPV6_LIKE.test(text) || !isIPv6(text)) return undefined;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => '0');
  const groups = [...left, ...zeros, ...right];
  return { bits: 128, value: groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) };
}

/**
 * Reads a CIDR block. The base address need not be the lowest one of the block.
 * @throws RangeError with the reason that EventBridge gives.
 */
export function parseCidr(text: string): IpRange {
  const [base, mask, ...more] = text.split('/');
  if (base === undefined || mask === undefined || more.length > 0)
    throw new RangeError("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d+$/.test(mask)) throw new RangeError('Malformed CIDR, mask bits must be an integer');
  const maskBits = Number(mask);
  if (maskBits < 0) throw new RangeError('Malformed CIDR, mask bits must not be negative');
  if (!looksLikeIpAddress(base)) throw new RangeError(`Nonstandard IP address: ${base}`);
  const address = parseIpAddress(base);
  if (!address) throw new RangeError(`Invalid IP address: ${base}`);
  // AWS accepts no block of a single address.
  if (maskBits >= address.bits)
    throw new RangeError(`IPv${address.bits === 32 ? 4 : 6} mask bits must be < ${address.bits}`);
  const size = 1n << BigInt(address.bits - maskBits);
  const low = (address.value / size) * size;
  return { bits: address.bits, low, high: low + size - 1n };
}

/** Whether the text is an address of the range. */
export function isInRange(range: IpRange, text: string): boolean {
  const address = parseIpAddress(text);
  return (
    address !== undefined && address.bits === range.bits && range.low <= address.value && address.value <= range.high
  );
}
