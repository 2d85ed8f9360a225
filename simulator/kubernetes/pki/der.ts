// The few shapes of DER that a certificate needs around parts which come encoded already. Written by hand, because the
// libraries at hand sign through WebCrypto, whose threads finish in any order: a simulation must be the same each time.

/** One element: tag, length, content. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const digits = content.length.toString(16);
  const length = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(0x30, ...parts);
}

/** A non-negative integer of any size, big-endian. */
export function integer(bytes: Uint8Array): Buffer {
  const positive = (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return element(0x02, positive);
}

export function bitString(bytes: Uint8Array): Buffer {
  return element(0x03, Buffer.from([0]), bytes);
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 4.1.2.5). */
export function time(epochMs: number): Buffer {
  const digits = `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  return digits < '2050' ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits));
}

/** ecdsa-with-SHA256. */
export const ECDSA_SHA256 = sequence(element(0x06, Buffer.from('2a8648ce3d040302', 'hex')));

/** The attribute extensionRequest of PKCS #9, in which a CSR asks for extensions. */
export const EXTENSION_REQUEST = element(0x06, Buffer.from('2a864886f70d01090e', 'hex'));

/** The elements directly inside an element, each whole. @throws RangeError when it is not DER. */
export function children(der: Uint8Array): Buffer[] {
  const [start, end] = contentOf(der, 0);
  const found: Buffer[] = [];
  for (let at = start; at < end; ) {
    const next = contentOf(der, at)[1];
    found.push(Buffer.from(der.subarray(at, next)));
    at = next;
  }
  return found;
}

function contentOf(der: Uint8Array, at: number): [number, number] {
  const first = der[at + 1];
  if (first === undefined) throw new RangeError('truncated DER');
  if (first < 0x80) return [at + 2, at + 2 + first];
  const count = first & 0x7f;
  let length = 0;
  for (let i = 0; i < count; i += 1) length = length * 256 + (der[at + 2 + i] ?? 0);
  const start = at + 2 + count;
  if (start + length > der.length) throw new RangeError('truncated DER');
  return [start, start + length];
}
